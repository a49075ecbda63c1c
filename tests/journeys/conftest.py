"""The installation the journeys go through: a stack of the session's own, in a folder of its own."""

from collections.abc import Iterator

import pytest

from tests.stack.installation import Installation


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    running = Installation()
    try:
        running.up()
        yield running
    finally:
        running.down()
