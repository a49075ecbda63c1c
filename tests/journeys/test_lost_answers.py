"""The answer of every single write of a return is lost, one at a time: nothing is missing then, and nothing is twice.

What there is to lose is read off the vendors' log of undisturbed returns. Each fault then spoils one write of one
return, which must leave behind exactly what the undisturbed return of its shape left.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import zip_longest

import pytest

from domain.returns import Stage
from stories.baskets import Basket
from stories.play import Theatre
from tests.journeys.footprint import Books
from tests.journeys.shapes import PLAIN, SHAPES, Shape
from tests.journeys.sweep import Plan, Sweep, Told
from tests.journeys.writes import CRMS, MUTATIONS, Fault, Write
from tests.stack.installation import Installation
from tests.stack.profile import NIGHTLY

pytestmark = pytest.mark.timeout(1800 if NIGHTLY else 600)
ALL_SHAPES = (*SHAPES, PLAIN)
LOST = "drop_after"
# The work done and its answer cut; nothing done and no answer, another's answer, or a refusal without a reason.
OTHER_FAULTS = ("truncate", "drop_before", "html", "error")
# A write that so many shapes make is one thing and lost in one of them; what only some do is lost in each.
_COMMON = 4


@pytest.fixture(scope="module")
def sweep(installation: Installation) -> Sweep:
    """Everything, played once."""

    async def played() -> Sweep:
        async with installation.theatre() as theatre:
            return await _played(theatre)

    return asyncio.run(played())


async def _played(theatre: Theatre) -> Sweep:
    sweep = Sweep(theatre)
    await sweep.look()
    chosen = _chosen(sweep.found, everywhere=False)
    lost = _chosen(sweep.found, everywhere=True) if NIGHTLY else chosen
    others = _all_others(chosen) if NIGHTLY else _some_others(chosen)
    await sweep.spoil([*((shape, (Fault(write, LOST),)) for shape, write in lost), *others])
    await sweep.read()
    return sweep


def _chosen(found: dict[str, list[Write]], everywhere: bool) -> list[tuple[Shape, Write]]:
    """(shape, write) of all there is to lose; `everywhere` in every shape that makes it."""
    makers: dict[Write, list[Shape]] = {}
    for shape in ALL_SHAPES:
        for write in found[shape.name]:
            if shape is not PLAIN or write.vendor in CRMS:
                makers.setdefault(write, []).append(shape)
    chosen: list[tuple[Shape, Write]] = []
    for write, shapes in sorted(makers.items(), key=lambda item: len(item[1])):
        if len(shapes) >= _COMMON and not everywhere:
            # Evenly over those that make it.
            shapes = [min(shapes, key=lambda shape: sum(one is shape for one, _ in chosen))]
        chosen += [(shape, write) for shape in shapes]
    return chosen


def _all_others(chosen: list[tuple[Shape, Write]]) -> list[Plan]:
    return [(shape, (Fault(write, kind),)) for shape, write in chosen for kind in OTHER_FAULTS]


def _some_others(chosen: list[tuple[Shape, Write]]) -> list[Plan]:
    """Each write meets one of the other faults, those of one shape at the shop, in the ERP and by mail together.

    The CRMs' calls meet them all in tests/adapters/test_crm_lost_answers.py, where they need not queue up."""
    at: dict[tuple[Shape, str], list[Fault]] = {}
    seen = {write: shape for shape, write in chosen if write.vendor not in CRMS}
    for place, write in enumerate(sorted(seen)):
        at.setdefault((seen[write], write.vendor), []).append(Fault(write, OTHER_FAULTS[place % len(OTHER_FAULTS)]))
    return [
        (shape, tuple(fault for fault in together if fault is not None))
        for shape in SHAPES
        for together in zip_longest(*(faults for (of, _), faults in at.items() if of is shape))
    ]


@pytest.mark.parametrize("shape", ALL_SHAPES, ids=lambda shape: shape.name)
def test_undisturbed_each_document_is_there_once(sweep: Sweep, shape: Shape) -> None:
    told = sweep.plain[shape.name]
    assert not told.trouble, told.trouble
    _check_once(told, sweep.books)


@pytest.mark.parametrize("shape", ALL_SHAPES, ids=lambda shape: shape.name)
def test_a_spoiled_write_leaves_what_an_undisturbed_return_leaves(sweep: Sweep, shape: Shape) -> None:
    expected = _left(sweep.plain[shape.name], sweep.books)
    mine = [told for told in sweep.spoiled if told.shape is shape]
    assert mine
    wrong = {str(told): why for told in mine if (why := _wrong(told, expected, sweep.books))}
    assert wrong == {}


def test_every_fault_met_the_call_it_was_meant_for(sweep: Sweep) -> None:
    assert {str(told): told.missed for told in sweep.spoiled if told.missed} == {}


def test_no_write_of_a_return_is_left_out(sweep: Sweep) -> None:
    assert sweep.nobodys == [], "writes that no mark of a return was found in"
    swept = {fault.write for told in sweep.spoiled for fault in told.faults if fault.kind == LOST}
    found = {write for writes in sweep.found.values() for write in writes}
    assert swept == found
    assert {write.operation for write in found if write.vendor == "shopify"} == MUTATIONS
    assert {write.vendor for write in found} == {"shopify", "netsuite", "salesforce", "dynamics", "smtp"}


def _wrong(told: Told, expected: list[str], books: Books) -> str:
    if told.trouble:
        return told.trouble
    left, right = Counter(expected), Counter(_left(told, books))
    missing = [f"missing: {line}" for line in (left - right).elements()]
    return "; ".join([*missing, *(f"not expected: {line}" for line in (right - left).elements())])


def _left(told: Told, books: Books) -> list[str]:
    assert told.snapshot is not None, told.trouble
    return books.footprint(told.basket, told.snapshot)


def _check_once(told: Told, books: Books) -> None:
    """One authorization, one receipt per parcel, one memo, one payout over the same; a record in each CRM."""
    snap, basket = told.snapshot, told.basket
    assert snap is not None
    number = str(basket["order_id"])
    documents = books.documents(number)
    counts = {kind: len(found) for kind, found in documents.items()}
    credited = snap.credited.minor if snap.credited is not None else 0
    on_account = snap.payout.on_account.minor if snap.payout is not None else 0
    assert counts["returnAuthorization"] == (1 if snap.quote else 0)
    assert counts["itemReceipt"] == (len(snap.receipts) if credited else 0)
    assert counts["creditMemo"] == (1 if credited else 0)
    assert counts["customerRefund"] == (1 if credited and not on_account else 0)
    assert [doc["total"] for doc in documents["creditMemo"]] == (
        [snap.credited.decimal()] if snap.credited and credited else []
    )
    assert sum(amount for _, amount in books.refunds(number)) == credited - on_account
    if snap.stage is Stage.CLOSED:
        assert snap.matched
    for vendor in CRMS:
        rows = books.crm_rows(vendor, number)
        assert all(len(keys) == len(set(keys)) for keys in rows.values())
        assert {table for table, keys in rows.items() if len(keys) == 1} >= set(rows) - {
            "ReturnOrderLineItem",
            "msdyn_rmaproducts",
        }
    assert not [
        row for row in books.views["netsuite"]["stock"] if row["status"] == "Inspection" and number in row["sku"]
    ]
    assert _waiting(basket, books) == 0


def _waiting(basket: Basket, books: Books) -> int:
    """Pieces the shop still holds as pending inspection."""
    return sum(books.views["shopify"]["stock"][line["sku"]]["quality_control"] for line in basket["lines"])
