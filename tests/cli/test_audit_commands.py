"""`audit`: what is found, what a verification says, and what is refused with a sentence."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from security.signing import SigningKey
from store.port import Act
from store.stores import open_audit
from tests.stack.desk import Desk
from tests.stack.postgres import Postgres
from tests.stack.settings import LEAST

_SEED = b"c" * 32


@pytest.fixture(scope="module")
def office(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """No worker is needed: these commands speak to the database only."""
    given = {"BACKHAUL_AUDIT__KEY": base64.b64encode(_SEED).decode(), "BACKHAUL_AUDIT__KEEP": "return:400"}
    with postgres.fresh() as database, pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("audit"))
        for name, value in (LEAST | given | {"BACKHAUL_DATABASE__URL": database}).items():
            patch.setenv(name, value)
        asyncio.run(_live(database))
        yield Desk()


async def _live(url: str) -> None:
    async with open_audit(url) as (audit, _):
        for n in range(3):
            after = {"choice": "retry", "email": "a@x.example"}
            act = Act("return:R-1", f"key:{n}", "hold:resolve", "return:R-1", "so", {}, after, frozenset({"email"}))
            await audit.append(act)
        await audit.append(Act("access", "key:1", "return:start", "return:R-1"))


def test_acts_are_found_page_by_page_and_nobody_reads_what_is_personal(office: Desk) -> None:
    page = office.answer("audit", "search", "--action", "hold", "--limit", "2")
    assert [one["actor"] for one in page["acts"]] == ["key:2", "key:1"]
    assert page["acts"][0]["after"]["email"].startswith("salted:")
    assert page["acts"][0]["why"] == "so"
    (last,) = office.answer("audit", "search", "--action", "hold", "--limit", "2", "--cursor", page["cursor"])["acts"]
    assert (last["actor"], last["seq"], last["after"]["choice"]) == ("key:0", 1, "retry")
    assert len(office.answer("audit", "search", "--stream", "access")["acts"]) == 1
    assert office.answer("audit", "search", "--until", "2020-01-01")["acts"] == []
    assert "hold:resolve" in office.say("audit", "search").out
    assert office.say("audit", "search", "--cursor", "x").sentence.startswith("cursor")


def test_what_is_signed_is_verified_here_and_in_a_copy(office: Desk, tmp_path: Path) -> None:
    anchor = office.answer("audit", "checkpoint")["checkpoint"]["anchor"]
    said = office.say("audit", "verify", "--anchor", anchor)
    assert said.code == 0, said
    assert "2 streams, 4 acts, 1 checkpoints: all is as it was written" in said.out
    assert "nothing was done" in office.say("audit", "checkpoint").out
    copy = tmp_path / "audit.jsonl"
    assert office.say("audit", "export", "--to", str(copy)).code == 0
    assert office.answer("audit", "verify", "--file", str(copy))["right"]
    assert "is there already" in office.say("audit", "export", "--to", str(copy)).sentence
    kept = json.loads(copy.read_text().splitlines()[0])
    assert base64.b64decode(next(value for name, value in kept.items() if name != "kind")) == SigningKey(_SEED).public
    copy.write_text(copy.read_text().replace("key:0", "key:7"))
    found = office.say("audit", "verify", "--file", str(copy))
    assert (found.code, found.out.splitlines()[0]) == (1, "return:R-1 1: changed: it is not what was hashed")
    vanished = office.say("audit", "verify", "--anchor", "7:00112233", "--json")
    assert vanished.code == 1
    assert vanished.document["findings"][0]["wrong"] == "cut off"
    assert office.say("audit", "export").out.splitlines()[-1].startswith('{"kind": "act"')


def test_retention_counts_first_and_needs_a_name_to_delete(office: Desk) -> None:
    assert office.answer("audit", "retention")["kinds"] == [{"kind": "return", "streams": 0, "acts": 0}]
    assert office.say("audit", "retention", "--apply").sentence.startswith("by")
    assert office.answer("audit", "retention", "--apply", "--by", "it")["applied"]


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (("verify", "--anchor", "1:xyz"), "anchor"),
        (("verify", "--file", "/nowhere/a.jsonl"), "file"),
        (("export", "--to", "/nowhere/a.jsonl"), "to"),
        (("search", "--limit", "0"), "Invalid value for '--limit'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(office: Desk, words: tuple[str, ...], begins: str) -> None:
    assert office.say("audit", *words).sentence.startswith(begins)


def test_without_a_key_nothing_is_signed_and_the_setting_is_named(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKHAUL_AUDIT__KEY")
    assert "BACKHAUL_AUDIT__KEY" in office.say("audit", "checkpoint").sentence
    monkeypatch.setenv("BACKHAUL_AUDIT__KEY", "short")
    said = office.say("audit", "verify")
    assert (said.code, said.err.splitlines()[0][:36]) == (2, "BACKHAUL_AUDIT__KEY is wrong: it is ")
    monkeypatch.setenv("BACKHAUL_AUDIT__KEY", os.environ.get("NOTHING", ""))
    monkeypatch.setenv("BACKHAUL_AUDIT__KEEP", "return:x")
    assert office.say("audit", "verify").err.startswith("BACKHAUL_AUDIT__KEEP is wrong")
