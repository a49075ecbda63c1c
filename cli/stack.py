"""The embedded stack: up, down, restart, and how its parts fare."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import Json, show, table
from runtime.embedded import api_keys
from runtime.embedded.part import PARTS, PartStatus, StackError
from runtime.settings import data_folder, given
from security.roles import ALLOWED, Action

if TYPE_CHECKING:
    from runtime.embedded.stack import Stack

Only = Annotated[
    str | None, typer.Option("--only", metavar="PARTS", help=f"Some of {','.join(PARTS)}, by comma; default: all.")
]


def register(app: typer.Typer) -> None:
    for command in (up, down, restart):
        app.command()(command)


def up(only: Only = None, as_json: Json = False) -> None:
    """Start what is missing of a whole installation: database, Temporal, the vendors' sandbox, worker, API."""
    _show(here().up(given(os.environ), _parts(only)), as_json)


def down(as_json: Json = False) -> None:
    """End what `up` started. Data, addresses and credentials stay."""
    _show(here().down(), as_json)


def show_status(as_json: bool) -> None:
    """What runs, where, and where the log of what died is."""
    _show(here().status(), as_json)


def restart(
    part: Annotated[str, typer.Argument(help=f"One of {', '.join(PARTS)}.")],
    as_json: Json = False,
) -> None:
    """End one part and start it again where it was."""
    _show(here().restart(part), as_json)


def here() -> "Stack":
    """The stack of this folder. Raises StackError where the embedded extra is not installed."""
    try:
        from runtime.embedded.stack import Stack
    except ModuleNotFoundError as error:
        raise StackError(
            f"the embedded stack is not installed (no {error.name}); install it with: pip install 'backhaul[embedded]'"
        ) from error
    return Stack.at(data_folder(given(os.environ)))


def _parts(only: str | None) -> tuple[str, ...]:
    if only is None:
        return PARTS
    wanted = {word.strip() for word in only.split(",") if word.strip()}
    if unknown := wanted - set(PARTS):
        raise StackError(f"there is no part {sorted(unknown)[0]!r}; there are {', '.join(PARTS)}.")
    return tuple(part for part in PARTS if part in wanted)


def _show(parts: tuple[PartStatus, ...], as_json: bool) -> None:
    show(
        {"parts": [asdict(part) for part in parts]}, [*table(_row(part) for part in parts), *_addresses(parts)], as_json
    )


def _row(part: PartStatus) -> tuple[object, ...]:
    what = f"{part.state} ({part.change})" if part.change and part.change != "restarted" else part.state
    pid = f"pid {part.pid}" if part.state == "running" else ""
    return part.name, what, pid, part.log if part.state == "died" else ""


def _addresses(parts: tuple[PartStatus, ...]) -> list[str]:
    """Where a person would look."""
    at = {name: port for part in parts if part.state == "running" for name, port in part.ports.items()}
    pages = (
        ("console", "http", "api", "/console"),
        ("API", "http", "api", "/openapi.json"),
        ("Temporal's pages", "http", "temporal_ui", ""),
        ("the vendors' books", "https", "control", ""),
    )
    lines = [f"{name}: {scheme}://localhost:{at[port]}{path}" for name, scheme, port, path in pages if port in at]
    if "api" in at:
        folder = data_folder(given(os.environ))
        lines.append(f"API keys, one for each role: {folder / api_keys.FILE}")
        lines.append(f"passwords for the console, one for each role: {folder / api_keys.LOGINS_FILE}")
    return ["", *lines] if lines else []


def logins(parts: tuple[PartStatus, ...]) -> list[str]:
    """The console's address, and who may sign in there."""
    port = next(part.ports["api"] for part in parts if part.name == "api")
    known = api_keys.logins(data_folder(given(os.environ)))
    welcome = ALLOWED[Action.CONSOLE_OPEN]
    people = table((f"  {name}", password) for name, password in known.items() if name in welcome)
    return ["", f"The console: http://localhost:{port}/console. One person for each role, and the password:", *people]
