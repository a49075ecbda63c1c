"""What showing returns costs an org: its calls per 1,000 status updates, by how many fall together; and the allowance.

The adapter and the allowance are the workers' own, in this process, over the site's sandbox and PostgreSQL: first by
themselves, then as a worker publishes, which reads what is agreed by the org's mapping before and keeps it after, with
an org that takes its time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import httpx
from rich.table import Table

from activities.publishing import Basis, Publishing
from adapters.crm.allowance import FINE
from adapters.crm.port import Projection, ProjectionLine, Published
from adapters.http import client as trusting
from domain.allowance import Family
from domain.money import Money
from domain.returns import CustomerStage, Snapshot, Stage
from runtime import mappings
from runtime.allowance import Metered
from runtime.settings import Settings
from runtime.wiring import vendors
from security.sealing import Seal
from store.port import Move
from store.stores import open_all
from stories.baskets import Basket, household

ORG = "salesforce"
UPDATES = 1000
TOGETHER = (1, 8, 50, 200)
# As long as an org takes at its quickest: meanwhile others' updates gather.
ANSWERS_IN_MS = 100


async def measure(
    settings: Settings, control_port: int, updates: int = UPDATES, answers_in_ms: int = ANSWERS_IN_MS
) -> dict[str, object]:
    """Calls per 1,000 updates of returns that the org has, by how many are asked for at once."""
    address = f"https://localhost:{control_port}"
    async with trusting(str(settings.files.ca), address) as control, open_all(settings.database.url) as (stores, kept):
        given = settings.crm[ORG]
        allowance = Metered("bench", vendors.terms(given), stores.quota)
        crm = vendors.crm(given, settings.files.ca, allowance)
        mapped = mappings.mapping(given)
        one_form = partial(mappings.normal, mapped, "return")
        basis = Basis(mapped.matrix(ORG), kept.agreements, Seal(settings.codec.keys), one_form)

        async def publish(one: Projection) -> None:
            await Publishing(crm, basis, one, one.stage).publish(False, _nothing_first)

        try:
            order = household(800_001)
            (await control.post("/orders", json=order)).raise_for_status()
            shown = [_projection(number, order) for number in range(2 * max(TOGETHER))]
            await asyncio.gather(*(stores.returns.record(_recorded(one)) for one in shown))
            await asyncio.gather(*(publish(one) for one in shown))
            found = {}
            for at_once in TOGETHER:
                shown = [replace(one, version=one.version + 1000) for one in shown]
                found[str(at_once)] = await _updates(control, crm.publish, shown, at_once, updates)
            slow = {"vendor": ORG, "operation": "*", "kind": "slow", "delay_ms": answers_in_ms, "times": None}
            (await control.post("/faults", json=slow)).raise_for_status()
            for at_once in TOGETHER[1:]:
                shown = [replace(one, version=one.version + 1000) for one in shown]
                whole = await _updates(control, publish, shown, at_once, updates)
                found[str(at_once)] |= {f"whole_{name}": value for name, value in whole.items()}
            return {"together": found, "allowance_us": await _allowance(allowance, 20 * updates)}
        finally:
            (await control.delete("/faults")).raise_for_status()
            await crm.aclose()
            await allowance.aclose()


async def _updates(
    control: httpx.AsyncClient,
    publish: Callable[[Projection], Awaitable[object]],
    shown: list[Projection],
    at_once: int,
    updates: int,
) -> dict[str, float]:
    count = updates if at_once > 1 else updates // 10
    places = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with places:
            known, turn = shown[number % len(shown)], number // len(shown)
            version = known.version + turn
            # Something else each time: what says nothing new is not sent at all.
            await publish(replace(known, version=version, next_step=f"the customer sends the goods, {version}"))

    before, began = await _calls(control), time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(count)))
    seconds = time.perf_counter() - began
    return {
        "calls_per_1000": round((await _calls(control) - before) * 1000 / count, 1),
        "updates_per_s": round(count / seconds, 1),
    }


def _recorded(one: Projection) -> Move:
    at = one.changed_at
    return Move(
        Snapshot(one.return_id, one.order_id, one.version, Stage(one.stage), CustomerStage.INSPECTION, at, at), ()
    )


async def _nothing_first(published: Published) -> None:
    """Nobody keeps here which records stand for the customer."""


async def _calls(control: httpx.AsyncClient) -> int:
    totals = (await control.get("/calls")).json()["totals"].get(ORG, {})
    return sum(many for operation, many in totals.items() if operation != "TOKEN")


async def _allowance(allowance: Metered, calls: int) -> float:
    """Microseconds for a call's leave and its end, books included."""
    began = time.perf_counter()
    for _ in range(calls):
        await allowance.ended(await allowance.take("publish", Family.WRITE), FINE)
    return round((time.perf_counter() - began) / calls * 1e6, 1)


def table(found: dict[str, object]) -> Table:
    columns = ("updates at once", "calls per 1,000", "per second", "whole: calls per 1,000", "whole: per second")
    shown = Table(*columns, title="status updates in Salesforce")
    together = found["together"]
    assert isinstance(together, dict)
    for column in shown.columns[1:]:
        column.justify = "right"
    for at_once, one in together.items():
        names = ("calls_per_1000", "updates_per_s", "whole_calls_per_1000", "whole_updates_per_s")
        shown.add_row(at_once, *(str(one.get(name, "")) for name in names))
    shown.add_section()
    shown.add_row("the allowance, µs per call", str(found["allowance_us"]))
    return shown


def _projection(number: int, order: Basket) -> Projection:
    person, line = order["customer"], order["lines"][0]
    return Projection(
        return_id=f"R-BENCH-{number}",
        version=1,
        stage="awaiting_goods",
        customer_stage="inspection",
        order_id=str(order["order_id"]),
        order_name=str(order["name"]),
        customer_id=str(person["id"]),
        contact_name=f"{person['first_name']} {person['last_name']}",
        contact_email=str(person["email"]),
        company=None,
        reason="changed_mind",
        quoted=Money(1190, "EUR"),
        credited=None,
        paid=None,
        hold=None,
        next_step="the customer sends the goods",
        changed_at=datetime.now(UTC),
        lines=(ProjectionLine(f"R-BENCH-{number}:1", "1", str(line["sku"]), "Enamel mug", "changed_mind", 1, 0, 0, 0),),
    )
