"""Accounting periods: one per month, and what may not be posted into a closed or locked one."""

import calendar
from datetime import date

from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import invalid_content, user_error

_YEARS = range(2009, 2029)
_LOCKS = ("closed", "allLocked", "arLocked", "apLocked", "allowNonGLChanges")
_RECEIVABLE = ("invoice", "creditMemo", "customerPayment", "customerRefund")
_CLOSED = (
    "The transaction date is not within an open accounting period. One or more fields on this transaction can trigger"
    " inventory costing calculations in a closed period. To continue, change the date or the posting period, or reopen"
    " the period {name}."
)


def open_the_books(desk: Desk) -> None:
    """Create the months once; all start open."""
    if desk.books.count("netsuite.accountingPeriod"):
        return
    for year in _YEARS:
        for month in range(1, 13):
            last = calendar.monthrange(year, month)[1]
            desk.new("accountingPeriod", {
                "periodName": date(year, month, 1).strftime("%b %Y"), "month": f"{year}-{month:02}",
                "startDate": f"{year}-{month:02}-01", "endDate": f"{year}-{month:02}-{last}",
                "closed": False, "allLocked": False, "arLocked": False, "apLocked": False, "allowNonGLChanges": False,
                "isPosting": True, "isQuarter": False, "isYear": False, "isAdjust": False, "isInactive": False,
            })  # fmt: skip


def of_date(desk: Desk, day: str) -> Doc:
    found = desk.books.find("netsuite.accountingPeriod", month=day[:7])
    if not found:
        raise user_error(f"There is no accounting period for the date {day}.", "tranDate")
    return found[0]


def for_posting(desk: Desk, doc: Doc, body: Doc) -> Doc:
    """The period a new transaction posts into, as a reference: the one asked for, else its date's."""
    asked = body.get("postingPeriod")
    period = desk.resolve(("accountingPeriod",), asked, "postingPeriod") if asked else of_date(desk, doc["tranDate"])
    _check(period, doc["type"], "postingPeriod" if asked else "tranDate")
    return reference(period)


def check_open(desk: Desk, doc: Doc) -> None:
    """Whether a posted transaction may still go, or change what it posts."""
    period = desk.need("accountingPeriod", doc["postingPeriod"]["id"])
    _check(period, doc["type"], "postingPeriod")


def check_words(desk: Desk, doc: Doc) -> None:
    """Whether words of a posted transaction may change: in a closed period only if it allows non-G/L changes."""
    period = desk.need("accountingPeriod", doc["postingPeriod"]["id"])
    if period["closed"] and not period["allowNonGLChanges"]:
        raise user_error(_CLOSED.format(name=period["periodName"]), "postingPeriod")


def _check(period: Doc, kind: str, field: str) -> None:
    if period["closed"] or period["allLocked"] or (period["arLocked"] and kind in _RECEIVABLE):
        raise user_error(_CLOSED.format(name=period["periodName"]), field)


def change(desk: Desk, wish: Doc) -> Doc:
    """{"period": "2026-11", "closed": true} closes or reopens a month with all its locks; one lock named alone is
    set alone."""
    found = desk.books.find("netsuite.accountingPeriod", month=str(wish.get("period")))
    if not found:
        raise invalid_content(f"There is no accounting period {wish.get('period')}.", "period")
    locks = {name: wish[name] for name in wish if name != "period"}
    if not locks or not all(name in _LOCKS and isinstance(value, bool) for name, value in locks.items()):
        raise invalid_content(f"Set one of {', '.join(_LOCKS)} to true or false.", "period")
    if "closed" in locks:
        locks = dict.fromkeys(("allLocked", "arLocked", "apLocked"), locks["closed"]) | locks
    period = dict(found[0]) | locks
    period["closedOnDate"] = desk.today() if period["closed"] else None
    desk.save(period)
    return {"period": period["month"], "id": period["id"]} | {name: period[name] for name in _LOCKS}
