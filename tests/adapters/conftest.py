"""Fixtures of the adapters' tests: a server that answers as it is told to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.scripted import Scripted, scripted


@pytest.fixture(scope="session")
def certificates_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
async def server(certificates_folder: Path) -> AsyncIterator[Scripted]:
    async with scripted(certificates_folder) as one:
        yield one
