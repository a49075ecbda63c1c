"""Who owns which field of a CRM's record, which way it travels, and what happens when both sides changed it.

The system-of-record matrix as data. It knows no vendor: fields are named as the CRM names them, concepts as we do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.change_request import RequestKind


class Direction(StrEnum):
    PUSH = "push"
    PULL = "pull"
    BOTH = "both"
    OFF = "off"

    @property
    def pushes(self) -> bool:
        return self in (Direction.PUSH, Direction.BOTH)

    @property
    def pulls(self) -> bool:
        return self in (Direction.PULL, Direction.BOTH)


class Side(StrEnum):
    """The system of record of a field."""

    HUB = "hub"
    CRM = "crm"


class Rule(StrEnum):
    """What is done with a genuine change made in the CRM."""

    OWNER_WINS = "owner_wins"
    """The owner's value stands; the other's is overwritten."""
    LATEST_CERTAIN = "latest_certain"
    """The later change wins where it is certain when each was made; else the owner's value stands."""
    MONOTONIC_STATE = "monotonic_state"
    """A status of ours: it only moves forward along our own order, and only we move it."""
    REQUEST_ONLY = "request_only"
    """The edit is a request to the return, which accepts or refuses it. Money and reasons are never overwritten."""
    UNION = "union"
    """Values of several choices are added to each other; nothing is taken away."""
    MANUAL = "manual"
    """A person decides; until then the owner's value stands."""


class Nulls(StrEnum):
    """What an empty value of the owner does on the other side."""

    CLEAR = "clear"
    IGNORE = "ignore"


class Mask(StrEnum):
    """How much of a field may be shown to whom has no need of it."""

    OPEN = "open"
    PERSONAL = "personal"


class Mode(StrEnum):
    """The switch of a region, or of one object."""

    LIVE = "live"
    PUSH_ONLY = "push_only"
    PULL_ONLY = "pull_only"
    SHADOW = "shadow"
    """Everything is worked out and compared, nothing is written on either side."""
    OFF = "off"

    @property
    def pushes(self) -> bool:
        return self in (Mode.LIVE, Mode.PUSH_ONLY)

    @property
    def pulls(self) -> bool:
        return self in (Mode.LIVE, Mode.PULL_ONLY)


def strictest(*modes: Mode) -> Mode:
    """What several switches allow together: off over shadow over one way; two different ways leave nothing."""
    if Mode.OFF in modes:
        return Mode.OFF
    if Mode.SHADOW in modes:
        return Mode.SHADOW
    ways = {mode for mode in modes if mode is not Mode.LIVE}
    if len(ways) > 1:
        return Mode.OFF
    return ways.pop() if ways else Mode.LIVE


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One row of the matrix: `field` as the CRM names it. `asks`: an edit of it is a change request of this kind."""

    field: str
    direction: Direction
    owner: Side = Side.HUB
    rule: Rule = Rule.OWNER_WINS
    nulls: Nulls = Nulls.CLEAR
    mask: Mask = Mask.OPEN
    asks: RequestKind | None = None


@dataclass(frozen=True, slots=True)
class ObjectRules:
    """The matrix of one object. `concept` is ours: return, line, contact, account or product; `key` is the CRM's field
    with our reference."""

    concept: str
    object: str
    key: str
    fields: tuple[FieldRule, ...]
    mode: Mode = Mode.LIVE

    def of(self, name: str) -> FieldRule | None:
        return next((rule for rule in self.fields if rule.field == name), None)

    @property
    def to_clear(self) -> tuple[str, ...]:
        """The fields that are emptied when a person is erased. A return's records are ours, whoever typed into them; of
        a customer's record only what we own is, and our key, which says whose it is."""
        ours = self.concept in ("return", "line")
        personal = [rule for rule in self.fields if rule.mask is Mask.PERSONAL and rule.direction is not Direction.OFF]
        mine = tuple(rule.field for rule in personal if ours or rule.owner is Side.HUB)
        return mine if ours else (self.key, *mine)

    @property
    def pulled(self) -> tuple[FieldRule, ...]:
        return tuple(rule for rule in self.fields if rule.direction.pulls)


@dataclass(frozen=True, slots=True)
class Matrix:
    """All of one org. `version` is the mapping file's own; `regions` have switches of their own."""

    org: str
    version: str
    objects: tuple[ObjectRules, ...]
    regions: Mapping[str, Mode] = field(default_factory=dict)

    def concept(self, name: str) -> ObjectRules | None:
        return next((rules for rules in self.objects if rules.concept == name), None)

    def object(self, name: str) -> ObjectRules | None:
        return next((rules for rules in self.objects if rules.object == name), None)

    def mode(self, rules: ObjectRules, region: str) -> Mode:
        return strictest(rules.mode, self.regions.get(region, Mode.LIVE))

    def shows(self, region: str) -> bool:
        """Whether returns of a region are to be shown in the org."""
        rules = self.concept("return")
        return rules is None or self.mode(rules, region).pushes
