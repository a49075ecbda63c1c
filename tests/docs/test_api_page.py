"""The page about the API has every call, every action and who may do it, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from cli.app import build
from security.roles import ALLOWED, Role
from tests.api.test_roles import GUARDED
from tests.docs.test_docs import DOCS, quoted, rows_of

PAGE = DOCS / "api.md"
CLIENT = DOCS / "client.md"


def of_console(path: str) -> bool:
    return path == "/console" or path.startswith("/console/")


def test_every_call_is_told_with_its_action_and_no_other() -> None:
    written = {(quoted(call)[0], quoted(action)[0]) for call, action, *_ in rows_of(PAGE, "call")}
    assert written == {(f"{method} {path}", str(action)) for method, path, action in GUARDED if not of_console(path)}


def test_the_table_of_roles_is_the_table_of_the_code() -> None:
    roles = list(Role)
    written = {
        quoted(action)[0]: {role for role, cell in zip(roles, cells, strict=True) if cell == "yes"}
        for action, *cells in rows_of(PAGE, "action")
    }
    assert written == {str(action): set(allowed) for action, allowed in ALLOWED.items()}
    header = next(line for line in PAGE.read_text().splitlines() if line.startswith("| action | "))
    assert [cell.strip() for cell in header.strip("|").split("|")][1:] == [str(role) for role in roles]


def commands(group: Any, *words: str) -> Iterator[tuple[str, bool]]:
    """Each command, and whether it takes --url."""
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, *words, name)
        else:
            yield " ".join((*words, name)), any("--url" in part.opts for part in one.params)


def test_the_page_about_the_client_says_which_commands_ask_the_api() -> None:
    found = dict(commands(typer.main.get_command(build())))
    rows = list(rows_of(CLIENT, "commands"))
    far = {name for _, cell, _ in rows for name in quoted(cell)}
    near = {name for _, _, cell in rows for name in quoted(cell)} & set(found)
    assert far == {name for name, takes in found.items() if takes}
    # A word in a reason may name another command.
    assert near - far == {name for name, takes in found.items() if not takes}
