"""What status updates cost a CRM is counted where the calls arrive, and falls with the load."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bench import crm
from tests.stack.sandbox import Sandbox
from tests.stack.settings import least_settings


async def test_updates_that_fall_together_share_calls(sandbox: Sandbox, postgres_url: str, tmp_path: Path) -> None:
    sandbox.heal()
    known = sandbox.credentials["salesforce"]
    key = tmp_path / "key.pem"
    key.write_text(known["private_key_pem"])
    settings = least_settings(
        BACKHAUL_DATABASE__URL=postgres_url,
        BACKHAUL_FILES__CA=str(sandbox.ca_file),
        BACKHAUL_CRM__SALESFORCE__KIND="salesforce",
        BACKHAUL_CRM__SALESFORCE__URL=sandbox.url("salesforce"),
        BACKHAUL_CRM__SALESFORCE__CLIENT_ID=known["consumer_key"],
        BACKHAUL_CRM__SALESFORCE__USERNAME=known["username"],
        BACKHAUL_CRM__SALESFORCE__PRIVATE_KEY_FILE=str(key),
    )
    found = await crm.measure(settings, sandbox.ports["control"], updates=200, answers_in_ms=30)
    together = found["together"]
    assert isinstance(together, dict)
    cost = {at_once: one["calls_per_1000"] for at_once, one in together.items()}
    assert cost["1"] == 1000
    assert cost["200"] <= 25
    assert cost["1"] > cost["8"] > cost["50"] > cost["200"]
    # How many of whole publications fall together depends on the machine as well.
    assert together["200"]["whole_calls_per_1000"] < together["8"]["whole_calls_per_1000"] < 1000
    console = Console(width=100, record=True)
    console.print(crm.table(found))
    assert str(cost["50"]) in console.export_text()
