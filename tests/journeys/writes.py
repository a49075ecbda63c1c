"""The calls a return makes, found in the sandbox's log, and plans that spoil exactly one of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from graphql import FieldNode, OperationDefinitionNode, parse

from adapters.storefront.shopify import documents
from stories.play import Theatre
from tests.journeys.journey import Mark

SHOP_AND_ERP = ("shopify", "netsuite", "smtp")
CRMS = ("salesforce", "dynamics")
EVERYBODY = (*SHOP_AND_ERP, *CRMS)
# Which of the vendors' servers see a mark at all.
_WHERE = {
    Mark.ORDER: EVERYBODY,
    Mark.INVOICE: ("netsuite",),
    Mark.AUTHORIZATION: ("netsuite",),
    Mark.RECEIPT: ("netsuite",),
    Mark.SHOP_RETURN: ("shopify",),
}
# How the log names what only reads. A sign-in names no return; those have tests of their own.
_READS = frozenset({"GET", "HEAD", "SUITEQL", "QUERY", "DESCRIBE", "DISCOVERY", "TOKEN"})


@dataclass(frozen=True, order=True)
class Write:
    """The `nth` call (from 1) of an operation, among those of one return that name it by the same mark."""

    vendor: str
    operation: str
    mark: Mark
    nth: int

    def __str__(self) -> str:
        return f"{self.vendor} {self.operation} #{self.nth} by {self.mark.name.lower()}"


@dataclass
class Marking:
    """Plans that harm nothing: by them the log tells which return a call is about."""

    theatre: Theatre
    vendors: tuple[str, ...]
    _plans: dict[str, Mark] = field(default_factory=dict)

    async def learned(self, mark: Mark, text: str) -> None:
        for vendor in _WHERE[mark]:
            if vendor in self.vendors:
                self._plans[await mark_calls(self.theatre, vendor, "*", text)] = mark

    def writes(self, calls: list[dict[str, Any]]) -> list[Write]:
        seen: Counter[tuple[str, str, Mark]] = Counter()
        found = []
        for call in calls:
            mark = self._plans.get(call["plan"])
            if mark is None or not is_write(call):
                continue
            what = (call["vendor"], call["operation"], mark)
            seen[what] += 1
            found.append(Write(*what, seen[what]))
        return found


@dataclass(frozen=True)
class Fault:
    """One write meets one kind of fault, once."""

    write: Write
    kind: str

    def __str__(self) -> str:
        return f"{self.write}: {self.kind}"


@dataclass
class Spoiling:
    """Puts each fault of a return in force as soon as it can be told from others'; `plans` are their ids."""

    theatre: Theatre
    faults: tuple[Fault, ...]
    plans: dict[Fault, str] = field(default_factory=dict)

    async def learned(self, mark: Mark, text: str) -> None:
        for fault in self.faults:
            vendor, operation = fault.write.vendor, fault.write.operation
            if mark < fault.write.mark and vendor in _WHERE[mark]:
                # A call that bears an earlier mark too was not counted for this one, and is not now.
                await mark_calls(self.theatre, vendor, operation, text)
            if mark is fault.write.mark and fault not in self.plans:
                wish = {"vendor": vendor, "operation": operation, "kind": fault.kind, "contains": text}
                self.plans[fault] = await planned(self.theatre, wish | {"skip": fault.write.nth - 1})

    async def missed(self) -> list[str]:
        """Faults that never met a call."""
        waiting = await in_force(self.theatre)
        return [str(fault) for fault in self.faults if self.plans.get(fault) in {None, *waiting}]


async def mark_calls(theatre: Theatre, vendor: str, operation: str, text: str) -> str:
    """The id of a plan that is seen in the log and not by the client."""
    wish = {"vendor": vendor, "operation": operation, "kind": "slow", "delay_ms": 1, "times": None, "contains": text}
    return await planned(theatre, wish)


async def planned(theatre: Theatre, wish: dict[str, Any]) -> str:
    """Puts a plan in force; answers its id."""
    answer = await theatre.control.post("/faults", json=wish)
    assert answer.status_code == 200, answer.text
    return str(answer.json()[-1]["id"])


async def in_force(theatre: Theatre) -> set[str]:
    """The ids of all plans that still wait for a request."""
    return {plan["id"] for plan in (await _got(theatre.control, "/faults")).json()}


async def calls(theatre: Theatre) -> list[dict[str, Any]]:
    """The log, oldest first."""
    found: list[dict[str, Any]] = (await _got(theatre.control, "/calls")).json()["recent"]
    return found


def is_write(call: dict[str, Any]) -> bool:
    """May it change anything at the vendor. Of a call of many parts at a CRM only its name is known: it may."""
    if call["vendor"] == "shopify":
        return call["operation"] in MUTATIONS
    return call["operation"].partition(" ")[0] not in _READS


def _mutations() -> frozenset[str]:
    """What we may ever write in the shop, by the names the log gives it."""
    texts = [
        text for text in vars(documents).values() if isinstance(text, str) and text.lstrip().startswith("mutation")
    ]
    found = [node for text in texts for node in parse(text).definitions if isinstance(node, OperationDefinitionNode)]
    fields = [field for node in found for field in node.selection_set.selections if isinstance(field, FieldNode)]
    return frozenset(field.name.value for field in fields)


MUTATIONS = _mutations()


async def _got(control: httpx.AsyncClient, path: str) -> httpx.Response:
    answer = await control.get(path)
    answer.raise_for_status()
    return answer
