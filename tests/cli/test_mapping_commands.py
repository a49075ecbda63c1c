"""`mapping` as an operator meets it: an org that fits, one that does not, what would be written, and the pages."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from activities.crm import projection
from adapters.crm.mapping.loading import shipped_path
from adapters.crm.salesforce import SalesforceCrm
from cli import app
from domain.order import Contact
from domain.returns import Hold, Owner
from runtime.embedded import sandbox as embedded
from store.port import Move
from store.stores import open_stores
from tests.adapters.test_crm_salesforce import settings
from tests.stack.orders import order
from tests.stack.postgres import Postgres
from tests.stack.sandbox import Sandbox
from tests.store.samples import full_snapshot

ANNA = Contact("Anna Vogel", "anna@example.test", "6320001", "Vogel GmbH")
RETURN = "R-6320001-A"
HELD = Hold("h1", "credit_mismatch", Owner.FINANCE, "", ("retry",), full_snapshot().changed_at)
SNAPSHOT = replace(full_snapshot(), return_id=RETURN, order_id="6320001", customer_id="6320001", holds=(), version=3)


class Mapping:
    """The command, with the settings of an installation whose CRMs are in the sandbox."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder, self._settings = folder, settings

    def __call__(self, *words: str, code: int = 0, **changes: str) -> tuple[str, str]:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            for name, value in (self._settings | changes).items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as left:
                app.main(["mapping", *words])
        assert int(left.value.code or 0) == code, out.getvalue() + err.getvalue()
        return out.getvalue(), err.getvalue()

    def told(self, *words: str, code: int = 0, **changes: str) -> Any:
        return json.loads(self(*words, "--json", code=code, **changes)[0])

    def own(self, **swaps: str) -> str:
        """A file like the shipped one for cases, with these texts swapped."""
        text = shipped_path("salesforce", "return_order").read_text()
        for old, new in swaps.items():
            assert old in text
            text = text.replace(old, new)
        path = self.folder / "own.yaml"
        path.write_text(text)
        return str(path)


@pytest.fixture(scope="module")
def mapping(sandbox: Sandbox, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping]:
    """A return that the org shows as it was two versions ago."""
    sandbox.heal()
    sandbox.seed(order(6_320_001))
    variables = embedded.variables(embedded.Place(sandbox.folder), sandbox.ports)

    async def begin(url: str) -> None:
        async with open_stores(url, connections=1) as stores:
            await stores.returns.record(Move(SNAPSHOT, ()))
            await stores.returns.save_contact(RETURN, ANNA)
        crm = SalesforceCrm(settings(sandbox))
        await crm.publish(projection(replace(SNAPSHOT, version=1, holds=(HELD,)), ANNA))
        await crm.aclose()

    with postgres.fresh() as url:
        asyncio.run(begin(url))
        yield Mapping(tmp_path_factory.mktemp("mapping"), variables | {"BACKHAUL_DATABASE__URL": url})


def test_both_orgs_of_the_sandbox_fit_their_mappings(mapping: Mapping) -> None:
    told = mapping.told("check")

    assert told["ok"]
    assert {each["vendor"] for each in told["findings"]} == {"salesforce", "dynamics"}
    assert "rules" not in {each["check"] for each in told["findings"]}


def test_a_removed_field_and_a_changed_picklist_are_found_before_a_push_fails(
    mapping: Mapping, sandbox: Sandbox
) -> None:
    fields = {"Next_Step__c": {"remove": True}, "Status": {"without_values": ["Canceled"]}}
    sandbox.control.post("/salesforce/org", json={"tailoring": {"ReturnOrder": {"fields": fields}}}).raise_for_status()
    try:
        out, _ = mapping("check", "--org", "salesforce", code=1)
    finally:
        sandbox.control.post("/salesforce/org", json={"tailoring": {}}).raise_for_status()

    assert "ReturnOrder.Next_Step__c is not there" in out
    assert "ReturnOrder.Status has no value Canceled" in out
    assert "2 failed" in out


def test_a_dry_run_tells_what_would_change_and_changes_nothing(mapping: Mapping, sandbox: Sandbox) -> None:
    before = sandbox.books("salesforce")["ReturnOrder"]

    [told] = mapping.told("dry-run", RETURN, "--org", "salesforce")["salesforce"]

    assert (told["return_id"], told["there"], told["mode"]) == (RETURN, True, "live")
    changes = {each["field"]: (each["now"], each["then"]) for each in told["changes"]}
    assert changes == {"Hold_Reason__c": ("credit_mismatch", None), "Return_Version__c": (1, 3)}
    assert sandbox.books("salesforce")["ReturnOrder"] == before


def test_a_dry_run_of_another_file_shows_what_it_would_do(mapping: Mapping) -> None:
    own = mapping.own(
        **{"{from: next_step, steps: [{fit: 255}]": "{from: contact.email, steps: [{fit: 255}], mask: personal"}
    )

    out, _ = mapping("dry-run", "--org", "salesforce", BACKHAUL_CRM__SALESFORCE__MAPPING=own)

    assert f"{RETURN} would be changed" in out
    assert "(personal, 17 characters)" in out
    assert "anna@example.test" not in out


def test_a_dry_run_says_that_a_region_is_switched_off(mapping: Mapping) -> None:
    own = mapping.own(**{"regions: {}": "regions: {DE: shadow}"})

    out, _ = mapping("dry-run", "--org", "salesforce", BACKHAUL_CRM__SALESFORCE__MAPPING=own)

    assert "but its region or the object is shadow: nothing is written" in out


def test_a_dry_run_of_what_the_org_does_not_have_shows_a_new_record(mapping: Mapping) -> None:
    [told] = mapping.told("dry-run", "--org", "dynamics")["dynamics"]

    assert not told["there"]
    assert {"field": "bh_stage", "now": None, "then": str(SNAPSHOT.stage)} in told["changes"]


def test_a_return_the_file_cannot_show_is_told_with_exit_code_1(mapping: Mapping) -> None:
    own = mapping.own(**{"{from: next_step, steps": "{from: next_step, when: stage, steps"})

    out, _ = mapping("dry-run", "--org", "salesforce", code=1, BACKHAUL_CRM__SALESFORCE__MAPPING=own)

    assert "ReturnOrder.Next_Step__c cannot be filled" in out


def test_a_return_that_is_not_in_the_books_is_refused(mapping: Mapping) -> None:
    _, err = mapping("dry-run", "R-0-0", code=2)

    assert "R-0-0 is not in the books" in err


@pytest.mark.parametrize("words", [("check",), ("dry-run",), ("docs",)])
def test_an_org_that_is_none_is_refused_with_those_there_are(mapping: Mapping, words: tuple[str, ...]) -> None:
    _, err = mapping(*words, "--org", "north", code=2)

    assert "no CRM org 'north'; there are dynamics, salesforce" in err


def test_a_bad_file_is_refused_with_its_line(mapping: Mapping) -> None:
    own = mapping.own(**{"from: stage,": "from: stages,"})

    _, err = mapping("check", code=2, BACKHAUL_CRM__SALESFORCE__MAPPING=own)

    assert "own.yaml:" in err
    assert "stages is not in the document" in err


def test_the_page_of_one_org_is_of_its_own_file(mapping: Mapping) -> None:
    own = mapping.own(**{'version: "1"': 'version: "2026-11"', "regions: {}": "regions: {DE: push_only}"})

    out, _ = mapping("docs", "--org", "salesforce", BACKHAUL_CRM__SALESFORCE__MAPPING=own)
    [told] = mapping.told("docs", "--org", "salesforce", BACKHAUL_CRM__SALESFORCE__MAPPING=own)

    assert "## salesforce_return_order, version 2026-11" in out
    assert "Regions: `DE` is push_only; every other one is live." in out
    assert told["objects"][0]["fields"][0]["field"] == "Status"


def test_the_schema_is_a_json_schema(mapping: Mapping) -> None:
    plain, _ = mapping("schema")

    assert json.loads(plain) == mapping.told("schema")
    assert "objects" in mapping.told("schema")["required"]
