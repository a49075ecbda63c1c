"""Who did what, and whether it is still what was written."""

from __future__ import annotations

from typing import TypedDict


class AuditAct(TypedDict):
    """`why` is null when the reason was erased. `before` and `after` have commitments in the place of what is
    personal."""

    stream: str
    seq: int
    at: str
    actor: str
    action: str
    subject: str
    why: str | None
    before: dict[str, str]
    after: dict[str, str]
    personal: bool
    hash: str


class Checkpoint(TypedDict):
    number: int
    at: str
    hash: str


class AuditFinding(TypedDict):
    stream: str
    seq: int
    wrong: str
    detail: str


class AuditVerdict(TypedDict):
    """`right`: all is as it was written and signed. `findings` are the first bad row of each
    stream, of `bad` in all."""

    right: bool
    streams: int
    acts: int
    unsigned_acts: int
    checkpoints: int
    last_checkpoint: Checkpoint | None
    bad: int
    findings: list[AuditFinding]
