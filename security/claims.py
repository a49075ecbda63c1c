"""Who somebody is to us, from what a checked token says of them: the settings map an issuer's words to ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from security.roles import Principal, Role
from security.tokens import BadToken

EVERYTHING = "*"
_LONGEST_NAME = 128
# Names of people begin so: no person can be taken for a machine's key, whatever an issuer calls them.
_PERSON = "person:"


@dataclass(frozen=True, slots=True)
class Words:
    """One claim and what its values mean. Without `means` a value is our own word already.

    `claim` is a claim's name, or a path with dots into one that holds others."""

    claim: str
    means: Mapping[str, str] = field(default_factory=dict)

    def ours(self, claims: Mapping[str, Any]) -> frozenset[str]:
        found = _at(claims, self.claim)
        given = found if isinstance(found, list) else str(found or "").replace(",", " ").split()
        words = [str(value) for value in given]
        return frozenset(self.means[word] for word in words if word in self.means) if self.means else frozenset(words)


@dataclass(frozen=True, slots=True)
class Reading:
    """How an issuer's claims are read. Without `regions` or `shops` people are not limited to some."""

    roles: Words
    regions: Words | None = None
    shops: Words | None = None
    name: str = "sub"


def principal(claims: Mapping[str, Any], reading: Reading) -> Principal:
    """Roles we do not know are none. Raises BadToken where a scope is wanted and the token has none: an empty one
    would mean everything."""
    name = _at(claims, reading.name)
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
        raise BadToken(f"the token's {reading.name} is no name of 1 to {_LONGEST_NAME} printable characters")
    known = {str(role) for role in Role}
    roles = frozenset(Role(word) for word in reading.roles.ours(claims) if word in known)
    shown = next((str(claims[one]) for one in ("name", "preferred_username", "email") if claims.get(one)), name)
    regions, shops = _scope(claims, reading.regions), _scope(claims, reading.shops)
    return Principal(_PERSON + name, roles, regions, shops, shown[:_LONGEST_NAME])


def person(name: str) -> str:
    """The name in the books of somebody who signed in."""
    return _PERSON + name


def is_person(name: str) -> bool:
    return name.startswith(_PERSON)


def _scope(claims: Mapping[str, Any], words: Words | None) -> frozenset[str]:
    if words is None:
        return frozenset()
    found = words.ours(claims)
    if not found:
        raise BadToken(f"the token's {words.claim} names nothing that is known here")
    return frozenset() if EVERYTHING in found else found


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """Some issuers name claims by addresses, which have dots too: the whole name counts first."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
