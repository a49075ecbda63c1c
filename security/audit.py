"""The canonical forms of acts, checkpoints and stubs: what anybody needs to verify them, without the database.

Every field is written with its length in bytes before it, so that no two acts have the same form. The database works
out the same when it appends (store/migrations/versions/r0011_audit.py); a test holds both together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SALTED = "salted:"
# What is done to or with the data of persons, beside every act that has commitments in it.
_ABOUT_PERSONS = frozenset({"person", "contact", "unmask", "reveal", "forget"})


def act_hash(
    stream: str, seq: int, at: datetime, actor: str, action: str, subject: str, why: str, before: str, after: str,
    personal: bool, prev: bytes,
) -> bytes:  # fmt: skip
    """`before` and `after` word for word as they are kept; `prev` is empty for the first of a stream."""
    told = str(personal).lower()
    fields = (stream, str(seq), str(micros(at)), actor, action, subject, why, before, after, told, prev.hex())
    return sha256(canonical(*fields))


def marks_root(marks: Iterable[tuple[str, int, bytes]]) -> bytes:
    """Of the ends of streams that a checkpoint covers, in the order of their names' bytes."""
    found = hashlib.sha256()
    for stream, seq, digest in marks:
        found.update(canonical(stream, str(seq), digest.hex()))
    return found.digest()


def checkpoint_form(number: int, at: datetime, streams: int, root: bytes, prev: bytes, key_id: str) -> bytes:
    """What is signed of a checkpoint; its hash is SHA-256 of this."""
    return canonical("checkpoint", str(number), str(micros(at)), str(streams), root.hex(), prev.hex(), key_id)


def stub_form(stream: str, seq: int, digest: bytes, at: datetime, key_id: str) -> bytes:
    """What is signed where retention cut a stream."""
    return canonical("stub", stream, str(seq), digest.hex(), str(micros(at)), key_id)


def sha256(form: bytes) -> bytes:
    return hashlib.sha256(form).digest()


def canonical(*fields: str) -> bytes:
    return b"".join(b"%d:%b" % (len(raw), raw) for raw in (field.encode() for field in fields))


def micros(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def commitment(salt: bytes, name: str, value: str) -> str:
    """What stands in an act in the place of a personal value. Whoever has the salt can prove which value it was."""
    return _SALTED + hashlib.sha256(salt + canonical(name, value)).hexdigest()


def about_person(action: str, personal: frozenset[str], *said: Mapping[str, str]) -> bool:
    """Whether the act is a privacy officer's business."""
    return bool(_ABOUT_PERSONS & set(action.split(":"))) or any(personal & set(values) for values in said)
