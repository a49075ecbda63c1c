"""Whoever may write to the tables, triggers or not: what they change, take away or add is found, and where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from runtime.audit import verdict_of
from runtime.documents import document_of
from security.audit import act_hash, checkpoint_form, marks_root, sha256, stub_form
from security.signing import SigningKey
from store import auditing
from tests.audit.conftest import KEY, Ledger

R1 = "return:R-1"
HEAD_TOO = (
    "UPDATE audit_heads SET (seq, hash) ="
    f" (SELECT seq, hash FROM audit WHERE stream = '{R1}' ORDER BY seq DESC LIMIT 1) WHERE stream = '{R1}'"
)


async def test_what_nobody_touched_is_right(ledger: Ledger) -> None:
    verdict = await ledger.verify()
    assert verdict.right
    assert (verdict.streams, verdict.acts, verdict.unsigned, verdict.checkpoints) == (4, 14, 1, 2)
    assert (await ledger.verify(R1)).acts == 8


@pytest.mark.parametrize(
    "field",
    [
        "actor = 'key:9'", "action = 'hold:see'", "subject = 'return:R-9'", "why = ''", "before = '{}'",
        "after = '{}'", "personal = true", "at = at + interval '1 microsecond'", "hash = sha256('')",
    ],
)  # fmt: skip
async def test_a_changed_field_is_found(ledger: Ledger, field: str) -> None:
    await ledger.do(f"UPDATE audit SET {field} WHERE stream = '{R1}' AND seq = 3")
    assert await ledger.found() == [(R1, 3, "changed")]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (f"DELETE FROM audit WHERE stream = '{R1}' AND seq = 3", (R1, 3, "missing")),
        (f"DELETE FROM audit WHERE stream = '{R1}' AND seq = 1", (R1, 1, "missing")),
        (f"DELETE FROM audit WHERE stream = '{R1}' AND seq = 8", (R1, 7, "cut off")),
        (f"DELETE FROM audit WHERE stream = '{R1}' AND seq > 6; {HEAD_TOO}", (R1, 7, "cut off")),
        (f"DELETE FROM audit WHERE stream = '{R1}'; DELETE FROM audit_heads WHERE stream = '{R1}'", (R1, 1, "cut off")),
        (f"DELETE FROM audit_heads WHERE stream = '{R1}'", (R1, 8, "cut off")),
        (f"UPDATE audit_heads SET seq = 7 WHERE stream = '{R1}'", (R1, 8, "changed")),
    ],
)  # fmt: skip
async def test_what_was_taken_away_is_found(ledger: Ledger, change: str, found: tuple[str, int, str]) -> None:
    await ledger.do(change)
    assert await ledger.found() == [found]


async def test_a_reason_in_other_words_is_found_and_one_that_was_erased_is_nothing_wrong(ledger: Ledger) -> None:
    async with ledger.connection.begin_nested() as point:
        await ledger.do(f"UPDATE audit_reasons SET reason = 'because' WHERE stream = '{R1}' AND seq = 4")
        assert await ledger.found() == [(R1, 4, "changed")]
        await point.rollback()
    await auditing.forget(ledger.connection, R1)
    assert (await ledger.connection.execute(text(f"SELECT 1 FROM audit_reasons WHERE stream = '{R1}'"))).all() == []
    assert await ledger.found() == []


async def test_two_acts_in_each_others_place_are_found(ledger: Ledger) -> None:
    for one, other in ((2, 99), (3, 2), (99, 3)):
        await ledger.do(f"UPDATE audit SET seq = {other} WHERE stream = '{R1}' AND seq = {one}")
    assert await ledger.found() == [(R1, 2, "reordered")]


async def test_a_forged_act_in_the_midst_is_found(ledger: Ledger) -> None:
    for seq in range(8, 3, -1):
        await ledger.do(f"UPDATE audit SET seq = {seq + 1} WHERE stream = '{R1}' AND seq = {seq}")
    await ledger.do(
        f"INSERT INTO audit SELECT stream, 4, at, 'key:9', action, subject, why, before, after, personal, hash, hash"
        f" FROM audit WHERE stream = '{R1}' AND seq = 3"
    )
    await rewrite(ledger, R1, 4, 4)
    assert await ledger.found() == [(R1, 5, "reordered")]


async def rewrite(ledger: Ledger, stream: str, first: int, last: int, **changed: Any) -> None:
    """The acts from `first` to `last` with hashes that are right."""
    acts = text("SELECT * FROM audit WHERE stream = :s AND seq BETWEEN :first - 1 AND :last ORDER BY seq")
    values = {"s": stream, "first": first, "last": last}
    prev = b""
    for row in (await ledger.connection.execute(acts, values)).all():
        if row.seq >= first:
            one = row._asdict() | changed | {"prev": prev}
            one.pop("hash")
            told = act_hash(**one)
            update = (
                "UPDATE audit SET actor = :actor, at = :at, prev = :prev, hash = :hash WHERE stream = :s AND seq = :n"
            )
            new = {"s": stream, "n": row.seq, "actor": one["actor"], "at": one["at"], "prev": prev, "hash": told}
            await ledger.connection.execute(text(update), new)
            prev = told
        else:
            prev = row.hash


async def test_a_stream_written_anew_with_right_hashes_is_found_where_a_checkpoint_signed_it(ledger: Ledger) -> None:
    await ledger.do("SELECT 1")
    await rewrite(ledger, R1, 1, 8, actor="key:9")
    await ledger.do(HEAD_TOO)
    assert await ledger.found() == [(R1, 5, "rewritten")]


async def test_a_stream_that_is_said_to_be_older_than_it_is_is_found(ledger: Ledger) -> None:
    forged = "INSERT INTO audit SELECT 'return:R-9', seq, at - interval '1 hour', actor, action, subject, why, before,"
    await ledger.do(f"{forged} after, personal, prev, hash FROM audit WHERE stream = 'return:R-3'")
    await rewrite(ledger, "return:R-9", 1, 1)
    await ledger.do("INSERT INTO audit_heads SELECT stream, seq, hash FROM audit WHERE stream = 'return:R-9'")
    assert await ledger.found() == [("return:R-9", 1, "backdated")]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE audit_checkpoints SET at = at - interval '1 hour' WHERE number = 1", ("", 1, "changed")),
        ("UPDATE audit_checkpoints SET signature = sha256('') WHERE number = 2", ("", 2, "signature wrong")),
        ("DELETE FROM audit_checkpoints WHERE number = 1; DELETE FROM audit_checkpoint_heads WHERE number = 1",
         ("", 1, "missing")),
        (f"UPDATE audit_checkpoint_heads SET seq = 4 WHERE number = 1 AND stream = '{R1}'",
         ("", 1, "checkpoint does not fit")),
        ("DELETE FROM audit_checkpoint_heads WHERE number = 2 AND stream = 'return:R-3'",
         ("", 2, "checkpoint does not fit")),
        ("DELETE FROM audit_checkpoints WHERE number = 2", (R1, 7, "checkpoint does not fit")),
    ],
)  # fmt: skip
async def test_a_checkpoint_that_is_not_what_was_signed_is_found(
    ledger: Ledger, change: str, found: tuple[str, int, str]
) -> None:
    await ledger.do(change)
    assert (await ledger.found())[0] == found


async def test_a_checkpoint_written_anew_needs_the_key(ledger: Ledger) -> None:
    await ledger.do("DELETE FROM audit_checkpoint_heads WHERE number = 2 AND stream = 'return:R-3'")
    thief = SigningKey(b"t" * 32)
    rows = await ledger.connection.execute(
        text("SELECT stream, seq, hash FROM audit_checkpoint_heads WHERE number = 2 ORDER BY stream")
    )
    marks = [tuple(row) for row in rows]
    point = (await ledger.connection.execute(text("SELECT * FROM audit_checkpoints WHERE number = 2"))).one()
    form = checkpoint_form(2, point.at, len(marks), marks_root(marks), point.prev, KEY.key_id)
    update = "UPDATE audit_checkpoints SET streams = :n, root = :root, hash = :hash, signature = :by WHERE number = 2"
    new = {"n": len(marks), "root": marks_root(marks), "hash": sha256(form), "by": thief.sign(form)}
    await ledger.connection.execute(text(update), new)
    assert await ledger.found() == [("", 2, "signature wrong")]


async def test_a_last_checkpoint_that_vanished_is_known_to_whoever_noted_it(ledger: Ledger) -> None:
    noted = (await ledger.verify()).last
    assert noted is not None
    ledger.anchors = {2: noted.hash.hex()[:12]}
    assert (await ledger.verify()).right
    await ledger.do(
        "DELETE FROM audit_checkpoints WHERE number = 2; DELETE FROM audit_checkpoint_heads WHERE number = 2"
    )
    assert await ledger.found() == [("", 2, "cut off")]
    ledger.anchors = {1: "0" * 12}
    assert await ledger.found() == [("", 1, "rewritten")]


async def test_retention_is_believed_with_a_signature_only(ledger: Ledger) -> None:
    row = (await ledger.connection.execute(text(f"SELECT * FROM audit WHERE stream = '{R1}' AND seq = 2"))).one()
    stub = "INSERT INTO audit_stubs VALUES (:stream, 2, :hash, :at, :key_id, :signature)"
    at = row.at + timedelta(days=1)
    form = stub_form(R1, 2, row.hash, at, KEY.key_id)
    await ledger.do(f"DELETE FROM audit WHERE stream = '{R1}' AND seq <= 2")
    assert await ledger.found() == [(R1, 1, "missing")]
    values = {"stream": R1, "hash": row.hash, "at": at, "key_id": KEY.key_id}
    forged = values | {"signature": SigningKey(b"t" * 32).sign(form)}
    async with ledger.connection.begin_nested() as point:
        await ledger.connection.execute(text(stub), forged)
        assert await ledger.found() == [(R1, 2, "signature wrong")]
        await point.rollback()
    await ledger.connection.execute(text(stub), values | {"signature": KEY.sign(form)})
    assert await ledger.found() == []


async def test_a_finding_says_what_is_wrong(ledger: Ledger) -> None:
    await ledger.do(f"DELETE FROM audit WHERE stream = '{R1}' AND seq IN (3, 4)")
    document = document_of(verdict_of(await ledger.verify()))
    assert document["findings"] == [
        {"stream": R1, "seq": 3, "wrong": "missing", "detail": "of its acts 3 to 4 is not there"}
    ]
    assert (document["right"], document["bad"]) == (False, 1)
