"""What was decided about a change is saved as a whole: once per event, and only over the record that was read."""

from __future__ import annotations

from dataclasses import replace

from store.port import Record, Ruling, Saved
from store.stores import open_all

RECORD = Record("sf", "Return__c", "a01", "R-1-A")


async def test_a_decision_is_saved_once_and_never_over_a_record_that_others_changed(postgres_url: str) -> None:
    async with open_all(postgres_url) as (_, books):
        decide, read = books.agreements.decide, books.agreements.of_record
        assert await decide(Ruling("sf", "Return__c", "e1", RECORD)) is Saved.DONE
        assert await decide(Ruling("sf", "Return__c", "e1", replace(RECORD, digest="other", seq=0))) is Saved.KNOWN
        # Read before e1 was dealt with: the event stays to be dealt with.
        stale = replace(RECORD, digest="stale")
        assert await decide(Ruling("sf", "Return__c", "e2", stale)) is Saved.OVERTAKEN
        now = await read("sf", "Return__c", "a01")
        assert now is not None
        assert (now.digest, now.seq) == ("", 0)
        assert await decide(Ruling("sf", "Return__c", "e2", replace(now, digest="new"))) is Saved.DONE
        now = await read("sf", "Return__c", "a01")
        assert now is not None
        assert (now.digest, now.seq) == ("new", 1)
