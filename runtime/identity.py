"""What stewards may ask about who is who: the queue, decisions, and weights found from what was compared.

Raises domain refusals; never an engine's error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import BadInput
from domain.identity import calibration
from domain.identity.calibration import Doubt
from domain.identity.comparing import Comparer, Pattern
from domain.identity.estimating import Estimate, Told, estimate
from domain.identity.party import FIELDS, Party, Vocabulary
from domain.identity.record import CRM, SHOP, Ref
from domain.identity.weights import odds, shipped
from store.port import Decision, Linked, Parties, Quality, Review, SavedWeights, Seen, Stewards, UnknownParty, Weighing

# So many records show what chance does.
_SAMPLE = 2000
SHIPPED = 0


@dataclass(frozen=True, slots=True)
class Trained:
    """Weights as they were saved. `pairs` were compared, of which people decided about `decided`; `matches` are
    expected. `links` is how many pairs would be linked by weight."""

    version: int
    pairs: int
    decided: int
    matches: float
    links: int
    doubts: tuple[Doubt, ...]


def record_named(text: str) -> Ref:
    """'main:contact:003…' of a CRM, 'shop:customer:7001' or 'shop:guest:1001' of the shop."""
    org, _, rest = text.partition(":")
    of, _, record = rest.partition(":")
    if not (org and of and record):
        raise BadInput("record", "must look like org:object:id, such as main:contact:003… or shop:customer:7001")
    return Ref(SHOP if org == SHOP else CRM, org, of, record)


class Deciding:
    """The stewards' desk."""

    def __init__(self, stewards: Stewards, weighing: Weighing, parties: Parties) -> None:
        self._stewards, self._weighing, self._parties = stewards, weighing, parties

    async def queue(self, limit: int, by: str, reveal: str) -> tuple[Review, ...]:
        return await self._stewards.queue(limit, by, reveal)

    async def review(self, review: int, by: str = "", reveal: str = "") -> Review:
        """One that is open; masked, unless `by` gives a reason to see the whole. Raises UnknownParty."""
        found = await self._stewards.queue(1, by, reveal, review)
        if not found:
            raise UnknownParty(f"there is no open review {review}")
        return found[0]

    async def accept(self, review: int, by: str, why: str) -> Decision:
        return await self._stewards.accept(review, by, why)

    async def reject(self, review: int, by: str, why: str) -> Decision:
        return await self._stewards.reject(review, by, why)

    async def merge(self, keep: str, other: str, by: str, why: str) -> Decision:
        return await self._stewards.merge(keep, other, by, why)

    async def unmerge(self, decision: int, by: str, why: str) -> Decision:
        return await self._stewards.unmerge(decision, by, why)

    async def links(self, of: str | Ref, by: str, reveal: str) -> tuple[str, tuple[Linked, ...], tuple[Decision, ...]]:
        party, links = await self._stewards.links(of, by, reveal)
        return party, links, await self._stewards.decisions(of)

    async def forget(self, of: str | Ref, by: str, why: str) -> int:
        """Answers of how many records. What is not known raises UnknownParty."""
        _, links = await self._stewards.links(of)
        return await self._parties.forget(links[0].ref, by, why)

    async def quality(self) -> Quality:
        return await self._stewards.quality()

    async def train(self, by: str) -> Trained:
        """New weights from all that was compared so far; saved, not activated."""
        seen = await self._weighing.seen(_SAMPLE)
        if not seen.patterns:
            raise BadInput("train", "nothing was compared yet: records are compared as they come in")
        found = _estimated(seen)
        # The records there are, not those of the sample, are what a prior is about.
        version = await self._weighing.save(found.weights.dump(), seen.records, by)
        weights = _bits(found, seen.patterns)
        links = sum(weight >= found.weights.link for weight in weights)
        decided = sum(seen.together.values()) + sum(seen.apart.values())
        return Trained(version, len(weights), decided, found.matches, links, calibration.doubts(found, weights))

    async def activate(self, version: int, by: str, why: str) -> None:
        await self._weighing.activate(version, by, why)

    async def versions(self) -> tuple[SavedWeights, ...]:
        return await self._weighing.versions()


def _estimated(seen: Seen) -> Estimate:
    """It begins with the shipped weights each time: what was learned from the same pairs would count twice."""
    fields = {name for one in seen.sample for name in one}
    parties: Sequence[Party] = Vocabulary([name for name in FIELDS if name in fields]).prepare(list(seen.sample))
    told = Told(seen.together, seen.apart)
    return estimate(shipped(), seen.patterns, parties, None, Comparer(), told, seen.records)


def _bits(found: Estimate, patterns: Mapping[Pattern, int]) -> list[float]:
    table = found.weights.table()
    return [weight for pattern, many in patterns.items() for weight in [odds(*table.sums(pattern))] * many]
