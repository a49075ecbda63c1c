"""A real Tryton, and a database of this session's own in it; tests that ask for it need `make test-erp`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.tryton import RealTryton
from tryton_lab.lab import Lab


@pytest.fixture(scope="session")
def tryton(request: pytest.FixtureRequest) -> Iterator[RealTryton]:
    """Seed orders with ids of your own test file's range."""
    folder = request.config.getoption("--tryton")
    if folder is None:
        pytest.skip("needs a real Tryton: make test-erp")
    lab = Lab.at(Path(folder))
    with lab.fresh() as address:
        yield RealTryton(lab, address)
