"""The command by which a party is forgotten: what is kept to match by goes, and the mark not to keep it again stays."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.identity.asking import By, Record, Why, ask, meant, named
from cli.output import Json, show, table
from domain.errors import BadInput


def forget(
    by: By,
    why: Why,
    party: Annotated[str | None, typer.Argument(metavar="[PARTY]", help="Its id.")] = None,
    record: Record = None,
    yes: Annotated[bool, typer.Option("--yes", help="Forget without being asked.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what is kept of a party to match it by, of all its records, for good; they are not matched again."""
    of, by, why = meant(party, record), named("by", by), named("why", why)
    found, linked, _ = ask(lambda desk: desk.links(of, "", ""))
    told = [f"party {found}", *table((one.ref, one.state, *one.fields.values()) for one in linked)]
    if not yes:
        if as_json:
            raise BadInput("yes", "with --json say --yes: nothing brings back what is forgotten")
        print("\n".join(told))
        typer.confirm("Forget what is kept of all of these? Nothing brings it back.", abort=True)
    many = ask(lambda desk: desk.forget(found, by, why))
    lines = [*(told if yes else ()), f"forgotten: {many} records keep their ids and are not matched again"]
    show({"party": found, "records": [str(one.ref) for one in linked], "forgotten": many}, lines, as_json)
