"""`doctor` as an operator meets it: everything fine, one thing broken, one counterpart only, something misspelt."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from cli import app
from runtime.embedded import sandbox as embedded
from tests.stack import temporal
from tests.stack.orders import order
from tests.stack.postgres import Postgres, api_url
from tests.stack.sandbox import Sandbox

VENDORS = ("database", "credentials", "temporal", "shopify", "netsuite", "dynamics", "salesforce", "mail")


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


class Doctor:
    """The command, with the settings of an installation whose vendors are all in the sandbox."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._folder, self.settings = folder, settings

    def __call__(self, *words: str, changes: dict[str, str] | None = None) -> Said:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self._folder)
            for name, value in (self.settings | (changes or {})).items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as left:
                app.main(["doctor", *words])
        return Said(int(left.value.code or 0), out.getvalue(), err.getvalue())

    def told(self, *words: str, code: int = 0, changes: dict[str, str] | None = None) -> list[dict[str, Any]]:
        said = self(*words, "--json", changes=changes)
        assert said.code == code, said.out + said.err
        document = json.loads(said.out)
        assert document["ok"] is (code == 0)
        findings: list[dict[str, Any]] = document["findings"]
        return findings


@pytest.fixture(scope="module")
def doctor(
    sandbox: Sandbox, postgres: Postgres, temporal_env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Doctor]:
    sandbox.heal()
    sandbox.seed(order(6_290_001))
    vendors = embedded.variables(embedded.Place(sandbox.folder), sandbox.ports)
    with postgres.fresh() as url:
        own = {"BACKHAUL_DATABASE__URL": url, "BACKHAUL_DATABASE__API_URL": api_url(url)}
        own |= {"TEMPORAL_ADDRESS": temporal.address(temporal_env)}
        yield Doctor(tmp_path_factory.mktemp("doctor"), vendors | own)


def test_nothing_is_wrong_with_an_installation_on_the_sandbox(doctor: Doctor) -> None:
    found = doctor.told()

    assert tuple(dict.fromkeys(each["vendor"] for each in found)) == VENDORS
    # The webhook of the sandbox is configured with its own start, where no shop would show it.
    assert [each["about"] for each in found if each["state"] == "warning"] in ([], ["returns/request"])


def test_what_is_broken_is_told_with_its_mend_and_exit_code_1(doctor: Doctor, sandbox: Sandbox) -> None:
    sandbox.control.post("/netsuite/role", json={"levels": {"creditMemo": "none"}}).raise_for_status()
    try:
        said = doctor("--vendor", "netsuite")
    finally:
        sandbox.control.post("/netsuite/role", json={"levels": {}}).raise_for_status()

    assert said.code == 1
    lines = said.out.splitlines()
    [at] = [place for place, line in enumerate(lines) if line.startswith("FAILED")]
    assert "creditMemo is refused" in lines[at]
    assert lines[at + 1].strip().startswith("-> give the integration's role")
    assert lines[-1].startswith("1 failed, 0 warnings")


@pytest.mark.parametrize("vendor", VENDORS)
def test_one_counterpart_alone(doctor: Doctor, vendor: str) -> None:
    assert {each["vendor"] for each in doctor.told("--vendor", vendor)} == {vendor}


def test_an_org_by_its_own_name_and_another_counterpart(doctor: Doctor) -> None:
    named = {
        "BACKHAUL_CRM__NORTH__" + name.removeprefix("BACKHAUL_CRM__SALESFORCE__"): value
        for name, value in doctor.settings.items()
        if name.startswith("BACKHAUL_CRM__SALESFORCE__")
    }
    found = doctor.told("--vendor", "north", "--vendor", "mail", changes=named)

    assert {(each["vendor"], each["name"]) for each in found} == {("salesforce", "north"), ("mail", "")}


def test_everything_that_is_away_is_told_at_once(doctor: Doctor) -> None:
    away = {"BACKHAUL_STOREFRONT__URL": "https://localhost:9", "TEMPORAL_ADDRESS": "127.0.0.1:9"}
    found = doctor.told("--vendor", "shopify", "--vendor", "temporal", code=1, changes=away)

    assert {each["vendor"] for each in found if each["state"] == "failed"} == {"shopify", "temporal"}


def test_a_counterpart_that_is_none_is_refused_with_those_there_are(doctor: Doctor) -> None:
    said = doctor("--vendor", "tryton")

    assert said.code == 2
    assert "netsuite" in said.err
    assert said.out == ""


def test_settings_that_are_missing_are_told_before_anybody_is_asked(doctor: Doctor) -> None:
    said = doctor(changes={"BACKHAUL_STOREFRONT__CLIENT_SECRET": ""})

    assert said.code == 2
    assert "BACKHAUL_STOREFRONT__CLIENT_SECRET is not set" in said.err


def test_no_secret_is_repeated(doctor: Doctor, sandbox: Sandbox) -> None:
    known = sandbox.credentials
    secrets = [known["shopify"]["client_secret"], known["dynamics"]["client_secret"], "PRIVATE KEY"]
    wrong = {"BACKHAUL_CRM__DYNAMICS__TENANT": "another", "BACKHAUL_STOREFRONT__CLIENT_ID": "another"}
    said = doctor(changes=wrong)

    assert said.code == 1
    assert not [secret for secret in secrets if secret in said.out + said.err]
