"""The desk the return commands are spoken at."""

from collections.abc import Iterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.stack import temporal
from tests.stack.desk import Desk, opened
from tests.stack.postgres import Postgres
from tests.stack.settings import LEAST


@pytest.fixture(scope="module")
def desk(
    temporal_env: WorkflowEnvironment, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Commands run in an empty folder, with their settings in the environment."""
    address = temporal.address(temporal_env)
    with postgres.fresh() as database, pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("desk"))
        for name, value in (LEAST | {"BACKHAUL_DATABASE__URL": database, "TEMPORAL_ADDRESS": address}).items():
            patch.setenv(name, value)
        with opened(address, database) as running:
            yield running
