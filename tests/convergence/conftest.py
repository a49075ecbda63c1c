"""A sandbox of these tests' own, because its books are put back before each example and its clock is moved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stack.sandbox import Sandbox


@pytest.fixture(scope="session")
def crms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("convergence"))
    running.start()
    running.control.post("/snapshots", json={"name": "empty"}).raise_for_status()
    yield running
    running.stop()


@pytest.fixture
def emptied(crms: Sandbox) -> Sandbox:
    """With nothing in its books."""
    crms.control.post("/snapshots/empty/restore").raise_for_status()
    return crms
