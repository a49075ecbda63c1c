"""Every table has its time or its reason in docs/retention.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.tables import METADATA

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (DOCS / "retention.md").read_text() + (DOCS / "identity.md").read_text()


@pytest.mark.parametrize("table", sorted(METADATA.tables))
def test_a_table_is_kept_for_a_time_or_for_a_reason(table: str) -> None:
    assert f"`{table}`" in PAGES, f"say in docs/retention.md how long rows of {table} are kept, or why for ever"
