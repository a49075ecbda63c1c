"""The scripts of the one-shot services: run against a real Temporal, a real PostgreSQL, and programs that fail."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import make_url
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import cluster, postgres, temporal
from runtime.embedded.cluster import PostgresFailed
from runtime.temporal import SEARCH_ATTRIBUTES
from tests.deploy import compose
from tests.stack.postgres import Postgres, upgrade
from tests.stack.temporal import address

_DEPLOY = compose.ROOT / "deploy"
_SCHEMA = _DEPLOY / "temporal" / "schema.sh"
_NAMESPACE = _DEPLOY / "temporal" / "namespace.sh"


def _run(script: Path, programs: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": f"{programs}:{os.environ['PATH']}", "PAUSE": "0"} | variables
    return subprocess.run(["sh", str(script)], env=env, capture_output=True, text=True, check=False, timeout=60)


def _program(folder: Path, name: str, body: str) -> Path:
    """A stand-in program that writes its arguments to `calls` beside it, then runs `body`."""
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "$*" >> {folder}/calls\n{body}\n')
    path.chmod(0o755)
    return folder / "calls"


@pytest.mark.parametrize("script", [_SCHEMA, _NAMESPACE])
def test_scripts_are_plain_shell(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "set -eu" in lines
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_schema_prepares_and_upgrades_both_databases(tmp_path: Path) -> None:
    calls = _program(tmp_path, "temporal-sql-tool", "exit 0")
    done = _run(_SCHEMA, tmp_path, SQL_HOST="database")
    assert done.returncode == 0, done.stderr
    assert calls.read_text().splitlines() == [
        "--db temporal setup-schema -v 0.0",
        "--db temporal update-schema -d /etc/temporal/schema/postgresql/v12/temporal/versioned",
        "--db temporal_visibility setup-schema -v 0.0",
        "--db temporal_visibility update-schema -d /etc/temporal/schema/postgresql/v12/visibility/versioned",
    ]


def test_schema_waits_for_a_database_that_is_late(tmp_path: Path) -> None:
    calls = _program(tmp_path, "temporal-sql-tool", f"[ $(wc -l < {tmp_path}/calls) -ge 3 ]")
    done = _run(_SCHEMA, tmp_path, SQL_HOST="database", ATTEMPTS="5")
    assert done.returncode == 0, done.stderr
    assert calls.read_text().splitlines()[:3] == ["--db temporal setup-schema -v 0.0"] * 3


def test_schema_gives_up_on_a_database_that_never_comes(tmp_path: Path) -> None:
    calls = _program(tmp_path, "temporal-sql-tool", "exit 1")
    done = _run(_SCHEMA, tmp_path, SQL_HOST="database", ATTEMPTS="3")
    assert done.returncode == 1
    assert len(calls.read_text().splitlines()) == 3
    assert "database temporal at database cannot be prepared after 3 attempts" in done.stderr


def test_a_schema_change_that_fails_is_not_tried_again(tmp_path: Path) -> None:
    calls = _program(tmp_path, "temporal-sql-tool", 'case "$*" in *update*) exit 1 ;; esac')
    done = _run(_SCHEMA, tmp_path, SQL_HOST="database", ATTEMPTS="3")
    assert done.returncode == 1
    assert len(calls.read_text().splitlines()) == 2
    assert "database temporal cannot be brought to the schema" in done.stderr


def test_namespace_gives_up_with_the_servers_last_words(tmp_path: Path) -> None:
    calls = _program(tmp_path, "temporal", "echo nobody home; exit 1")
    done = _run(_NAMESPACE, tmp_path, TEMPORAL_ADDRESS="nowhere:1", TEMPORAL_NAMESPACE="shop", ATTEMPTS="3")
    assert done.returncode == 1
    assert calls.read_text().splitlines() == ["operator cluster health"] * 3
    assert "the server's health check failed 3 times at nowhere:1" in done.stderr
    assert "nobody home" in done.stderr


def test_namespace_says_which_variable_is_missing(tmp_path: Path) -> None:
    done = _run(_NAMESPACE, tmp_path, TEMPORAL_ADDRESS="nowhere:1")
    assert done.returncode != 0
    assert "TEMPORAL_NAMESPACE" in done.stderr


@pytest.mark.asyncio(loop_scope="session")
async def test_namespace_is_made_whole_and_may_be_made_again(temporal_env: WorkflowEnvironment) -> None:
    binary = temporal.find()
    assert binary is not None
    given = {"TEMPORAL_ADDRESS": address(temporal_env), "TEMPORAL_NAMESPACE": "deployed", "PAUSE": "0.5"}
    for retention in ("20d", "30d"):
        done = _run(_NAMESPACE, binary.parent, **given, NAMESPACE_RETENTION=retention)
        assert done.returncode == 0, done.stderr
    client = temporal_env.client
    known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="deployed"))
    assert set(known.custom_attributes) >= {key.name for key in SEARCH_ATTRIBUTES}
    made = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="deployed"))
    assert made.config.workflow_execution_retention_ttl.ToTimedelta().days == 30


def test_each_role_reaches_its_own_database_only(postgres: Postgres) -> None:
    # The embedded server has a role `backhaul` already, its administrator: here ours goes by another name.
    script = (_DEPLOY / "postgres" / "init.sql").read_text().replace("backhaul", "tenant")
    try:
        _psql(postgres, script, cluster.USER, "postgres", _administrator(postgres))
        assert _psql(postgres, "SELECT 1", "tenant", "tenant", "for backhaul's") == "1"
        assert _psql(postgres, "CREATE EXTENSION btree_gin", "temporal", "temporal_visibility", "for temporal") == ""
        for role, password, other in (("tenant", "for backhaul's", "temporal"), ("temporal", "for temporal", "tenant")):
            with pytest.raises(PostgresFailed, match="permission denied for database"):
                _psql(postgres, "SELECT 1", role, other, password)
        owner = make_url(postgres.server.url("tenant")).set(username="tenant", password="for backhaul's")
        api = owner.set(username="tenant_api", password="for the api's")
        # Neither is an administrator: the owner lets in whom init.sql made.
        upgrade(owner.render_as_string(False), api.render_as_string(False))
        seen = "SELECT count(*) FROM identity_weights"
        _psql(postgres, _WEIGHTS, "tenant", "tenant", "for backhaul's")
        assert _psql(postgres, seen, "tenant", "tenant", "for backhaul's") == "1"
        assert _psql(postgres, seen, "tenant_api", "tenant", "for the api's") == "0"
    finally:
        _forget(postgres)


def test_an_unset_password_stops_the_database_from_being_made(postgres: Postgres) -> None:
    script = (_DEPLOY / "postgres" / "init.sql").read_text().replace("backhaul", "tenant")
    try:
        with pytest.raises(PostgresFailed, match="syntax error"):
            _psql(
                postgres,
                script.replace("POSTGRES_TEMPORAL", "NOT_SET"),
                cluster.USER,
                "postgres",
                _administrator(postgres),
            )
    finally:
        _forget(postgres)


_WEIGHTS = "INSERT INTO identity_weights (document, records, by_whom) VALUES ('{}', 1, 'x')"


def _administrator(running: Postgres) -> str:
    return cluster.password(Path(running.server.folder))


def _forget(running: Postgres) -> None:
    for database in ("tenant", "temporal", "temporal_visibility"):
        postgres.drop_database(running.server, database)
    for role in ("tenant", "tenant_api", "temporal"):
        postgres.sql(running.server, 'DROP ROLE IF EXISTS :"role"', role=role)


def _psql(running: Postgres, script: str, role: str, database: str, password: str) -> str:
    """As the postgres image runs its scripts, with the environment of docker-compose.yml."""
    command = [str(cluster.binary("psql")), "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]
    command += ["-p", str(running.server.port), "-U", role, "-d", database]
    env = cluster.environment() | {
        "PGPASSWORD": password,
        "POSTGRES_TEMPORAL_PASSWORD": "for temporal",
        "POSTGRES_BACKHAUL_PASSWORD": "for backhaul's",
        "POSTGRES_BACKHAUL_API_PASSWORD": "for the api's",
    }
    done = subprocess.run(command, env=env, input=script, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PostgresFailed(done.stderr.strip())
    return done.stdout.strip()
