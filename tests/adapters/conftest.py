"""Fixtures of the adapters' tests: a server that answers as it is told to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.storefront.shopify import ShopifyStorefront
from tests.adapters.scripted import Scripted, scripted
from tests.adapters.shopify_case import settings
from tests.stack.sandbox import Sandbox


@pytest.fixture(scope="session")
def certificates_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
async def server(certificates_folder: Path) -> AsyncIterator[Scripted]:
    async with scripted(certificates_folder) as one:
        yield one


@pytest.fixture
async def shop(sandbox: Sandbox) -> AsyncIterator[ShopifyStorefront]:
    sandbox.heal()
    one = ShopifyStorefront(settings(sandbox))
    yield one
    await one.aclose()
    sandbox.heal()
