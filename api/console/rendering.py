"""Templates to pages: what every page has around its content, and how values are written on one."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api import cookies
from api.console import assets, navigation, wording
from domain.money import Money
from security.roles import Action, Principal, may

THEME = "backhaul_theme"
THEMES = ("auto", "light", "dark")
_FOLDER = Path(__file__).parent / "templates"
_SYNTAX = re.compile(r"[\\^$.*+?()\[\]{}|/]")
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def page(request: Request, who: Principal | None, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """`who` is None where nobody is signed in: then there is nothing to go to. A value may say otherwise than what
    every page has."""
    found = navigation.ways(who) if who else ()
    around = {
        "who": who,
        "ways": found,
        "here": navigation.here(request.url.path, found),
        "status": status,
        "theme": theme(request),
        "address": _address(request),
        "flash": wording.DONE.get(request.query_params.get("done", "")),
        "csrf": cookies.form_token(request),
        "now": datetime.now(UTC),
        "can": lambda action: who is not None and may(who, Action(action)),
    }
    return HTMLResponse(_environment().get_template(template).render(around | values), status)


def done(path: str, what: str = "") -> RedirectResponse:
    """After a form: look at the page anew, so that a reload sends nothing twice. `what` is a word of wording.DONE."""
    return RedirectResponse(f"{path}?done={what}" if what else path, 303)


def theme(request: Request) -> str:
    chosen = request.cookies.get(THEME, "")
    return chosen if chosen in THEMES else "auto"


def _address(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "money": _money,
        "minor": _minor,
        "when": _when,
        "day": _day,
        "literal": _literal,
        "moment": _moment,
        "age": _age,
        "spoken": wording.spoken,
        "sentence": wording.sentence,
        "told": wording.told,
        "event_name": wording.event,
        "language_name": wording.language,
        "role_name": wording.role,
    }
    made.globals |= {
        "asset": assets.address,
        "new_key": _new_key,
        "stage_of": wording.stage,
        "hold_of": wording.hold,
        "choice_of": wording.choice,
        "disclosed": wording.disclosed,
        "erasure_of": wording.erasure,
        "event_of": wording.event,
        "owner_of": wording.owner,
        "item_of": wording.item,
        "subscription_of": wording.subscription,
        "where_of": wording.where,
        "match_of": wording.match,
        "place_of": wording.place,
        "role_of": wording.role,
    }
    return made


def _new_key() -> str:
    """Drawn with the page, so that a form sent twice is one message."""
    return f"console-{secrets.token_hex(12)}"


def _money(amount: Money | None) -> str:
    """With a space that keeps number and currency on one line."""
    return f"{amount.decimal()}\u00a0{amount.currency}" if amount is not None else "–"


def _minor(amount: int | None, currency: str) -> str:
    return Money(amount, currency).decimal() if amount is not None else "–"


def _when(at: datetime | None) -> Markup | str:
    """In UTC, and marked for the script that writes it as the reader's clock has it."""
    if at is None:
        return "–"
    told = at.astimezone(UTC)
    said = f"{told.day} {told:%b %Y, %H:%M}"
    return Markup('<time datetime="{}" data-clock>{} UTC</time>').format(told.isoformat(), said)


def _literal(text: str) -> str:
    """For a field that takes just this text, as the pattern of HTML is written."""
    return _SYNTAX.sub(r"\\\g<0>", text)


def _day(at: datetime) -> Markup:
    told = at.astimezone(UTC)
    return Markup('<time datetime="{:%Y-%m-%d}">{}</time>').format(told, f"{told.day} {told:%b %Y}")


def _moment(at: datetime) -> Markup:
    """To the second, for tables that are read closely and say themselves that it is UTC."""
    told = at.astimezone(UTC)
    return Markup('<time datetime="{}">{:%Y-%m-%d %H:%M:%S}</time>').format(told.isoformat(), told)


def _age(at: datetime, now: datetime) -> str:
    """How long ago, or how long until, in one unit: enough to see what is old."""
    seconds = abs(int((now - at).total_seconds()))
    for size, name in _UNITS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "under a minute"
