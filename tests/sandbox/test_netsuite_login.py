"""NetSuite's two ways to log in, and everything they must refuse."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.stack.netsuite import RECORD, TOKEN, Account, error
from tests.stack.sandbox import Sandbox


@pytest.fixture
def account(sandbox: Sandbox) -> Iterator[Account]:
    account = Account(sandbox)
    yield account
    account.http.close()


def test_a_ps256_assertion_buys_a_token_that_opens_the_records(account: Account) -> None:
    answer = account.token(account.assertion())
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] == "3600"
    account.login()
    assert account.get("inventoryStatus/1").json()["name"] == "Good"


def test_rs256_is_refused(account: Account) -> None:
    assert account.token(account.assertion("RS256")).json() == {"error": "invalid_client"}


@pytest.mark.parametrize(
    "changes",
    [
        {"kid": "another-certificate"},
        {"iss": "another-client"},
        {"aud": "https://elsewhere.example/token"},
        {"exp": int(time.time()) - 10},
        {"scope": ["restlets"]},
        {"exp": int(time.time()) + 7200},
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(account: Account, changes: dict[str, Any]) -> None:
    assert account.token(account.assertion(**changes)).status_code in (400, 401)


def test_another_key_is_refused(account: Account) -> None:
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(*pem).decode()
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(*pem).decode()
    assert account.token(account.assertion(key=stranger)).status_code == 401
    assert account.token(account.assertion("ES256", key=curve)).status_code == 401


def test_no_login_and_an_unknown_token_are_invalid(account: Account) -> None:
    assert error(account.get("invoice/1"))[:2] == (401, "INVALID_LOGIN")
    account.http.headers["Authorization"] = "Bearer nonsense"
    assert error(account.get("invoice/1"))[:2] == (401, "INVALID_LOGIN")


def test_a_token_ends_after_an_hour(account: Account) -> None:
    account.login()
    account.sandbox.control.post("/clock", json={"advance_seconds": 3601})
    try:
        assert account.get("inventoryStatus/1").status_code == 401
    finally:
        account.sandbox.control.post("/clock", json={"advance_seconds": -3601})


def test_a_signed_request_is_accepted_once(account: Account) -> None:
    header = _signed(account, "GET", f"{RECORD}/inventoryStatus/1")
    assert _send(account, header).status_code == 200
    assert _send(account, header).status_code == 401, "the nonce was used before"


def test_the_query_is_part_of_the_signature(account: Account) -> None:
    header = _signed(account, "GET", f"{RECORD}/inventoryStatus/1", {"fields": "name"})
    assert _send(account, header, {"fields": "name"}).status_code == 200
    other = _signed(account, "GET", f"{RECORD}/inventoryStatus/1", {"fields": "name"})
    assert _send(account, other, {"fields": "id"}).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [{"consumer_secret": "x"}, {"token_secret": "x"}, {"realm": "OTHER"}, {"method": "HMAC-SHA1"}, {"age": 900}],
)
def test_a_wrongly_signed_request_is_refused(account: Account, wrong: dict[str, object]) -> None:
    header = _signed(account, "GET", f"{RECORD}/inventoryStatus/1", None, wrong)
    assert error(_send(account, header))[:2] == (401, "INVALID_LOGIN")


def test_the_token_endpoint_wants_the_right_form(account: Account) -> None:
    assert account.http.post(TOKEN, data={"grant_type": "password"}).json() == {"error": "invalid_request"}


def _send(account: Account, header: str, query: dict[str, str] | None = None) -> httpx.Response:
    path = f"{RECORD}/inventoryStatus/1"
    return account.http.get(path, params=query, headers={"Authorization": header})


def _signed(
    account: Account,
    method: str,
    path: str,
    query: dict[str, str] | None = None,
    wrong: dict[str, object] | None = None,
) -> str:
    """OAuth 1.0a written out by hand (RFC 5849 section 3.4), so that no library signs and verifies alike by mistake."""
    wrong, known = wrong or {}, account.known
    fields = {
        "oauth_consumer_key": known["consumer_key"],
        "oauth_token": known["token_id"],
        "oauth_nonce": secrets.token_hex(8),
        "oauth_timestamp": str(int(time.time()) - int(str(wrong.get("age", 0)))),
        "oauth_signature_method": str(wrong.get("method", "HMAC-SHA256")),
        "oauth_version": "1.0",
    }
    pairs = sorted((_quoted(k), _quoted(v)) for k, v in (fields | (query or {})).items())
    normal = "&".join(f"{k}={v}" for k, v in pairs)
    base = "&".join(_quoted(part) for part in (method, account.sandbox.url("netsuite") + path, normal))
    secret = [wrong.get("consumer_secret", known["consumer_secret"]), wrong.get("token_secret", known["token_secret"])]
    key = "&".join(_quoted(str(part)) for part in secret)
    digest = "sha1" if "method" in wrong else "sha256"
    signature = base64.b64encode(hmac.new(key.encode(), base.encode(), getattr(hashlib, digest)).digest()).decode()
    header = fields | {"realm": str(wrong.get("realm", known["account"])), "oauth_signature": signature}
    return "OAuth " + ", ".join(f'{name}="{_quoted(value)}"' for name, value in header.items())


def _quoted(text: str) -> str:
    return quote(text, safe="~")
