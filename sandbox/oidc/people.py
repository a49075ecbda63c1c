"""Who can sign in at the pretended issuer: one person for each role of a returns desk, and one of a single country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    login: str
    name: str
    groups: tuple[str, ...]

    def claims(self) -> dict[str, Any]:
        """As an issuer tells of people: its own groups, of which those who ask make what they want."""
        mail = f"{self.login}@backhaul-dev.example"
        return {"sub": self.login, "name": self.name, "preferred_username": mail, "groups": list(self.groups)}


PEOPLE = (
    Person("sam", "Sam Support", ("returns-support", "returns-everywhere")),
    Person("wanda", "Wanda Warehouse", ("returns-warehouse", "returns-everywhere")),
    Person("finn", "Finn Finance", ("returns-finance", "returns-everywhere")),
    Person("ines", "Ines IT", ("returns-it", "returns-everywhere")),
    Person("audrey", "Audrey Auditor", ("returns-audit", "returns-everywhere")),
    Person("priya", "Priya Privacy", ("returns-privacy", "returns-everywhere")),
    Person("stefan", "Stefan Storefront", ("returns-shop", "returns-everywhere")),
    Person("felix", "Félix of France", ("returns-support", "returns-france")),
    Person("nora", "Nora Nobody", ()),
)


def find(login: str) -> Person | None:
    return next((one for one in PEOPLE if one.login == login), None)
