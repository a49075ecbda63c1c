"""`doctor`: asks every counterpart whether a return could run with it, and says what to mend. It changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from cli.output import Json, show, table
from domain.preflight import State
from runtime import wiring
from runtime.documents import document_of
from runtime.hub.findings import Findings, Found, view_of
from runtime.preflight import Line, choose, examine
from runtime.settings import Settings, read

_MARKS = {State.OK: "ok", State.WARNING: "WARNING", State.FAILED: "FAILED", State.SKIPPED: "not seen"}

Vendors = Annotated[
    list[str] | None,
    typer.Option(
        "--vendor",
        help="Only this counterpart: shopify, netsuite, tryton, salesforce, dynamics, a CRM org's name, mail, "
        "database or temporal. May be repeated.",
    ),
]


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(vendor: Vendors = None, as_json: Json = False) -> None:
    """Check sign-in, rights, versions, fields, stock, books and mail at every counterpart, and say what to mend."""
    settings = read()
    found = view_of(asyncio.run(_examine(settings, vendor or [])))
    show(document_of(found), lines_of(found), as_json)
    if not found.ok:
        raise typer.Exit(1)


async def _examine(settings: Settings, wanted: Sequence[str]) -> tuple[Line, ...]:
    # What a connection leaves behind when it breaks is told by the finding.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    parts = wiring.preflight(settings)
    return await examine(await choose(parts, wanted or None))


def lines_of(told: Findings) -> Iterator[str]:
    heads = table((_MARKS[one.state], _place(one), one.check, one.seen) for one in told.findings)
    for head, one in zip(heads, told.findings, strict=True):
        yield head
        if one.mend:
            yield f"{'':10}-> {one.mend}"
    counts = {state: sum(one.state is state for one in told.findings) for state in State}
    yield ""
    yield (
        f"{counts[State.FAILED]} failed, {counts[State.WARNING]} warnings, {counts[State.SKIPPED]} not seen, "
        f"{counts[State.OK]} ok"
    )


def _place(one: Found) -> str:
    return one.vendor if one.name in ("", one.vendor) else f"{one.vendor} {one.name}"
