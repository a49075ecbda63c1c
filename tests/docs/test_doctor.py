"""The page about vendors tells every check of `doctor`, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.crm.dynamics.preflight.wanted import tables
from adapters.crm.mapping import shipped
from adapters.crm.salesforce.preflight.wanted import objects
from runtime import wiring
from runtime.credentials.known import known
from runtime.credentials.vault import Vault
from runtime.settings import Settings, read
from tests.deploy import compose
from tests.docs.test_docs import rows_of
from tests.stack.settings import LEAST

PAGE = Path(__file__).parents[2] / "docs" / "vendors.md"
NAMES = {
    "Shopify": "shopify",
    "NetSuite": "netsuite",
    "Tryton": "tryton",
    "Salesforce": "salesforce",
    "Dynamics 365": "dynamics",
    "mail": "mail",
    "PostgreSQL": "database",
    "credentials": "credentials",
    "Temporal": "temporal",
}
# Told together: "each object of the profile", "each table of the profile".
TOGETHER = {each.name for each in objects(shipped("salesforce", "return_order"), "return_order")}
TOGETHER |= {each.name for each in tables(shipped("dynamics", "rma"), "rma")}


def settings(tmp_path: Path) -> tuple[Settings, Settings]:
    """One installation with NetSuite and both CRMs, one with Tryton."""
    key = tmp_path / "key.pem"
    key.touch()
    given = {name: value for name, value in compose.env_file(compose.EXAMPLE).items() if name.startswith("BACKHAUL_")}
    certificate = {
        "BACKHAUL_ERP__CLIENT_ID": "id",
        "BACKHAUL_ERP__CERTIFICATE_ID": "certificate",
        "BACKHAUL_ERP__PRIVATE_KEY_FILE": str(key),
    }
    other = {name: value for name, value in LEAST.items() if not name.startswith("BACKHAUL_ERP__")} | {
        "BACKHAUL_ERP__KIND": "tryton",
        "BACKHAUL_ERP__URL": "https://erp.example",
        "BACKHAUL_ERP__DATABASE": "erp",
        "BACKHAUL_ERP__USER": "bot",
        "BACKHAUL_ERP__PASSWORD": "secret",
    }
    return read(given | certificate, None), read(other, None)


@pytest.mark.asyncio
async def test_every_check_is_told_by_its_counterpart(tmp_path: Path) -> None:
    made: dict[str, set[str]] = {}
    for one in settings(tmp_path):
        for part in wiring.preflight(one, Vault(known(one), None, None)):
            made.setdefault(part.kind, set()).update(each.name for each in part.preflight.checks())
            await part.preflight.aclose()

    written = {
        NAMES[cells[0]]: set(re.findall(r"`([^`_]+)`", " ".join(cells[1:]))) for cells in rows_of(PAGE, "counterpart")
    }

    assert written.keys() == made.keys()
    for kind, names in made.items():
        assert names - TOGETHER == written[kind], kind
