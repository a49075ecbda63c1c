"""One installation for everything here, with a CRM org in its settings that nobody connects to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from temporalio.testing import WorkflowEnvironment

from security import api_keys
from tests.api.office import Office, staffed
from tests.stack import temporal
from tests.stack.postgres import Postgres

ORG = {
    "BACKHAUL_CRM__MAIN__KIND": "salesforce",
    "BACKHAUL_CRM__MAIN__URL": "https://127.0.0.1:1",
    "BACKHAUL_CRM__MAIN__CLIENT_ID": "id",
    "BACKHAUL_CRM__MAIN__CLIENT_SECRET": "secret",
}
# Somebody else of finance.
OTHER = api_keys.new("finance-2")
# Somebody with two roles, as nobody should be.
BOTH = api_keys.new("both")
SECOND = {
    "BACKHAUL_API_KEYS__BOTH__DIGEST": api_keys.digest(BOTH),
    "BACKHAUL_API_KEYS__BOTH__ROLES": "support,storefront,finance",
    "BACKHAUL_API_KEYS__FINANCE_2__DIGEST": api_keys.digest(OTHER),
    "BACKHAUL_API_KEYS__FINANCE_2__ROLES": "finance",
}


@pytest.fixture(scope="package")
def staff(temporal_env: WorkflowEnvironment, postgres: Postgres) -> Iterator[Office]:
    with staffed(temporal.address(temporal_env), postgres, **ORG, **SECOND) as office:
        yield office
