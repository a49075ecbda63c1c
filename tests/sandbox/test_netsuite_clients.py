"""What others wrote, run against the account: PyPI's `netsuite` in an environment of its own, oauthlib's signer."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from oauthlib.oauth1 import Client

from tests.stack.netsuite import RECORD, SUITEQL
from tests.stack.orders import line, order
from tests.stack.sandbox import ROOT, Sandbox

ORDER = 24_000
PYTHON = ROOT / ".clients-venv" / "bin" / "python"
SCRIPT = Path(__file__).with_name("clients") / "drive_netsuite.py"


@pytest.fixture(scope="module")
def invoice(sandbox: Sandbox) -> str:
    seeded = sandbox.seed(
        order(ORDER, line(ORDER * 10 + 1, "CLI-1", 2, "9.99"), line(ORDER * 10 + 2, "CLI-2", 1, "3.00"))
    )
    number: str = seeded["netsuite"]["invoice"]
    return number


@pytest.fixture(scope="module")
def seen(sandbox: Sandbox, invoice: str) -> dict[str, Any]:
    """What the client saw on one walk through its whole REST surface."""
    if not PYTHON.exists():
        pytest.skip("PyPI's netsuite is not there: `make test` puts it into .clients-venv")
    given = {"url": sandbox.url("netsuite"), "invoice": invoice} | {
        name: sandbox.credentials["netsuite"][name]
        for name in ("account", "consumer_key", "consumer_secret", "token_id", "token_secret")
    }
    trusted = os.environ | {"SSL_CERT_FILE": str(sandbox.ca_file)}
    done = subprocess.run(
        [str(PYTHON), str(SCRIPT)], input=json.dumps(given), capture_output=True, text=True, env=trusted, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_client_runs_suiteql_with_pages_and_parameters(seen: dict[str, Any], invoice: str) -> None:
    assert (seen["rows"]["count"], seen["rows"]["hasMore"]) == (1, True)
    assert [row["id"] for row in seen["bound"]["items"]] == [invoice]


def test_the_client_reads_creates_upserts_changes_finds_and_deletes(seen: dict[str, Any], invoice: str) -> None:
    assert seen["invoice"]["id"] == invoice
    assert seen["made"][0] == 204
    assert "/record/v1/customer/" in seen["made"][1]
    picked = {name: seen["customer"][name] for name in ("email", "phone", "companyName")}
    assert picked == {"email": "py@example.test", "phone": "1", "companyName": "Py & Söhne"}
    assert seen["found"]["totalResults"] == 1
    assert (seen["put"], seen["patched"], seen["deleted"]) == (None, None, None)


def test_the_client_asks_for_a_form_and_transforms(seen: dict[str, Any]) -> None:
    assert (seen["form"]["subtotal"], "id" in seen["form"]) == (9.99, False)
    assert seen["transformed"][0] == 204
    assert "/record/v1/returnAuthorization/" in seen["transformed"][1]


def test_the_client_reads_the_metadata_catalog(seen: dict[str, Any]) -> None:
    assert seen["schema"]["properties"]["tranDate"]["format"] == "date"
    assert seen["openapi"]["openapi"].startswith("3.0")
    assert "/returnAuthorization/{id}/!transform/creditMemo" in seen["openapi"]["paths"]
    assert set(seen["openapi"]["components"]["schemas"]) >= {"customer", "returnAuthorization-itemElement"}


def test_the_client_calls_a_restlet_and_knows_its_token(seen: dict[str, Any], sandbox: Sandbox, invoice: str) -> None:
    assert seen["restlet_record"]["id"] == invoice
    assert len(seen["restlet_rows"]) == 1
    assert seen["token"]["companyId"] == sandbox.credentials["netsuite"]["account"]


def test_the_client_is_refused_as_the_vendor_refuses(seen: dict[str, Any]) -> None:
    codes = {
        name: (seen[name][0], seen[name][1]["o:errorDetails"][0]["o:errorCode"])
        for name in ("refused", "misspelt", "stranger")
    }
    assert codes == {
        "refused": (404, "NONEXISTENT_ID"), "misspelt": (400, "INVALID_CONTENT"), "stranger": (401, "INVALID_LOGIN"),
    }  # fmt: skip


def signed(sandbox: Sandbox, method: str, path: str, **more: Any) -> requests.Response:
    """Signed by oauthlib, which spells its header another way than Authlib does."""
    known = sandbox.credentials["netsuite"]
    client: Any = Client(
        known["consumer_key"], known["consumer_secret"], known["token_id"], known["token_secret"],
        signature_method="HMAC-SHA256", realm=known["account"],
    )  # fmt: skip
    given = {"Content-Type": "application/json"} if "body" in more else {}
    url, headers, body = client.sign(sandbox.url("netsuite") + path, method, more.get("body"), given)
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(sandbox.ca_file)
        return session.request(method, url, data=body, headers={**headers, **more.get("headers", {})}, timeout=20)


def test_oauthlib_reads_and_queries(sandbox: Sandbox, invoice: str) -> None:
    page = signed(sandbox, "GET", f"{RECORD}/invoice?q=id%20EQUAL%20{invoice}&limit=5")
    assert page.json()["items"][0]["id"] == invoice
    body = json.dumps({"q": "SELECT COUNT(*) AS n FROM currency"})
    answer = signed(sandbox, "POST", SUITEQL, body=body, headers={"Prefer": "transient"})
    assert int(answer.json()["items"][0]["n"]) >= 1


def test_a_body_hash_is_tolerated(sandbox: Sandbox, invoice: str) -> None:
    answer = signed(sandbox, "PATCH", f"{RECORD}/invoice/{invoice}", body=json.dumps({"memo": "hashed"}))
    assert answer.status_code == 204
    assert "oauth_body_hash" in answer.request.headers["Authorization"]
