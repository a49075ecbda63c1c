"""Each call of both CRM adapters meets each fault once, in every profile: every record is there once, as it should be.

The calls are counted off the sandbox's log of an undisturbed return, which also says what must be left in the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest

from adapters.crm.dynamics import DynamicsCrm
from adapters.crm.port import Projection, Published
from adapters.crm.salesforce import SalesforceCrm
from adapters.errors import Retryable
from tests.adapters import test_crm_dynamics, test_crm_salesforce
from tests.adapters.crm import forget_calls, projection
from tests.stack.orders import order
from tests.stack.profile import NIGHTLY
from tests.stack.sandbox import Sandbox

ORDERS = count(8_840_001)
LOST = "drop_after"
OTHER_FAULTS = ("truncate", "drop_before", "html", "error")
TABLES = {
    "salesforce": ("Account", "Contact", "ReturnOrder", "ReturnOrderLineItem", "Case", "Return__c"),
    "dynamics": ("accounts", "contacts", "msdyn_rmas", "msdyn_rmaproducts", "incidents", "new_returns"),
}
# The columns that say how far a record has come.
STATES = ("Status", "Return_Stage__c", "Return_Version__c", "statecode", "statuscode", "bh_stage", "bh_version")


@dataclass(frozen=True)
class Org:
    """One CRM in one profile."""

    vendor: str
    profile: str

    def opened(self, sandbox: Sandbox) -> SalesforceCrm | DynamicsCrm:
        if self.vendor == "salesforce":
            return SalesforceCrm(test_crm_salesforce.settings(sandbox, profile=self.profile))
        return DynamicsCrm(test_crm_dynamics.settings(sandbox, profile=self.profile))


ORGS = (
    *(Org("salesforce", profile) for profile in ("return_order", "case", "custom")),
    *(Org("dynamics", profile) for profile in ("rma", "case", "custom")),
)


def states(sandbox: Sandbox) -> tuple[str, list[Projection]]:
    """A new order's number and its return, from the first state to the last. The CRM knows order and goods; not the
    customer."""
    number = next(ORDERS)
    bought = order(number)
    sandbox.seed(bought)
    first = replace(projection(f"R-{number}-A", bought), customer_id=f"C-{number}", contact_email=f"c{number}@new.test")
    later = replace(first, version=2, stage="pending_inspection")
    return str(number), [first, later, replace(later, version=3, stage="closed", customer_stage="done")]


def planned(sandbox: Sandbox, vendor: str, number: str, **plan: Any) -> str:
    wish = {"vendor": vendor, "contains": number, **plan}
    answer = sandbox.control.post("/faults", json=wish)
    assert answer.status_code == 200, answer.text
    return str(answer.json()[-1]["id"])


def left(view: dict[str, Any], vendor: str, number: str) -> Counter[str]:
    """A line for each record that names the order or its customer."""
    found: Counter[str] = Counter()
    for table in TABLES[vendor]:
        for row in view[table]:
            named = {
                key: text.replace(number, "N") for key, text in row.items() if isinstance(text, str) and number in text
            }
            if named:
                state = {key: row[key] for key in STATES if key in row}
                found[f"{table} {sorted((named | state).items())}"] += 1
    return found


async def insisting(act: Callable[[], Awaitable[Published]]) -> Published:
    """As the engine does."""
    for _ in range(5):
        try:
            return await act()
        except Retryable:
            continue
    raise AssertionError("it never went through")


async def told(crm: SalesforceCrm | DynamicsCrm, news: list[Projection]) -> None:
    for state in news:
        shown = await insisting(lambda state=state: crm.publish(state))  # type: ignore[misc]
        assert shown.version == state.version


@pytest.mark.parametrize("org", ORGS, ids=lambda org: f"{org.vendor}-{org.profile}")
async def test_every_call_meets_a_fault_and_every_record_is_there_once(sandbox: Sandbox, org: Org) -> None:
    sandbox.heal()
    crm = org.opened(sandbox)
    try:
        number, news = states(sandbox)
        forget_calls(sandbox)
        seen = planned(sandbox, org.vendor, number, operation="*", kind="slow", delay_ms=1, times=None)
        await told(crm, news)
        log = sandbox.control.get("/calls").json()["recent"]
        made = Counter(call["operation"] for call in log if call["plan"] == seen)
        assert made.total() >= len(news)
        spoiled = {
            f"{operation} #{nth + 1} {kind}": await _spoiled(sandbox, org, crm, operation, nth, kind)
            for place, (operation, nth) in enumerate((name, nth) for name in sorted(made) for nth in range(made[name]))
            for kind in _kinds(place)
        }
        waiting = {plan["id"] for plan in sandbox.control.get("/faults").json()}
        assert [what for what, (_, plan) in spoiled.items() if plan in waiting] == [], "a fault met no call"
        view = sandbox.books(org.vendor)
        expected = left(view, org.vendor, number)
        assert set(expected.values()) == {1}
        assert {
            what: found for what, (of, _) in spoiled.items() if (found := left(view, org.vendor, of)) != expected
        } == {}
    finally:
        sandbox.heal()
        await crm.aclose()


def _kinds(place: int) -> tuple[str, ...]:
    """At night every fault at every call, else a lost answer and one of the others."""
    return (LOST, *OTHER_FAULTS) if NIGHTLY else (LOST, OTHER_FAULTS[place % len(OTHER_FAULTS)])


async def _spoiled(
    sandbox: Sandbox, org: Org, crm: SalesforceCrm | DynamicsCrm, operation: str, nth: int, kind: str
) -> tuple[str, str]:
    """The order's number of a return whose one call meets a fault, and the fault's id."""
    number, news = states(sandbox)
    plan = planned(sandbox, org.vendor, number, operation=operation, kind=kind, skip=nth)
    await told(crm, news)
    return number, plan
