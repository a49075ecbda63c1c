"""Tells whether chains of acts and their checkpoints are what was once written and signed; what is wrong, and where.

It reads neither the database nor a file: whoever has one hands over what is in it, in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from security.audit import act_hash, checkpoint_form, marks_root, sha256, stub_form
from security.signing import KnownKeys
from store.port import Chain, Checkpoint, Entry, Mark, Stub

# An act carries the moment it was written; its transaction may end, and be seen by a checkpoint, this much later.
_UNDER_WAY = timedelta(minutes=15)
# How far from its place an act is looked for that seems to have been moved.
_NEAR = 50


class Wrong(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    CUT_OFF = "cut off"
    REWRITTEN = "rewritten"
    """Right in itself, and not what was signed."""
    BACKDATED = "backdated"
    CHECKPOINT = "checkpoint does not fit"
    SIGNATURE = "signature wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """`seq` is the number of the act, or of the checkpoint where `stream` is empty."""

    stream: str
    seq: int
    wrong: Wrong
    detail: str


class CheckpointsCheck:
    """Takes checkpoints in the order of their numbers; `moments` is when each was made."""

    def __init__(self, keys: KnownKeys, anchors: Mapping[int, str]) -> None:
        self.findings: list[Finding] = []
        self.moments: dict[int, datetime] = {}
        self.last: Checkpoint | None = None
        self._keys, self._anchors = keys, dict(anchors)

    def take(self, point: Checkpoint, marks: Sequence[Mark]) -> None:
        form = checkpoint_form(point.number, point.at, point.streams, point.root, point.prev, point.key_id)
        number, prev = (self.last.number + 1, self.last.hash) if self.last else (1, b"")
        if point.number != number:
            self._say(number, Wrong.MISSING, f"after checkpoint {number - 1} comes {point.number}")
        elif point.prev != prev:
            self._say(point.number, Wrong.CHECKPOINT, "it does not follow the one before")
        if sha256(form) != point.hash:
            self._say(point.number, Wrong.CHANGED, "its hash is another")
        elif not self._keys.signed(point.key_id, point.signature, form):
            self._say(point.number, Wrong.SIGNATURE, f"key {point.key_id} did not sign this, or is not known here")
        if len(marks) != point.streams or _root(marks) != point.root:
            self._say(point.number, Wrong.CHECKPOINT, "the ends of streams kept for it are not those it signed")
        anchor = self._anchors.pop(point.number, None)
        if anchor is not None and not (len(anchor) >= 8 and point.hash.hex().startswith(anchor)):
            self._say(point.number, Wrong.REWRITTEN, "it is not the one that was noted outside")
        self.moments[point.number] = point.at
        self.last = point

    def end(self) -> tuple[Finding, ...]:
        for number in sorted(self._anchors):
            self._say(number, Wrong.CUT_OFF, "it was noted outside, and is not there")
        return tuple(self.findings)

    def _say(self, number: int, wrong: Wrong, detail: str) -> None:
        if not any(one.seq == number for one in self.findings):
            self.findings.append(Finding("", number, wrong, detail))


class ChainCheck:
    """Takes the acts of one stream by number; `finding` is the first that is wrong."""

    def __init__(self, chain: Chain, keys: KnownKeys, moments: Mapping[int, datetime]) -> None:
        self.finding: Finding | None = None
        self.stream = chain.stream
        self.acts = self.unsigned = 0
        self._chain, self._moments = chain, moments
        self._seq, self._hash = 0, b""
        self._marks: dict[int, set[bytes]] = defaultdict(set)
        self._covers = sorted(chain.marks, key=lambda mark: (mark.seq, mark.number), reverse=True)
        for mark in chain.marks:
            self._marks[mark.seq].add(mark.hash)
            if mark.number not in moments:
                self._say(mark.seq, Wrong.CHECKPOINT, f"checkpoint {mark.number}, which covers it, is not there")
        for stub in chain.stubs:
            self._start_behind(stub, keys)

    def _start_behind(self, stub: Stub, keys: KnownKeys) -> None:
        form = stub_form(stub.stream, stub.seq, stub.hash, stub.at, stub.key_id)
        if not keys.signed(stub.key_id, stub.signature, form):
            self._say(stub.seq, Wrong.SIGNATURE, "nobody who may said that retention deleted what was before")
        elif self._marks.get(stub.seq, {stub.hash}) != {stub.hash}:
            self._say(stub.seq, Wrong.REWRITTEN, "what retention deleted is not what was signed before")
        self._seq, self._hash = stub.seq, stub.hash

    def take(self, act: Entry) -> None:
        self.acts += 1
        while self._covers and self._covers[-1].seq < act.seq:
            self._covers.pop()
        self.unsigned += not self._covers
        if self.finding is None:
            self._check(act)
        self._seq, self._hash = act.seq, act.hash

    def _check(self, act: Entry) -> None:
        expected = self._seq + 1
        if act.seq > expected:
            missing = f"{expected} to {act.seq - 1}" if act.seq > expected + 1 else f"{expected}"
            self._say(expected, Wrong.MISSING, f"of its acts {missing} is not there")
        elif act.seq < expected:
            self._say(act.seq, Wrong.REORDERED, f"it comes after {self._seq}")
        elif not _right(act, act.seq):
            near = range(max(1, act.seq - _NEAR), act.seq + _NEAR)
            place = next((seq for seq in near if _right(act, seq)), None)
            if place is not None:
                self._say(act.seq, Wrong.REORDERED, f"it was written as number {place}")
            else:
                self._say(act.seq, Wrong.CHANGED, "it is not what was hashed")
        elif act.prev != self._hash:
            self._say(act.seq, Wrong.REORDERED, "it does not follow the act before")
        elif self._marks.get(act.seq, {act.hash}) != {act.hash}:
            self._say(act.seq, Wrong.REWRITTEN, "a checkpoint signed another act in its place")
        elif not act.committed:
            self._say(
                act.seq,
                Wrong.CHANGED,
                "its reason, or the sentence in the timeline, is not the one it was committed to",
            )
        else:
            self._check_moment(act)

    def _check_moment(self, act: Entry) -> None:
        """What is as old as it says was there for the checkpoint after it."""
        before = self._covers[-1].number - 1 if self._covers else max(self._moments, default=0)
        since = self._moments.get(before)
        if since is not None and act.at < since - _UNDER_WAY:
            self._say(act.seq, Wrong.BACKDATED, f"checkpoint {before} of {since:%Y-%m-%d %H:%M:%S} had no such act")

    def end(self) -> Finding | None:
        head = self._chain.head
        covered = max(self._marks, default=0)
        if covered > self._seq:
            self._say(self._seq + 1, Wrong.CUT_OFF, f"a checkpoint signed {covered} acts, and {self._seq} are there")
        elif head is None:
            self._say(self._seq, Wrong.CUT_OFF, "nothing says any more where the stream ends")
        elif head != (self._seq, self._hash):
            wrong = Wrong.CUT_OFF if head[0] > self._seq else Wrong.CHANGED
            self._say(self._seq, wrong, f"the stream should end with act {head[0]} and its hash")
        return self.finding

    def _say(self, seq: int, wrong: Wrong, detail: str) -> None:
        if self.finding is None:
            self.finding = Finding(self._chain.stream, seq, wrong, detail)


def _right(act: Entry, seq: int) -> bool:
    said = (act.actor, act.action, act.subject, act.why, act.before, act.after, act.personal)
    return act_hash(act.stream, seq, act.at, *said, act.prev) == act.hash


def _root(marks: Sequence[Mark]) -> bytes:
    return marks_root((mark.stream, mark.seq, mark.hash) for mark in marks)
