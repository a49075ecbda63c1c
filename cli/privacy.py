"""Commands of the privacy officer: have a person erased, see how that stands, and what was done where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any, TypeVar
from uuid import uuid4

import typer

from cli.output import Json, show, table
from domain import ids
from domain.errors import BadInput
from runtime import wiring
from runtime.documents import plain
from runtime.privacy import Privacy
from runtime.settings import read
from runtime.temporal import connect
from store.port import Erasure, Subject

T = TypeVar("T")
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
        settings = read()
        async with wiring.privacy(settings, await connect(settings)) as desk:
            return await question(desk)

    return asyncio.run(run())


def export(
    by: Annotated[str, typer.Option("--by", help="Who asks for it; kept in the audit.")],
    why: Annotated[str, typer.Option("--why", help="Why; kept in the audit. No names: it is never erased.")],
    customer: Annotated[str, typer.Option("--customer", metavar="ID", help="The shop's number of the customer.")] = "",
    email: Annotated[str, typer.Option("--email", help="Or their mailbox.")] = "",
    as_json: Json = False,
) -> None:
    """What is kept here of a person: how much, or with --json all of it, which goes to who asked and nowhere else."""

    async def told(desk: Privacy) -> dict[str, Any]:
        return await desk.export(await desk.meant(customer, email), by, why)

    found = ask(told)
    rows = [(name.replace("_", " "), len(part)) for name, part in found.items()]
    show(plain(dict[str, Any], found), table(rows), as_json)


def erase(
    by: Annotated[str, typer.Option("--by", help="Who asks for it; kept with the request.")],
    why: Annotated[str, typer.Option("--why", help="Why; kept with the request. No names: it is never erased.")],
    customer: Annotated[str, typer.Option("--customer", metavar="ID", help="The shop's number of the customer.")] = "",
    email: Annotated[str, typer.Option("--email", help="Or their mailbox.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Erase without being asked.")] = False,
    as_json: Json = False,
) -> None:
    """Erase a person: once none of their returns is open, in the books, the CRMs and the histories, for good."""
    found = ask(lambda desk: desk.meant(customer, email))
    if not yes:
        if as_json:
            raise BadInput("yes", "with --json say --yes: nothing brings back what is erased")
        print("\n".join(_meant(found)))
        typer.confirm("Erase everything personal of these? Nothing brings it back.", abort=True)
    request_id = ids.erasure_request(str(uuid4()))
    _tell(ask(lambda desk: desk.erase(request_id, found, by, why)), as_json)


def show_one(request_id: Id, as_json: Json = False) -> None:
    """How a request stands: what it waits for, and what was erased where."""
    _tell(ask(lambda desk: desk.one(request_id)), as_json)


def every(as_json: Json = False) -> None:
    """All requests, the newest first. Who asked is to be answered by the day it shows."""
    found = ask(lambda desk: desk.every())
    rows = [(one.request_id, one.state, f"{one.answer_by:%Y-%m-%d}", one.by, ", ".join(one.waits_for)) for one in found]
    document = [plain(Erasure, one) for one in found]
    show({"erasures": document}, table(rows) if rows else ["nobody asked to be erased"], as_json)


def again(request_id: Id, as_json: Json = False) -> None:
    """Look at once whether what it waits for is over, or erase what could not be erased before."""
    _tell(ask(lambda desk: desk.again(request_id)), as_json)


def withdraw(
    request_id: Id,
    by: Annotated[str, typer.Option("--by", help="Who takes it back; kept in the audit.")],
    as_json: Json = False,
) -> None:
    """Take back a request that still waits for open returns."""
    _tell(ask(lambda desk: desk.withdraw(request_id, by)), as_json)


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
