"""The page about the console has every page and form with its action, and no other."""

from __future__ import annotations

from tests.api.test_roles import GUARDED
from tests.docs.test_api_page import of_console
from tests.docs.test_docs import DOCS, quoted, rows_of


def test_every_page_is_told_with_its_action_and_no_other() -> None:
    written = {(quoted(page)[0], quoted(action)[0]) for page, action, *_ in rows_of(DOCS / "console.md", "page")}
    assert written == {(f"{method} {path}", str(action)) for method, path, action in GUARDED if of_console(path)}
