"""docker-compose.yml: valid by the Compose specification, pinned, and in step with what it starts. No engine runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from sqlalchemy import make_url

from runtime.embedded import cluster, parts, sandbox, temporal
from runtime.settings import read
from runtime.temporal import SEARCH_ATTRIBUTES
from runtime.wiring import queue_names
from tests.deploy import compose

_SERVICES = compose.services(compose.env_file(compose.EXAMPLE))
_FILLED = compose.document() | {"services": _SERVICES}
_WORKERS = {name: service for name, service in _SERVICES.items() if name.startswith("worker-")}
_OURS = {name: service for name, service in _SERVICES.items() if "build" in service}


def test_is_valid_by_the_compose_specification() -> None:
    errors = [f"{'.'.join(map(str, error.path))}: {error.message}" for error in _specification().iter_errors(_FILLED)]
    assert errors == []


def test_a_misspelt_key_would_be_refused() -> None:
    misspelt = {"services": {"api": {"image": "x", "depend_on": ["migrate"]}}}
    assert not _specification().is_valid(misspelt)


def _specification() -> Any:
    # The specification's schema comes with check-jsonschema's wheel (Apache 2.0), so that no network is needed.
    [schema] = [file for file in metadata.files("check-jsonschema") or [] if file.name == "compose-spec.json"]
    return jsonschema.Draft202012Validator(json.loads(schema.read_text()))


def test_every_foreign_image_names_an_exact_version() -> None:
    foreign = {service["image"] for name, service in _SERVICES.items() if name not in _OURS}
    assert all(re.fullmatch(r"[\w./-]+:\d+(\.\d+)+", image) for image in foreign), foreign


def test_runs_the_versions_the_tests_run_against() -> None:
    binary = temporal.find()
    assert binary is not None, "the embedded extra is installed for tests"
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Server ([\d.]+), UI ([\d.]+)", said)
    assert found is not None, said
    server, ui = found.groups()
    assert _SERVICES["temporal"]["image"] == f"temporalio/server:{server}"
    assert _SERVICES["temporal-schema"]["image"] == f"temporalio/admin-tools:{server}"
    assert _SERVICES["temporal-namespace"]["image"] == f"temporalio/admin-tools:{server}"
    assert _SERVICES["temporal-ui"]["image"] == f"temporalio/ui:{ui}"
    said = subprocess.run([cluster.binary("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    assert _SERVICES["postgresql"]["image"] == f"postgres:{said.split()[2]}"


@pytest.mark.parametrize("name", _SERVICES)
def test_every_mounted_file_and_volume_exists(name: str) -> None:
    for mount in _SERVICES[name].get("volumes", []):
        if mount["type"] == "bind":
            assert (compose.ROOT / mount["source"]).exists(), mount
        else:
            assert mount["source"] in compose.document()["volumes"], mount


@pytest.mark.parametrize("name", _SERVICES)
def test_waits_only_for_what_can_come(name: str) -> None:
    for other, how in _SERVICES[name].get("depends_on", {}).items():
        needed = _SERVICES[other]
        if how["condition"] == "service_healthy":
            assert "healthcheck" in needed, f"{name} waits for the health of {other}, which has no check"
        else:
            assert how["condition"] == "service_completed_successfully"
            assert needed["restart"] == "no", f"{name} waits for the end of {other}, which is started again"
        assert "profiles" not in needed or how["required"] is False


@pytest.mark.parametrize("name", _SERVICES)
def test_restarts_unless_it_is_a_task(name: str) -> None:
    awaited = {
        other
        for service in _SERVICES.values()
        for other, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }
    assert _SERVICES[name]["restart"] == ("no" if name in awaited else "unless-stopped")


def test_workers_serve_every_queue_exactly_once() -> None:
    served = [queue for worker in _WORKERS.values() for queue in worker["command"][-1].split(",")]
    assert sorted(served) == sorted(queue_names(read({}, compose.EXAMPLE)))


@pytest.mark.parametrize(
    ("name", "program"),
    [
        *((name, ["worker.py"]) for name in _WORKERS),
        ("api", ["-m", "api"]),
        ("migrate", ["starter.py", "migrate"]),
        ("sandbox", ["-m", "sandbox"]),
    ],
)
def test_commands_and_their_flags_exist(name: str, program: list[str]) -> None:
    command = [*(["python", "-m", "sandbox"] if name == "sandbox" else []), *_SERVICES[name]["command"]]
    assert command[: 1 + len(program)] == ["python", *program]
    said = _help(tuple(program))
    for word in command[1 + len(program) :]:
        if word.startswith("--"):
            assert word.split("=")[0] in said.split(), f"{name}: {' '.join(program)} has no {word}"


@cache
def _help(program: tuple[str, ...]) -> str:
    done = subprocess.run(
        [sys.executable, *program, "--help"], capture_output=True, text=True, check=True, cwd=compose.ROOT
    )
    return done.stdout


@pytest.mark.parametrize("name", _WORKERS)
def test_a_stopping_worker_has_longer_than_its_grace(name: str) -> None:
    grace = read({}, compose.EXAMPLE).worker.grace
    assert _seconds(_WORKERS[name]["stop_grace_period"]) >= grace + 15


def _seconds(text: str) -> int:
    assert text.endswith("s")
    return int(text.removesuffix("s"))


@pytest.mark.parametrize("name", _SERVICES)
def test_health_checks_are_programs_that_parse(name: str) -> None:
    test = _SERVICES[name].get("healthcheck", {}).get("test", ["CMD"])
    assert test[0] == "CMD"
    if test[1:2] == ["python"]:
        compile(test[3], f"health check of {name}", "exec")


def test_workers_are_asked_where_they_serve_metrics() -> None:
    for worker in _WORKERS.values():
        port = worker["environment"]["BACKHAUL_TELEMETRY__METRICS_PORT"]
        assert f'"127.0.0.1", {port}' in worker["healthcheck"]["test"][3]


@pytest.mark.parametrize("name", _OURS)
def test_our_containers_have_no_rights_to_spare(name: str) -> None:
    service = _OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "user" not in service, "the image's own user is unprivileged"


def test_nothing_listens_beyond_this_machine() -> None:
    published = [port for service in _SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_no_secret_stands_in_the_file() -> None:
    for service in compose.document()["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|PWD|SECRET|KEY", name):
                assert value == "" or value.startswith("${"), name


def test_our_processes_do_not_see_the_other_databases_passwords() -> None:
    passwords = {name for name in compose.variables() if name.endswith("_PASSWORD")}
    for name, service in _OURS.items():
        if "env_file" in service:
            assert {key for key, value in service["environment"].items() if value == ""} == passwords, name


def test_the_api_has_no_way_past_row_level_security_and_nobody_else_has_its_password() -> None:
    for name, service in _OURS.items():
        given = service.get("environment", {})
        users = {key: make_url(value).username for key, value in given.items() if key.startswith("BACKHAUL_DATABASE__")}
        if name == "api":
            assert set(users.values()) == {"backhaul_api"}
        elif users:
            assert users.pop("BACKHAUL_DATABASE__URL") == "backhaul"
            assert users == ({"BACKHAUL_DATABASE__API_URL": "backhaul_api"} if name == "migrate" else {}), name


def test_the_namespace_script_makes_the_search_attributes_of_a_return() -> None:
    script = (compose.ROOT / "deploy" / "temporal" / "namespace.sh").read_text()
    [names] = re.findall(r"^for name in (.+); do$", script, re.MULTILINE)
    assert names.split() == [key.name for key in SEARCH_ATTRIBUTES]
    assert {key.indexed_value_type.name for key in SEARCH_ATTRIBUTES} == {"KEYWORD"}


def test_the_sandbox_is_where_its_settings_look() -> None:
    given = compose.env_file(compose.SANDBOX)
    service = compose.services(given)["sandbox"]
    words = dict(word.removeprefix("--").split("=", 1) for word in service["command"])
    mounts = {mount["target"]: mount for mount in service["volumes"]}
    ports = json.loads(Path(compose.ROOT, mounts[words["ports-from"]]["source"]).read_text())
    assert set(ports) == set(sandbox.PLACES)
    assert words["webhook-url"] == f"http://api:8080{parts.WEBHOOKS}"
    assert words["ca-file"] == given["BACKHAUL_FILES__CA"]
    assert {name: value for name, value in given.items() if f"//{words['host']}:" in value} == {
        "BACKHAUL_STOREFRONT__URL": f"https://sandbox:{ports['shopify']}",
        "BACKHAUL_ERP__BASE_URL": f"https://sandbox:{ports['netsuite']}",
        "BACKHAUL_CRM__SALESFORCE__URL": f"https://sandbox:{ports['salesforce']}",
        "BACKHAUL_CRM__DYNAMICS__URL": f"https://sandbox:{ports['dynamics']}",
        "BACKHAUL_CRM__DYNAMICS__AUTHORITY": f"https://sandbox:{ports['dynamics']}",
    }
    assert (given["BACKHAUL_NOTIFY__HOST"], given["BACKHAUL_NOTIFY__PORT"]) == (words["host"], str(ports["smtp"]))
    assert f'"localhost", {ports["control"]}' in service["healthcheck"]["test"][3]
    assert service["ports"] == [f"127.0.0.1:{ports['control']}:{ports['control']}"]
