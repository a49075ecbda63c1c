"""The page about the API has every call, every action and who may do it, and no other."""

from __future__ import annotations

from security.roles import ALLOWED, Role
from tests.api.test_roles import GUARDED
from tests.docs.test_docs import DOCS, quoted, rows_of

PAGE = DOCS / "api.md"


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
