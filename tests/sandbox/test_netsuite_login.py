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
        {"scope": ["everything"]},
        {"exp": int(time.time()) + 7200},
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(account: Account, changes: dict[str, Any]) -> None:
    assert account.token(account.assertion(**changes)).status_code in (400, 401)


CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
PEM = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


@pytest.mark.parametrize("algorithm", ["PS384", "PS512"])
def test_the_longer_rsa_algorithms_do_as_well(account: Account, algorithm: str) -> None:
    assert account.token(account.assertion(algorithm)).status_code == 200


@pytest.mark.parametrize("algorithm", CURVES)
def test_an_elliptic_curve_certificate_can_be_registered_and_used(account: Account, algorithm: str) -> None:
    key = ec.generate_private_key(CURVES[algorithm])
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    wish = {"certificate_id": f"cert-{algorithm}", "pem": public.decode()}
    account.sandbox.control.post("/netsuite/certificates", json=wish).raise_for_status()
    pem = key.private_bytes(*PEM).decode()
    signed = account.assertion(algorithm, key=pem, kid=f"cert-{algorithm}")
    assert account.token(signed).status_code == 200
    assert account.token(account.assertion(algorithm, key=pem)).status_code == 401, "that certificate has an RSA key"


def test_a_weak_or_unreadable_certificate_cannot_be_registered(account: Account) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    pem = weak.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    for wish in ({"certificate_id": "weak", "pem": pem}, {"certificate_id": "odd", "pem": "nonsense"}):
        assert account.sandbox.control.post("/netsuite/certificates", json=wish).status_code == 422


def test_another_key_is_refused(account: Account) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(*PEM).decode()
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(*PEM).decode()
    assert account.token(account.assertion(key=stranger)).status_code == 401
    assert account.token(account.assertion("ES256", key=curve)).status_code == 401


def test_no_login_and_an_unknown_token_are_invalid(account: Account) -> None:
    assert error(account.get("invoice/1"))[:2] == (401, "INVALID_LOGIN")
    account.http.headers["Authorization"] = "Bearer nonsense"
    challenge = account.get("invoice/1").headers["www-authenticate"]
    assert challenge.startswith(f'Bearer realm="{account.known["account"]}", error="invalid_token"')
    assert error(account.get("invoice/1"))[:2] == (401, "INVALID_LOGIN")


def test_a_token_opens_only_what_its_scope_names(account: Account) -> None:
    token = account.token(account.assertion(scope="restlets")).json()["access_token"]
    account.http.headers["Authorization"] = f"Bearer {token}"
    assert error(account.get("inventoryStatus/1"))[:2] == (401, "INVALID_LOGIN")
    restlet = "/app/site/hosting/restlet.nl?script=1&deploy=1&recordtype=location&id=1"
    assert account.http.get(restlet).status_code == 200


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
    ("wrong", "why"),
    [
        ({"consumer_secret": "x"}, "InvalidSignature"),
        ({"token_secret": "x"}, "InvalidSignature"),
        ({"realm": "OTHER"}, "permission_denied"),
        ({"method": "HMAC-SHA1"}, "UnknownAlgorithm"),
        ({"age": 900}, "InvalidTimestamp"),
        ({"consumer_key": "x"}, "consumer_key_unknown"),
        ({"token": "x"}, "token_rejected"),
    ],
)
def test_a_wrongly_signed_request_is_refused(account: Account, wrong: dict[str, object], why: str) -> None:
    header = _signed(account, "GET", f"{RECORD}/inventoryStatus/1", None, wrong)
    answer = _send(account, header)
    assert error(answer)[:2] == (401, "INVALID_LOGIN")
    assert f'error="{why}"' in answer.headers["www-authenticate"]


def test_the_realm_may_be_written_as_in_the_address(account: Account) -> None:
    lower = account.known["account"].lower().replace("_", "-")
    header = _signed(account, "GET", f"{RECORD}/inventoryStatus/1", None, {"realm": lower})
    assert _send(account, header).status_code == 200


def test_a_signature_that_lacks_a_part_is_refused(account: Account) -> None:
    whole = _signed(account, "GET", f"{RECORD}/inventoryStatus/1")
    part = whole.replace(", oauth_nonce=", ", oauth_other=")
    assert 'error="MissingTokenPassportRequiredFields"' in _send(account, part).headers["www-authenticate"]
    twice = whole + ', oauth_version="1.0"'
    assert 'error="parameter_rejected"' in _send(account, twice).headers["www-authenticate"]


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
        "oauth_consumer_key": str(wrong.get("consumer_key", known["consumer_key"])),
        "oauth_token": str(wrong.get("token", known["token_id"])),
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
