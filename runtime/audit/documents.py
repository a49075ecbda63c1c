"""An act, and what a verification found, as front doors show them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from runtime.audit.verdict import Verdict
from runtime.audit.verifying import Wrong
from store.port import Entry


@dataclass(frozen=True, slots=True)
class ActView:
    """`why` is null when the reason was erased. `before` and `after` have commitments in the place of what is
    personal."""

    stream: str
    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    why: str | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    personal: bool
    hash: str


@dataclass(frozen=True, slots=True)
class CheckpointView:
    number: int
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class FindingView:
    stream: str
    seq: int
    wrong: Wrong
    detail: str


@dataclass(frozen=True, slots=True)
class VerdictView:
    """`right`: all is as it was written and signed. `findings` are the first bad row of each
    stream, of `bad` in all."""

    right: bool
    streams: int
    acts: int
    unsigned_acts: int
    checkpoints: int
    last_checkpoint: CheckpointView | None
    bad: int
    findings: tuple[FindingView, ...]


def act_of(one: Entry) -> ActView:
    return ActView(
        stream=one.stream,
        seq=one.seq,
        at=one.at,
        actor=one.actor,
        action=one.action,
        subject=one.subject,
        why=one.reason if one.reason or not one.why else None,
        before=json.loads(one.before),
        after=json.loads(one.after),
        personal=one.personal,
        hash=one.hash.hex(),
    )


def verdict_of(one: Verdict) -> VerdictView:
    last = one.last
    return VerdictView(
        one.right, one.streams, one.acts, one.unsigned, one.checkpoints,
        CheckpointView(last.number, last.at, last.hash.hex()) if last else None, one.bad,
        tuple(FindingView(each.stream, each.seq, each.wrong, each.detail) for each in one.findings),
    )  # fmt: skip
