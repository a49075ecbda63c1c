"""What a verification found: how much was looked at, and the first bad row of each stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from runtime.audit.verifying import ChainCheck, CheckpointsCheck, Finding, Wrong
from security.signing import KnownKeys
from store.port import AuditReader, Chain, Checkpoint, Entry

# More is told by its number only: who rewrote everything is not told row by row.
MOST = 1000


@dataclass
class Verdict:
    """`unsigned` acts stand behind the last checkpoint of their stream: their chain is right, nothing signed says so
    yet."""

    streams: int = 0
    acts: int = 0
    unsigned: int = 0
    checkpoints: int = 0
    last: Checkpoint | None = None
    bad: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def right(self) -> bool:
        return not self.bad

    def say(self, finding: Finding) -> None:
        self.bad += 1
        if len(self.findings) < MOST:
            self.findings.append(finding)


async def verify(
    reader: AuditReader, keys: KnownKeys, stream: str | None = None, anchors: Mapping[int, str] | None = None
) -> Verdict:
    """All streams, or one. Checkpoints are looked at whole in either case: they vouch for each other."""
    verdict = Verdict()
    points = CheckpointsCheck(keys, anchors or {})
    async for point, marks in reader.checkpoints():
        points.take(point, marks)
        verdict.checkpoints += 1
    for finding in points.end():
        verdict.say(finding)
    verdict.last = points.last
    await _chains(reader.chains(stream), keys, points, verdict)
    return verdict


async def _chains(
    parts: AsyncIterator[Chain | Entry], keys: KnownKeys, points: CheckpointsCheck, verdict: Verdict
) -> None:
    check: ChainCheck | None = None
    async for part in parts:
        if isinstance(part, Chain):
            _end(check, verdict)
            check = ChainCheck(part, keys, points.moments)
        elif check is None or part.stream != check.stream:
            verdict.say(Finding(part.stream, part.seq, Wrong.REORDERED, "it stands in another stream's place"))
        else:
            check.take(part)
    _end(check, verdict)


def _end(check: ChainCheck | None, verdict: Verdict) -> None:
    if check is None:
        return
    finding = check.end()
    verdict.streams += 1
    verdict.acts += check.acts
    verdict.unsigned += check.unsigned
    if finding is not None:
        verdict.say(finding)
