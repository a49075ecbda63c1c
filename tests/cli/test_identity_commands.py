"""The stewards' commands through the real command line, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cli.app import main
from domain.identity.record import PartyRecord, Ref, customer, in_crm
from store.stores import open_stores
from tests.stack.postgres import Postgres
from tests.stack.settings import LEAST
from tests.store.identity.conftest import ANNA, BERND, KEY

BY = ("--by", "eva")
WHY = (*BY, "--why", "same on the phone")


@dataclass
class Console:
    database: str
    capture: pytest.CaptureFixture[str]

    def say(self, *words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(("identity", *words))
        said = self.capture.readouterr()
        return int(str(left.value.code or 0)), said.out, said.err

    def ask(self, *words: str) -> Any:
        code, out, err = self.say(*words, "--json")
        assert (code, err) == (0, ""), err
        return json.loads(out)

    def take_in(self, *records: tuple[Ref, dict[str, str]]) -> None:
        async def run() -> None:
            async with open_stores(self.database, identity_key=KEY) as stores:
                for ref, fields in records:
                    await stores.parties.standing(PartyRecord(ref, fields), "main")

        asyncio.run(run())


@pytest.fixture
def console(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Console]:
    with postgres.fresh() as database:
        for name, value in (LEAST | {"BACKHAUL_DATABASE__URL": database}).items():
            monkeypatch.setenv(name, value)
        yield Console(database, capsys)


def contact(record: str) -> Ref:
    return in_crm("main", "Contact", record)


def test_a_review_is_shown_side_by_side_masked_and_accepted_and_taken_back(console: Console) -> None:
    console.take_in((contact("003A"), ANNA), (contact("003B"), ANNA))
    (review,) = console.ask("review")["reviews"]
    assert review["one"]["fields"] == {"name": "A… V…", "email": "a…@example.test"}
    assert review["features"] == {"name": "same", "email": "same"}
    code, out, _ = console.say("review")
    assert code == 0
    assert "main:contact:003A" in out
    assert "Vogel" not in out
    shown = console.ask("review", "--reveal", "the masks look alike", *BY)
    assert shown["reviews"][0]["other"]["fields"] == ANNA

    told = console.ask("accept", str(review["id"]), *WHY)
    assert (told["outcome"], told["by"], told["why"]) == ("linked", "eva", "same on the phone")
    linked = console.ask("links", "--record", "main:contact:003B")
    assert [one["record"] for one in linked["links"]] == ["main:contact:003A", "main:contact:003B"]
    assert linked["party"] == told["into"] == console.ask("links", told["into"])["party"]
    code, out, _ = console.say("links", told["into"])
    assert "same on the phone" in out
    code, out, _ = console.say("unmerge", str(review["id"]), *WHY)
    assert out.endswith("are two\n")
    assert console.say("review")[1] == "nothing to look at\n"


def test_a_rejection_and_a_merge_by_hand_are_kept_with_their_reasons(console: Console) -> None:
    console.take_in((contact("003A"), ANNA), (contact("003B"), ANNA), (customer("8", ""), BERND))
    (review,) = console.ask("review")["reviews"]
    assert console.ask("reject", str(review["id"]), *WHY)["outcome"] == "refused"
    one, other = (console.ask("links", "--record", each)["party"] for each in ("main:contact:003A", "shop:customer:8"))
    assert console.ask("merge", one, other, *WHY)["into"] == one
    code, _, err = console.say("merge", one, other, *WHY)
    assert (code, "one party already" in err) == (2, True)


def test_weights_are_trained_listed_and_count_once_they_are_activated(console: Console) -> None:
    assert console.say("train", *BY)[2].startswith("train: nothing was compared yet")
    console.take_in((contact("003A"), ANNA), (contact("003B"), ANNA), (customer("8", ""), BERND))
    told = console.ask("train", *BY)
    assert (told["version"], told["pairs"], told["calibration"]["trusted"]) == (1, 1, False)
    assert [one["active"] for one in console.ask("weights")["versions"]] == [True, False]
    assert console.ask("activate", "1", *WHY) == {"active": 1}
    assert [one["active"] for one in console.ask("weights")["versions"]] == [False, True]
    assert "active" in console.say("weights")[1].splitlines()[1]
    assert console.say("activate", "7", *WHY)[0] == 2


def test_duplicates_are_counted_by_source_with_how_right_each_rule_was(console: Console) -> None:
    console.take_in((customer("7", ""), ANNA), (contact("003A"), ANNA), (contact("003B"), ANNA))
    (review,) = console.ask("review")["reviews"]
    console.ask("accept", str(review["id"]), *WHY)
    told = console.ask("duplicates")
    contacts = next(one for one in told["sources"] if one["object"] == "contact")
    assert (contacts["records"], contacts["parties_with_several"], contacts["duplicate_rate"]) == (2, 1, 0.5)
    assert told["rules"] == [{"rule": "mailbox_and_name", "linked": 1, "undone": 0, "precision": 1.0}]
    assert "100.0% stood" in console.say("duplicates")[1]


def test_a_party_is_forgotten_once_that_is_confirmed(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    console.take_in((customer("7", ""), ANNA), (contact("003A"), ANNA))
    record = ("--record", "main:contact:003A")
    party = console.ask("links", *record)["party"]
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    code, out, _ = console.say("forget", *record, *WHY)
    assert (code, "shop:customer:7" in out, "Vogel" in out) == (130, True, False)
    code, _, err = console.say("forget", *record, *WHY, "--json")
    assert (code, "say --yes" in err) == (2, True)
    assert all(one["fields"] for one in console.ask("links", party)["links"])

    told = console.ask("forget", party, *WHY, "--yes")
    assert told == {"party": party, "records": ["shop:customer:7", "main:contact:003A"], "forgotten": 2}
    # Told again, and nothing is kept.
    console.take_in((contact("003A"), ANNA), (contact("003C"), ANNA))
    assert not any(one["fields"] for one in console.ask("links", party)["links"])
    assert not any(one["fields"] for one in console.ask("links", "--record", "main:contact:003C")["links"])
    assert "not matched again" in console.say("forget", party, *WHY, "--yes")[1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("accept", "99", *WHY), "there is no decision 99"),
        (("forget", "--record", "main:contact:003A", *WHY, "--yes"), "no record main:contact:003A is known"),
        (("forget", *WHY), "name a party by its id"),
        (("links",), "name a party by its id"),
        (("links", "--record", "003A"), "must look like org:object:id"),
        (("links", "--record", "main:contact:003A"), "no record main:contact:003A is known"),
        (("links", "anna"), "is no party's id"),
        (("review", "--reveal", "because"), "say who asks"),
        (("merge", "a", "b", "--by", "eva", "--why", " "), "must say something"),
    ],
)
def test_a_wrong_word_is_answered_by_what_to_do(console: Console, words: tuple[str, ...], complaint: str) -> None:
    code, _, err = console.say(*words)
    assert (code, complaint in err) == (2, True), err
