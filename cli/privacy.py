"""Commands of the privacy officer: have a person erased, see how that stands, and what was done where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Annotated, Any, TypeVar
from uuid import uuid4

import typer

from cli.desk import Url, either
from cli.output import Json, show, table
from cli.remote import read
from client import Backhaul
from domain import ids
from domain.errors import BadInput
from runtime import settings, wiring
from runtime.documents import plain
from runtime.privacy import Privacy
from runtime.temporal import connect
from store.port import Erasure, Subject

T = TypeVar("T")
_SURE = "Erase everything personal of these? Nothing brings it back."
Id = Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id, such as E-9F2C41AB07D3.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="What is kept of a person, and its erasure.", no_args_is_help=True)
    group.command("export")(export)
    group.command("erase")(erase)
    group.command("show")(show_one)
    group.command("list")(every)
    group.command("again")(again)
    group.command("withdraw")(withdraw)
    app.add_typer(group, name="privacy")


def ask(question: Callable[[Privacy], Awaitable[T]]) -> T:
    async def run() -> T:
        given = settings.read()
        async with wiring.privacy(given, await connect(given)) as desk:
            return await question(desk)

    return asyncio.run(run())


def export(
    by: Annotated[str, typer.Option("--by", help="Who asks for it; kept in the audit (with --url: whose key it is).")],
    why: Annotated[str, typer.Option("--why", help="Why; kept in the audit. No names: it is never erased.")],
    customer: Annotated[str, typer.Option("--customer", metavar="ID", help="The shop's number of the customer.")] = "",
    email: Annotated[str, typer.Option("--email", help="Or their mailbox.")] = "",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """What is kept here of a person: how much, or with --json all of it, which goes to who asked and nowhere else."""

    async def told(desk: Privacy) -> dict[str, Any]:
        return await desk.export(await desk.meant(customer, email), by, why)

    found = either(url, lambda api: api.persons.export(why, customer or None, email or None), lambda: ask(told))
    rows = [(name.replace("_", " "), len(part)) for name, part in found.items()]
    show(plain(dict[str, Any], found), table(rows), as_json)


def erase(
    by: Annotated[str, typer.Option("--by", help="Who asks; kept with the request (with --url: whose key it is).")],
    why: Annotated[str, typer.Option("--why", help="Why; kept with the request. No names: it is never erased.")],
    customer: Annotated[str, typer.Option("--customer", metavar="ID", help="The shop's number of the customer.")] = "",
    email: Annotated[str, typer.Option("--email", help="Or their mailbox.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Erase without being asked.")] = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Erase a person: once none of their returns is open, in the books, the CRMs and the histories, for good."""

    def near() -> Erasure:
        found = ask(lambda desk: desk.meant(customer, email))
        if not yes:
            print("\n".join(_meant(found)))
            typer.confirm(_SURE, abort=True)
        request_id = ids.erasure_request(str(uuid4()))
        return ask(lambda desk: desk.erase(request_id, found, by, why))

    def far(api: Backhaul) -> Erasure:
        if not yes:
            typer.confirm(_SURE, abort=True)
        return read(Erasure, api.persons.erase(why, customer or None, email or None))

    if as_json and not yes:
        raise BadInput("yes", "with --json say --yes: nothing brings back what is erased")
    _tell(either(url, far, near), as_json)


def show_one(request_id: Id, url: Url = None, as_json: Json = False) -> None:
    """How a request stands: what it waits for, and what was erased where."""
    near = partial(ask, lambda desk: desk.one(request_id))
    _tell(either(url, lambda api: read(Erasure, api.persons.erasure(_id(request_id))), near), as_json)


def every(url: Url = None, as_json: Json = False) -> None:
    """All requests, the newest first. Who asked is to be answered by the day it shows."""
    found = either(
        url,
        lambda api: read(tuple[Erasure, ...], api.persons.erasures()),
        lambda: ask(lambda desk: desk.every()),
    )
    rows = [(one.request_id, one.state, f"{one.answer_by:%Y-%m-%d}", one.by, ", ".join(one.waits_for)) for one in found]
    document = [plain(Erasure, one) for one in found]
    show({"erasures": document}, table(rows) if rows else ["nobody asked to be erased"], as_json)


def again(request_id: Id, url: Url = None, as_json: Json = False) -> None:
    """Look at once whether what it waits for is over, or erase what could not be erased before."""
    near = partial(ask, lambda desk: desk.again(request_id))
    _tell(either(url, lambda api: read(Erasure, api.persons.again(_id(request_id))), near), as_json)


def withdraw(
    request_id: Id,
    by: Annotated[str, typer.Option("--by", help="Who does; kept in the audit (with --url: whose key it is).")],
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Take back a request that still waits for open returns."""
    near = partial(ask, lambda desk: desk.withdraw(request_id, by))
    _tell(either(url, lambda api: read(Erasure, api.persons.withdraw(_id(request_id))), near), as_json)


def _id(request_id: str) -> str:
    return ids.check_erasure(request_id)


def _tell(found: Erasure, as_json: bool) -> None:
    show(plain(Erasure, found), _lines(found), as_json)


def _lines(found: Erasure) -> Iterator[str]:
    yield f"{found.request_id} is {found.state}, asked for on {found.asked_at:%Y-%m-%d} by {found.by}"
    if found.waits_for:
        yield f"it waits until these are over: {', '.join(found.waits_for)}; who asked is to be answered by"
        yield f"{found.answer_by:%Y-%m-%d}, also to say so. `withdraw` a return that is not wanted any more"
    yield from _meant(found.subject)
    for part in found.parts:
        said = "; ".join(f"{name}: {what}" for name, what in part.what.items())
        yield f"{part.name}: {said or 'nothing'}"
        if part.refused:
            yield f"  not erased: {part.refused}"


def _meant(subject: Subject) -> list[str]:
    returns = ", ".join(subject.returns) or "none"
    records = ", ".join(str(ref) for ref in subject.records) or "none"
    return [f"returns: {returns}", f"records in CRMs: {records}"]
