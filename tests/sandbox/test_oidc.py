"""The pretended issuer, met as a client would: an ID token of a person who signed in, and every way not to get one."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from tests.stack.sandbox import Sandbox

VERIFIER = "v" * 43
BACK = "http://localhost:1/sign-in/callback"


def asked(sandbox: Sandbox, **changes: str | None) -> dict[str, str]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    usual = {
        "response_type": "code", "client_id": sandbox.credentials["oidc"]["client_id"], "redirect_uri": BACK,
        "scope": "openid profile", "state": "s-1", "nonce": "n-1", "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip
    return {name: value for name, value in (usual | changes).items() if value is not None}


def signed_in(sandbox: Sandbox, **changes: str | None) -> requests.Response:
    form = {"login": "sam", "password": sandbox.credentials["oidc"]["password"]}
    return requests.post(
        f"{sandbox.url('oidc')}/authorize", params=asked(sandbox, **changes), data=form, allow_redirects=False,
        verify=str(sandbox.ca_file), timeout=10,
    )  # fmt: skip


def redeemed(sandbox: Sandbox, code: str, **changes: str) -> requests.Response:
    known = sandbox.credentials["oidc"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    pair = (known["client_id"], changes.pop("secret", known["client_secret"]))
    return requests.post(
        f"{sandbox.url('oidc')}/token", data=form | changes, auth=pair, verify=str(sandbox.ca_file), timeout=10
    )


def code_of(answer: requests.Response) -> str:
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["state"] == ["s-1"]
    return query["code"][0]


def document(sandbox: Sandbox, path: str) -> dict[str, Any]:
    answer = requests.get(f"{sandbox.url('oidc')}{path}", verify=str(sandbox.ca_file), timeout=10)
    found: dict[str, Any] = answer.json()
    return found


def test_a_person_signs_in_and_the_tokens_are_signed_with_a_published_key(sandbox: Sandbox) -> None:
    sandbox.heal()
    answer = redeemed(sandbox, code_of(signed_in(sandbox))).json()
    places = document(sandbox, "/.well-known/openid-configuration")
    assert places["issuer"] == sandbox.url("oidc")
    keys = jwt.PyJWKSet.from_dict(document(sandbox, urlsplit(places["jwks_uri"]).path))
    known = sandbox.credentials["oidc"]
    for name, audience in (("id_token", known["client_id"]), ("access_token", known["audience"])):
        key = keys[jwt.get_unverified_header(answer[name])["kid"]]
        claims = jwt.decode(answer[name], key, audience=audience, issuer=places["issuer"])
        assert (claims["sub"], claims["name"]) == ("sam", "Sam Support")
    assert jwt.decode(answer["id_token"], options={"verify_signature": False})["nonce"] == "n-1"


def test_a_code_is_good_once(sandbox: Sandbox) -> None:
    code = code_of(signed_in(sandbox))
    assert redeemed(sandbox, code).status_code == 200
    assert redeemed(sandbox, code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:2/sign-in/callback"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"secret": "wrong"}, "invalid_client"),
    ],
)
def test_a_code_is_good_for_who_asked_for_it_only(sandbox: Sandbox, changes: dict[str, str], error: str) -> None:
    assert redeemed(sandbox, code_of(signed_in(sandbox)), **changes).json() == {"error": error}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_client_that_asks_wrongly_is_told_so(sandbox: Sandbox, changes: dict[str, str | None], error: str) -> None:
    query = parse_qs(urlsplit(signed_in(sandbox, **changes).headers["Location"]).query)
    assert query == {"error": [error], "state": ["s-1"]}


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "https://evil.example/sign-in/callback"}])
def test_nobody_is_sent_to_a_place_that_is_not_registered(sandbox: Sandbox, changes: dict[str, str | None]) -> None:
    answer = signed_in(sandbox, **changes)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_a_wrong_password_gets_the_page_again(sandbox: Sandbox) -> None:
    answer = requests.post(
        f"{sandbox.url('oidc')}/authorize", params=asked(sandbox), data={"login": "sam", "password": "x"},
        verify=str(sandbox.ca_file), timeout=10,
    )  # fmt: skip
    assert answer.status_code == 401
    assert "That is not the password" in answer.text
