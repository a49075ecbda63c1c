"""Finding returns: one box for whatever is at hand, filters beside it, and what waits for people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.access import Allowed
from api.console.forms import number
from api.console.rendering import page
from api.console.wording.holds import HOLDS
from api.house import House
from domain.errors import BadInput
from domain.returns import Hold, Owner, Snapshot, Stage
from runtime.scope import scoped
from security.roles import Action, Principal, decides
from store.port import Search

router = APIRouter(include_in_schema=False)
E = TypeVar("E", Owner, Stage)
_A_PAGE = 50
_CENTURY = 36_500
# A filter's field in the form, and what it is called on the page.
_TEXTS = {
    "order": "Order id",
    "customer": "Customer number",
    "email": "E-mail",
    "sku": "Article (SKU)",
    "tracking": "Tracking number",
    "rma": "Authorization (RMA)",
    "region": "Country",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form sent, without empty fields; `link` is the same search from another place on."""

    path: str
    fields: dict[str, str]

    def get(self, name: str) -> str | None:
        return self.fields.get(name)

    def link(self, cursor: str | None) -> str:
        kept = {name: value for name, value in self.fields.items() if name != "cursor"}
        return f"{self.path}?{urlencode(kept | {'cursor': cursor})}" if cursor else ""

    @property
    def narrowed(self) -> bool:
        return bool(self.fields.keys() - {"text", "cursor"})


def asked(request: Request) -> Asked:
    given = {name: value.strip() for name, value in request.query_params.items()}
    return Asked(request.url.path, {name: value for name, value in given.items() if value})


@router.get("/console/returns")
async def returns(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.RETURN_SEARCH))]
) -> HTMLResponse:
    given = asked(request)
    found = await house.doors.stores.returns.search(scoped(who, _search(given)))
    return page(
        request, who, "returns.html", asked=given, found=found.snapshots, next=given.link(found.cursor), texts=_TEXTS,
        stages=tuple(Stage), reasons=HOLDS,
    )  # fmt: skip


@router.get("/console/holds")
async def holds(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.HOLD_SEE))]
) -> HTMLResponse:
    """What waits for a person, own first: who looks at holds wants to decide some."""
    given = asked(request)
    chosen = given.get("owner") or next((str(owner) for owner in Owner if decides(who, owner)), "")
    owner = None if chosen in ("", "all") else _one_of(Owner, "owner", chosen)
    search = Search(held=True, hold_owner=owner, limit=_A_PAGE, cursor=given.get("cursor"))
    found = await house.doors.stores.returns.search(scoped(who, search))
    rows = [(snap, hold) for snap in found.snapshots for hold in snap.holds if owner is None or hold.owner is owner]
    taken = {(one.return_id, one.hold_id): one for one in await house.doors.claims.of(_ids(rows))}
    given = replace(given, fields=given.fields | {"owner": chosen or "all"})
    return page(
        request,
        who,
        "holds.html",
        asked=given,
        rows=rows,
        taken=taken,
        owners=tuple(Owner),
        next=given.link(found.cursor),
    )


def _ids(rows: list[tuple[Snapshot, Hold]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(snap.return_id for snap, _ in rows))


def _search(given: Asked) -> Search:
    stage, held, days = given.get("stage"), given.get("held"), given.get("older_than_days")
    return Search(
        order_id=given.get("order"), customer_id=given.get("customer"), email=given.get("email"), sku=given.get("sku"),
        tracking=given.get("tracking"), authorization=given.get("rma"), region=given.get("region"),
        hold_reason=given.get("hold"),
        stages=(str(_one_of(Stage, "stage", stage)),) if stage else (),
        held=None if held is None else held == "yes",
        opened_before=_before(days) if days else None,
        text=given.get("text"), limit=_A_PAGE, cursor=given.get("cursor"),
    )  # fmt: skip


def _one_of(kind: type[E], field: str, word: str) -> E:
    try:
        return kind(word)
    except ValueError:
        raise BadInput(field, f"is one of {', '.join(kind)}") from None


def _before(days: str) -> datetime:
    ago = number("older_than_days", days) or 0
    if ago > _CENTURY:
        raise BadInput("older_than_days", f"is a whole number of days up to {_CENTURY}")
    return datetime.now(UTC) - timedelta(days=ago)
