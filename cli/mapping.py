"""Commands about mappings: which CRM field shows what, whether an org fits, and what would be written of returns."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from adapters.crm.mapping import Compiled, page
from adapters.crm.mapping.schema import json_schema
from cli import doctor
from cli.desk import Url, either
from cli.output import Json, show, table
from cli.remote import read
from client import Backhaul
from runtime import mappings, settings, wiring
from runtime.documents import document_of
from runtime.hub import findings
from runtime.hub.findings import Findings
from runtime.hub.rehearsals import RehearsedReturn, view_of
from runtime.preflight import examine
from runtime.settings import Settings

Org = Annotated[str | None, typer.Option("--org", help="Only this CRM org, by its name in the settings.")]
_INTRODUCTION = (
    "# The shipped mappings",
    "",
    "Written by `python starter.py mapping docs`; a test holds it to the files in `mappings/`.",
    "[The page about mappings](mapping.md) says what the columns mean.",
    "",
)


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Which field of a CRM shows what of a return.", no_args_is_help=True)
    group.command()(check)
    group.command()(dry_run)
    group.command()(docs)
    group.command()(schema)
    app.add_typer(group, name="mapping")


def check(org: Org = None, url: Url = None, as_json: Json = False) -> None:
    """Compare each org's mapping with what the org says of its objects now. Exit code 1 when something does not fit."""

    def far(api: Backhaul) -> Findings:
        found = [read(Findings, api.mappings.check(name)) for name in _orgs(api, org)]
        return Findings(all(one.ok for one in found), tuple(line for one in found for line in one.findings))

    found = either(url, far, lambda: findings.view_of(asyncio.run(examine(wiring.mapping_parts(settings.read(), org)))))
    show(document_of(found), doctor.lines_of(found), as_json)
    if not found.ok:
        raise typer.Exit(1)


def dry_run(
    return_ids: Annotated[list[str] | None, typer.Argument(metavar="[RETURN]...", help="Their ids.")] = None,
    org: Org = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=200, help="So many of the newest, if none is named.")
    ] = 20,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """What the mapping would change in the CRM's records of these returns. Writes nothing; personal values are hidden.

    Exit code 1 when a return cannot be shown by the mapping."""
    wanted = return_ids or ()

    def far(api: Backhaul) -> dict[str, tuple[RehearsedReturn, ...]]:
        return {
            name: read(tuple[RehearsedReturn, ...], api.mappings.rehearse(name, wanted, limit))
            for name in _orgs(api, org)
        }

    found = either(url, far, lambda: asyncio.run(_rehearse(settings.read(), org, wanted, limit)))
    show({name: [document_of(each) for each in some] for name, some in found.items()}, _lines(found), as_json)
    if any(each.problem for some in found.values() for each in some):
        raise typer.Exit(1)


def docs(org: Org = None, as_json: Json = False) -> None:
    """The matrix as Markdown: an org's, or without one those that come with the program."""
    if org is None:
        found = mappings.every()
    else:
        given = settings.read()
        found = tuple(mappings.mapping(given.crm[name]) for name in wiring.crm_orgs(given, org))
    show([document_of(page.data(each)) for each in found], pages(org, found), as_json)


def schema(as_json: Json = False) -> None:
    """The JSON schema of a mapping file, for editors and for checks of your own."""
    show(json_schema(), json.dumps(json_schema(), indent=2).splitlines(), as_json)


async def _rehearse(
    given: Settings, org: str | None, return_ids: Sequence[str], limit: int
) -> dict[str, tuple[RehearsedReturn, ...]]:
    found: dict[str, tuple[RehearsedReturn, ...]] = {}
    for name in wiring.crm_orgs(given, org):
        async with wiring.rehearsal(given, name) as rehearsal:
            found[name] = tuple(view_of(each) for each in await rehearsal.of(return_ids, limit))
    return found


def _orgs(api: Backhaul, org: str | None) -> list[str]:
    return [org] if org else [one["org"] for one in api.mappings.of_orgs()]


def pages(org: str | None, found: Sequence[Compiled]) -> Iterator[str]:
    """The lines of the whole page; without an org it is the one in docs/crm."""
    yield from _INTRODUCTION if org is None else ()
    for at, each in enumerate(found):
        if at:
            yield ""
        yield from page.markdown(each)


def _lines(found: dict[str, tuple[RehearsedReturn, ...]]) -> Iterator[str]:
    for org, some in found.items():
        changed = sum(bool(each.changes) for each in some)
        yield f"{org}: {len(some)} returns looked at, {changed} would change"
        for one in some:
            if one.problem:
                yield f"  {one.return_id}: {one.problem}"
                continue
            if not one.changes:
                continue
            what = "would be changed" if one.there else "would be made"
            switch = "" if one.mode.pushes else f", but its region or the object is {one.mode}: nothing is written"
            yield f"  {one.return_id} {what}{switch}"
            yield from (
                f"    {line}"
                for line in table((each.field, _short(each.now), "->", _short(each.then)) for each in one.changes)
            )


def _short(value: Any) -> str:
    text = "(nothing)" if value is None else str(value).replace("\n", " / ")
    return text if len(text) <= 50 else text[:49] + "…"
