"""A rehearsal of an org's mapping leaves out whose person was erased, and says so of one that is named."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.crm.mapping import shipped
from domain.order import Contact
from domain.returns import Snapshot
from runtime.rehearsal import Rehearsal
from store.port import Erased, Page, Search
from tests.doubles.world import FakeCrm, FakeWorld
from tests.store.samples import snapshot


class Books:
    """Two returns, of which one is nobody's any more."""

    async def search(self, search: Search) -> Page:
        return Page((snapshot("R-2-A"), snapshot("R-1-A")), None)

    async def with_contact(self, return_id: str) -> tuple[Snapshot, Contact]:
        if return_id == "R-2-A":
            raise Erased(f"whose return {return_id} was has been erased")
        return snapshot(return_id), Contact("Anna", "anna@example.test", "801", None)


async def test_of_the_newest_those_of_erased_persons_are_left_out() -> None:
    books: Any = Books()
    rehearsal = Rehearsal("main", shipped("salesforce", "case"), FakeCrm(FakeWorld()), books)
    assert [one.return_id for one in await rehearsal.of((), 20)] == ["R-1-A"]
    with pytest.raises(Erased, match="R-2-A"):
        await rehearsal.of(("R-2-A",), 20)
