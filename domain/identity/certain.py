"""Rules that link two parties without any weighing; a telephone number alone is never one, since many share it.

Each rule has a name, which is kept with the link as its evidence; what contradicts it leaves the pair to the weights.
"""

from __future__ import annotations

from domain.identity.comparing import COMPARISONS, LEVELS, SAME, Pattern
from domain.identity.party import PLACES, Party
from domain.identity.rarity import is_shared

# Of a pair that people have decided about.
DECIDED = "decided"

_AT = {name: place for place, name in enumerate(COMPARISONS)}
_EMAIL = PLACES["email"]
_DIFFERS = 1
OF_A_PARTY = ("name", "given_name", "surname", "email", "birth_date", "national_id")


def rule(pattern: Pattern, party: Party) -> str:
    """The rule by which the pair is one party; "" for none. `party` is either of the two."""
    if contradicted(pattern):
        return ""
    if _same(pattern, "national_id") and (
        _close(pattern, "surname") or _close(pattern, "name") or _same(pattern, "birth_date")
    ):
        return "identity_number_and_name_or_birth_date"
    email = party[_EMAIL]
    if email is not None and _same(pattern, "email") and not is_shared("email", email) and _same_person(pattern):
        return "mailbox_and_name"
    return ""


def contradicted(pattern: Pattern) -> bool:
    """Whether what a person has once only differs: nothing but a verified id speaks louder."""
    return _level(pattern, "national_id") == _DIFFERS or _level(pattern, "birth_date") == _DIFFERS


def names_somebody(pattern: Pattern) -> bool:
    """Whether anything agrees that is of a party rather than of a place: an address or a telephone is never enough."""
    return any(_level(pattern, name) > _DIFFERS for name in OF_A_PARTY)


def _same_person(pattern: Pattern) -> bool:
    """Families share mailboxes: the given name must agree too, where both say one."""
    if _close(pattern, "name"):
        return True
    given = _level(pattern, "given_name")
    return _close(pattern, "surname") and given != _DIFFERS


def _level(pattern: Pattern, name: str) -> int:
    return pattern[_AT[name]]


def _same(pattern: Pattern, name: str) -> bool:
    return _level(pattern, name) == SAME[name]


def _close(pattern: Pattern, name: str) -> bool:
    return _level(pattern, name) > LEVELS[name].index("close")
