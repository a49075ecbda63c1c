"""The warehouse's bench: a parcel is found by what is scanned, counted in, and every unit gets its verdict.

Each form carries the id of its message, drawn with the page: sent twice it is one parcel, or one verdict."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Allowed
from api.console.forms import form, lines_of, needed, number, whole
from api.console.rendering import done, page
from api.console.wording import VERDICTS
from api.house import House
from api.returns import Desk
from domain.errors import BadInput
from runtime import inputs, reading
from runtime.bench import Bench, bench_of
from runtime.scope import check_sees
from security.roles import Action, Principal

router = APIRouter(include_in_schema=False)
_WHOLE = Decimal(100)


@router.get("/console/bench")
async def bench(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.RETURN_RECEIVE))]
) -> Response:
    """One return that fits is opened at once; of several the right one is chosen."""
    scanned = request.query_params.get("scan", "").strip()
    found = await Bench(house.doors.stores.returns).find(who, scanned)
    if len(found) == 1:
        return RedirectResponse(f"/console/bench/{found[0].return_id}", 303)
    return page(request, who, "bench.html", scanned=scanned, found=found)


@router.get("/console/bench/{return_id}")
async def one(
    return_id: str, request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.RETURN_RECEIVE))]
) -> HTMLResponse:
    snap = check_sees(who, await house.views.snapshot(return_id))
    return page(
        request, who, "bench_return.html", snap=snap, bench=bench_of(snap), verdicts=VERDICTS, draw=_draw, scanned=""
    )


@router.post("/console/bench/{return_id}/receipts")
async def receive(
    return_id: str,
    request: Request,
    house: House,
    desk: Desk,
    who: Annotated[Principal, Depends(Allowed(Action.RETURN_RECEIVE))],
) -> RedirectResponse:
    """A parcel as it was counted. The same one again changes nothing, and that is said."""
    before = check_sees(who, await house.views.snapshot(return_id))
    given = await form(request)
    receipt_id = needed(given, "receipt_id")
    asked = {"receipt_id": receipt_id, "tracking": given.get("tracking") or None, "lines": list(_counted(given))}
    if not asked["lines"]:
        raise BadInput("quantity", "is nowhere above zero; count what lies in the parcel")
    await desk.receive(return_id, reading.parsed(inputs.ReceiptInput, asked).message())
    return _back(return_id, "received_again" if receipt_id in before.receipts else "received")


@router.post("/console/bench/{return_id}/inspections")
async def inspect(
    return_id: str,
    request: Request,
    house: House,
    desk: Desk,
    who: Annotated[Principal, Depends(Allowed(Action.RETURN_INSPECT))],
) -> RedirectResponse:
    """The verdict on one unit, or on several of a line that share it."""
    check_sees(who, await house.views.snapshot(return_id))
    given = await form(request)
    verdict = {
        "line_id": needed(given, "line_id"),
        "quantity": whole(given, "quantity") or 1,
        "disposition": needed(given, "disposition"),
        "accepted": needed(given, "accepted") == "yes",
        "value_fraction": _fraction(given.get("percent", "")),
        "serial": given.get("serial") or None,
        "note": given.get("note") or None,
        "photos": lines_of(given, "photos"),
    }
    asked = {"inspection_id": needed(given, "inspection_id"), "verdicts": [verdict]}
    message = reading.parsed(inputs.InspectionInput, asked).message()
    again = await desk.told_of(return_id, message.inspection_id)
    await desk.inspect(return_id, message)
    return _back(return_id, "inspected_again" if again else "inspected")


def _counted(given: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Line by line; units with a serial number each by itself."""
    for place in range(len(given)):
        if f"line.{place}" not in given:
            break
        name = {"line_id": given[f"line.{place}"]}
        serials = lines_of(given, f"serials.{place}")
        left = (whole(given, f"quantity.{place}") or 0) - len(serials)
        if left < 0:
            raise BadInput(f"serials.{place}", "are more than the units counted")
        yield from (name | {"quantity": 1, "serial": serial} for serial in serials)
        if left:
            yield name | {"quantity": left}
    if sku := given.get("sku"):
        yield {"sku": sku, "quantity": whole(given, "sku_quantity") or 1}


def _fraction(percent: str) -> str:
    """Of the price, as the message has it."""
    part = number("percent", percent)
    if part is None:
        return "1"
    if part > _WHOLE:
        raise BadInput("percent", "is a whole number from 0 to 100")
    return f"{Decimal(part) / _WHOLE:f}"


def _draw(what: str) -> str:
    """The id of a message that has yet to be sent."""
    return f"{what}-{secrets.token_hex(8)}"


def _back(return_id: str, what: str) -> RedirectResponse:
    return done(f"/console/bench/{return_id}", what)
