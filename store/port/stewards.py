"""What people decide about who is who: a queue of doubtful pairs, merges and their undoing, all of it audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.errors import Refusal
from domain.identity.record import Ref


class UnknownParty(Refusal):
    """No party, record or decision is called so."""

    code = "unknown_party"


class AlreadySettled(Refusal):
    """The decision is not open, or not to be taken back, any more."""

    code = "already_settled"


@dataclass(frozen=True, slots=True)
class Linked:
    """A row of the cross-reference. `home` is the party it would be without any merge; `decision` the newest that
    linked it. `fields` are masked unless they were asked for with a reason."""

    ref: Ref
    party: str
    home: str
    state: str
    merged_to: Ref | None
    first_seen: datetime
    evidence: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Review:
    """Two records that may be one party. `features` are comparisons and how far each agrees; `score` is in bits."""

    id: int
    one: Linked
    other: Linked
    score: float
    rule: str
    features: Mapping[str, str]
    weights_version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of two records. `verdict`: auto, review or human; `outcome`: open, linked, refused, undone or
    void; `into` is the party that survived."""

    id: int
    one: Ref
    other: Ref
    verdict: str
    outcome: str
    rule: str
    into: str | None
    by: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule linked two parties by itself, and how often a person took that back."""

    rule: str
    linked: int
    undone: int


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Of one source: live records, parties they are, parties that have several of them, and open reviews between two of
    them."""

    system: str
    org: str
    object: str
    records: int
    parties: int
    several: int
    reviews: int


@dataclass(frozen=True, slots=True)
class Quality:
    sources: tuple[Duplicates, ...]
    rules: tuple[RuleCount, ...]
    open_reviews: int
    oldest_review: datetime | None


class Stewards(Protocol):
    """`by` is who decides and `why` in their words; both are kept. Refusals are UnknownParty and AlreadySettled."""

    async def queue(self, limit: int, by: str = "", reveal: str = "", review: int | None = None) -> tuple[Review, ...]:
        """Open reviews, the likeliest first; or the one named. `reveal`: the reason for which `by` needs to see the
        whole, audited."""
        ...

    async def accept(self, review: int, by: str, why: str) -> Decision:
        """The two are one party."""
        ...

    async def reject(self, review: int, by: str, why: str) -> Decision:
        """The two are not, whatever weights say from now on."""
        ...

    async def merge(self, keep: str, other: str, by: str, why: str) -> Decision:
        """Two parties are one; `keep` survives. Each is named by its id."""
        ...

    async def unmerge(self, decision: int, by: str, why: str) -> Decision:
        """Take a link back, whoever made it: everything it brought together is apart again, and stays so.

        `into` of the answer is the party that both still are, by other decisions; None when they are two."""
        ...

    async def links(self, of: str | Ref, by: str = "", reveal: str = "") -> tuple[str, tuple[Linked, ...]]:
        """The party's id and all its records; `of` is a party's id or one of its records."""
        ...

    async def decisions(self, of: str | Ref) -> tuple[Decision, ...]:
        """All about the party's records, oldest first."""
        ...

    async def quality(self) -> Quality:
        """Numbers for the data-quality scorecard."""
        ...
