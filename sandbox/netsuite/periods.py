"""Accounting periods: one per month, and what may not be posted into a closed one."""

import calendar
from datetime import date

from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import invalid_content, user_error

_YEARS = range(2009, 2029)
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


def for_posting(desk: Desk, doc: Doc) -> Doc:
    """The period a transaction posts into, as a reference: the one asked for, else its date's. Refuses a closed one."""
    asked = doc.get("postingPeriod")
    if asked:
        period = desk.resolve(("accountingPeriod",), asked, "postingPeriod")
    else:
        period = of_date(desk, str(doc.get("tranDate") or desk.today()))
    if period["closed"] or period["allLocked"] or period["arLocked"]:
        raise user_error(_CLOSED.format(name=period["periodName"]), "postingPeriod" if asked else "tranDate")
    return reference(period)


def set_closed(desk: Desk, month: str, closed: bool) -> Doc:
    """Close or reopen the month "2026-11"."""
    found = desk.books.find("netsuite.accountingPeriod", month=month)
    if not found:
        raise invalid_content(f"There is no accounting period {month}.", "period")
    period = found[0]
    period |= {"closed": closed, "allLocked": closed, "arLocked": closed, "apLocked": closed}
    period["closedOnDate"] = desk.today() if closed else None
    desk.save(period)
    return {"period": month, "id": period["id"], "closed": closed}
