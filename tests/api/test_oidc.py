"""People and programs of an OpenID Connect issuer: whose tokens count, and what a sign-in through a browser stands."""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.sign_in import oidc
from runtime.access import Access, Unproven
from runtime.complaints import BadSettings
from runtime.settings import Settings
from runtime.sign_in import SignIn, form_proof
from security.roles import ALLOWED, Action, Role
from tests.api.conftest import with_shop
from tests.api.office import Office, served
from tests.api.people import through_issuer, token, with_issuer
from tests.api.test_roles import GUARDED, body_for
from tests.doubles.stores import MemorySessions
from tests.stack.sandbox import Sandbox, trust
from tests.stack.settings import least_settings

PEOPLE = {
    "sam": Role.SUPPORT, "wanda": Role.WAREHOUSE, "finn": Role.FINANCE, "ines": Role.IT_ADMIN, "audrey": Role.AUDITOR,
    "priya": Role.PRIVACY_OFFICER, "stefan": Role.STOREFRONT,
}  # fmt: skip


@pytest.fixture
async def desk(staff: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """The office, with the issuer beside the keys."""
    sandbox.heal()
    with_shop(staff, monkeypatch)
    async with served(replace(staff, settings=with_issuer(staff.settings, sandbox))) as one:
        yield one


async def asked(desk: Office, bearer: str, path: str = "/returns") -> httpx.Response:
    return await desk.http.get(path, headers={"Authorization": f"Bearer {bearer}"})


async def test_a_token_lets_each_person_in_where_the_table_says(desk: Office, sandbox: Sandbox) -> None:
    for person, role in PEOPLE.items():
        held = token(sandbox, person)
        for path, action in (("/returns", Action.RETURN_SEARCH), ("/dead-letters", Action.DEAD_LETTER_SEE)):
            answer = await asked(desk, held, path)
            assert answer.status_code == (200 if role in ALLOWED[action] else 403), (person, path, answer.text)


@pytest.mark.parametrize("way", ["token", "cookie"])
async def test_however_somebody_proves_who_they_are_the_table_is_the_same(
    desk: Office, sandbox: Sandbox, way: str
) -> None:
    """Every route for one role: all roles are tested with keys."""
    async with desk.signed_in(Role.FINANCE) as browser:
        headers = {"X-CSRF-Token": form_proof(browser.cookies["backhaul"])}
        if way == "token":
            browser.cookies.clear()
            headers = {"Authorization": f"Bearer {token(sandbox, 'finn')}"}
        for method, path, action in GUARDED:
            at = re.sub(r"{\w+}", "nowhere", path)
            body = body_for(path) if method == "POST" else None
            more = {"Last-Event-ID": "x", "Idempotency-Key": "k-1"}
            answer = await browser.request(method, at, json=body, headers=headers | more)
            allowed = action is not None and Role.FINANCE in ALLOWED[action]
            assert (answer.status_code == 403) is not allowed, (method, path, answer.text)
            assert answer.status_code != 401, (method, path, answer.text)


async def test_a_token_of_another_country_sees_nothing_of_ours(desk: Office, sandbox: Sandbox) -> None:
    return_id = (await desk.started())["return_id"]
    assert (await asked(desk, token(sandbox, "felix"), f"/returns/{return_id}")).status_code == 404
    assert (await asked(desk, token(sandbox, "sam"), f"/returns/{return_id}")).status_code == 200


async def test_who_has_no_role_may_nothing_and_who_has_no_scope_is_nobody(desk: Office, sandbox: Sandbox) -> None:
    """An empty scope would be all there is."""
    assert (await asked(desk, token(sandbox, "nora", groups=["returns-france"]))).status_code == 403
    answer = await asked(desk, token(sandbox, "sam", groups=["returns-support"]))
    assert (answer.status_code, answer.json()["detail"].split(";")[0]) == (
        401, "the token's groups names nothing that is known here",
    )  # fmt: skip


NOW = time.time()
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": NOW - 3600}, "the token has expired"),
    "not yet": ({"nbf": NOW + 3600}, "the token is not valid yet"),
    "of the future": ({"iat": NOW + 3600}, "the token is not valid yet"),
    "of another issuer": ({"iss": "https://login.example"}, "the token is of another issuer"),
    "of nobody": ({"sub": None}, "the token lacks sub"),
    "without end": ({"exp": None}, "the token lacks exp"),
    "for nobody": ({"aud": None}, "the token lacks aud"),
    "for others": ({"aud": ["a", "b"]}, "the token is made out to somebody else"),
    "of a name with a line end": ({"sub": "a\nb"}, "the token's sub is no name of 1 to 128 printable characters"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_token_of_the_issuer_that_does_not_hold_is_refused_with_the_reason(
    desk: Office, sandbox: Sandbox, case: str
) -> None:
    claims, reason = REFUSED[case]
    answer = await asked(desk, token(sandbox, "sam", **claims))
    assert (answer.status_code, answer.json()["detail"].split(";")[0]) == (401, reason)


async def test_clocks_may_be_a_minute_apart(desk: Office, sandbox: Sandbox) -> None:
    assert (await asked(desk, token(sandbox, "sam", exp=time.time() - 30))).status_code == 200


async def test_the_token_of_a_browsers_sign_in_is_none_for_the_api(desk: Office, sandbox: Sandbox) -> None:
    client = sandbox.credentials["oidc"]["client_id"]
    assert "somebody else" in (await asked(desk, token(sandbox, "sam", client))).json()["detail"]


async def test_a_forged_token_is_refused(desk: Office, sandbox: Sandbox) -> None:
    true = token(sandbox, "sam")
    head, body, signature = true.split(".")
    header, claims = jwt.get_unverified_header(true), jwt.decode(true, options={"verify_signature": False})
    (published, *_) = [key for key in (await keys(sandbox)) if key["kid"] == header["kid"]]
    public = jwt.PyJWK(published).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    more = encoded(claims | {"groups": ["returns-it", "returns-everywhere"]})
    forged = {
        "claims of one's own": f"{head}.{more}.{signature}",
        "no signature": f"{encoded(header | {'alg': 'none'})}.{body}.",
        "no signature, shouted": f"{encoded(header | {'alg': 'NONE'})}.{body}.",
        "the signature left out": f"{head}.{body}.",
        "the public key as a shared secret": by_secret(header | {"alg": "HS256"}, claims, public),
        "a key of one's own by the right name": jwt.encode(claims, own, "RS256", {"kid": header["kid"]}),
        "a key of one's own": jwt.encode(claims, own, "RS256", {"kid": "mine"}),
        "a key of one's own in the header": jwt.encode(
            claims,
            own,
            "RS256",
            {"kid": "mine", "jwk": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(own.public_key()))},
        ),
        "the right key, another way": jwt.encode(claims, own, "PS256", {"kid": header["kid"]}),
        "several ways at once": f"{encoded(header | {'alg': ['RS256']})}.{body}.{signature}",
        "a way that is no word": f"{encoded(header | {'alg': {}})}.{body}.{signature}",
        "half a token": true[: len(true) // 2],
        "far too long": true + "A" * 20_000,
        "not a token": "a.b.c",
    }
    for case, made in forged.items():
        answer = await asked(desk, made)
        assert answer.status_code == 401, (case, answer.text)
        assert made[:40] not in answer.text
    assert (await asked(desk, true)).status_code == 200


async def test_a_token_of_a_new_key_counts_at_once(desk: Office, sandbox: Sandbox) -> None:
    assert (await asked(desk, token(sandbox, "sam"))).status_code == 200
    assert sandbox.control.post("/oidc/keys", json={"algorithm": "ES256"}).status_code == 201
    assert (await asked(desk, token(sandbox, "sam"))).status_code == 200


async def test_without_the_issuer_a_token_is_503_and_a_key_counts(
    desk: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "AWAY_SECONDS", 0.0)
    held = token(sandbox, "sam")
    sandbox.fault("oidc", "*", "down", times=None)
    assert (await asked(desk, held)).status_code == 503
    assert (await desk.ask(Role.SUPPORT, "GET", "/returns")).status_code == 200
    sandbox.heal()
    assert (await asked(desk, held)).status_code == 200


async def test_a_person_signs_in_at_the_issuer_and_is_back_where_they_wanted_to_be(
    desk: Office, sandbox: Sandbox
) -> None:
    async with desk.browser() as browser:
        back = await through_issuer(browser, sandbox, "sam", to="/returns?stage=closed")
        answer = await browser.get(back)
        assert (answer.status_code, answer.headers["location"]) == (303, "/returns?stage=closed")
        assert (await browser.get("/returns")).status_code == 200
        who = await desk.app.state.access.by_session(browser.cookies["backhaul"], datetime.now(UTC))
    assert (who.name, who.shown, who.roles) == ("person:sam", "Sam Support", {Role.SUPPORT})


async def test_an_answer_of_the_issuer_is_good_once_and_in_one_browser(desk: Office, sandbox: Sandbox) -> None:
    async with desk.browser() as mine, desk.browser() as theirs:
        back = await through_issuer(mine, sandbox, "sam")
        await theirs.get("/sign-in/issuer")
        stolen = await theirs.get(back)
        assert (stolen.status_code, "backhaul" in theirs.cookies) == (401, False)
        assert "was not begun in this browser" in stolen.text
        assert (await mine.get(back)).status_code == 303
        again = await mine.get(back)
        assert (again.status_code, "used up" in again.text) == (401, True)


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?state=x&code=y", "?code=y"])
async def test_an_answer_nobody_asked_for_signs_nobody_in(desk: Office, query: str) -> None:
    async with desk.browser() as browser:
        await browser.get("/sign-in/issuer")
        answer = await browser.get(f"/sign-in/callback{query}")
        assert (answer.status_code, "backhaul" in browser.cookies) == (401, False)


async def test_the_answer_to_one_sign_in_does_not_fit_another(desk: Office, sandbox: Sandbox) -> None:
    """The code of one under the state of the other: its verifier is not the one the code was given for."""
    async with desk.browser() as browser, desk.browser() as other:
        mine, theirs = await through_issuer(browser, sandbox, "sam"), await through_issuer(other, sandbox, "ines")
        code = theirs.partition("code=")[2].partition("&")[0]
        state = mine.partition("state=")[2].partition("&")[0]
        answer = await browser.get(f"/sign-in/callback?state={state}&code={code}")
        assert (answer.status_code, "refused the sign-in" in answer.text) == (401, True)


class Answering:
    """An issuer whose answer is one token, whatever is asked."""

    def __init__(self, desk: Office) -> None:
        self._true, self.answer = desk.app.state.issuer, ""

    async def keys(self, newer: bool = False) -> Any:
        return await self._true.keys(newer)

    async def address(self, asked: Any) -> str:
        self.asked = asked
        return "https://login.example"

    async def redeem(self, code: str, verifier: str, redirect: str) -> str:
        return self.answer

    async def aclose(self) -> None:
        return


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "of another sign-in"}, "the answer to another sign-in"),
        ({"nonce": None}, "the answer to another sign-in"),
        ({"azp": "another client"}, "made for another client"),
        ({"aud": "backhaul-api"}, "made out to somebody else"),
        ({}, None),
    ],
)
async def test_an_id_token_must_be_the_answer_to_this_very_sign_in(
    desk: Office, sandbox: Sandbox, claims: dict[str, Any], reason: str | None
) -> None:
    issuer, sessions, now = Answering(desk), MemorySessions(), datetime.now(UTC)
    sign_in = SignIn(desk.settings, Access(desk.settings, issuer, sessions), issuer, sessions)
    sent = await sign_in.begin("/", now)
    client = sandbox.credentials["oidc"]["client_id"]
    issuer.answer = token(sandbox, "sam", client, **({"nonce": issuer.asked.nonce} | claims))
    if reason is None:
        assert (await sign_in.finish(issuer.asked.state, "code", sent.browser, now)).goal == "/"
    else:
        with pytest.raises(Unproven, match=reason):
            await sign_in.finish(issuer.asked.state, "code", sent.browser, now)


async def test_a_sign_in_that_took_too_long_is_begun_again(desk: Office, sandbox: Sandbox) -> None:
    issuer, sessions, now = Answering(desk), MemorySessions(), datetime.now(UTC)
    sign_in = SignIn(desk.settings, Access(desk.settings, issuer, sessions), issuer, sessions)
    sent = await sign_in.begin("/", now)
    with pytest.raises(Unproven, match="took too long"):
        await sign_in.finish(issuer.asked.state, "code", sent.browser, now + timedelta(minutes=10))


def by_secret(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """By hand: the library refuses to sign so."""
    said = f"{encoded(header)}.{encoded(claims)}"
    signature = hmac.digest(secret, said.encode(), "sha256")
    return f"{said}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def encoded(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


async def keys(sandbox: Sandbox) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(verify=trust(sandbox.ca_file), trust_env=False) as http:
        found: list[dict[str, Any]] = (await http.get(f"{sandbox.url('oidc')}/keys")).json()["keys"]
    return found


OIDC = {"BACKHAUL_OIDC__ISSUER": "https://login.example", "BACKHAUL_OIDC__AUDIENCE": "api"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"BACKHAUL_OIDC__ALGORITHMS": "RS256,HS256"}, "BACKHAUL_OIDC__ALGORITHMS is wrong: HS256 is not one of"),
        ({"BACKHAUL_OIDC__ALGORITHMS": "none"}, "BACKHAUL_OIDC__ALGORITHMS is wrong: none is not one of"),
        ({"BACKHAUL_OIDC__ISSUER": "http://login.example"}, "BACKHAUL_OIDC__ISSUER is wrong: it must begin with https"),
        ({"BACKHAUL_API__URL": "http://returns.example"}, "BACKHAUL_API__URL is wrong: it must begin with https://"),
        ({"BACKHAUL_API__URL": "https://x.example/a"}, "BACKHAUL_API__URL is wrong: it must end after the host"),
        ({"BACKHAUL_OIDC__AUDIENCE": ""}, "BACKHAUL_OIDC is wrong: set BACKHAUL_OIDC__AUDIENCE for tokens"),
        ({"BACKHAUL_OIDC__ROLES": "admins=root"}, "BACKHAUL_OIDC__ROLES is wrong: 'root' is no role; there are"),
        ({"BACKHAUL_OIDC__ROLES": "admins"}, "BACKHAUL_OIDC__ROLES is wrong: it must be pairs like"),
        (
            {"BACKHAUL_OIDC__CLIENT_ID": "console"},
            "BACKHAUL_OIDC is wrong: with a client id, set BACKHAUL_API__URL too",
        ),
    ],
)
def test_settings_that_would_let_in_whom_they_should_not_are_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSettings) as refused:
        least_settings(**(OIDC | given))
    assert any(one.startswith(sentence) for one in refused.value.sentences), refused.value.sentences


def test_an_issuer_is_kept_as_it_writes_itself() -> None:
    settings: Settings = least_settings(**(OIDC | {"BACKHAUL_OIDC__ISSUER": "https://login.example/"}))
    assert settings.oidc is not None
    assert settings.oidc.issuer == "https://login.example/"
