"""The issuer's keys: read once, anew when that may help, and never so often that others' tokens make us ask."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from adapters.errors import Permanent, VendorError
from adapters.sign_in.oidc import OidcIssuer, OidcSettings
from adapters.sign_in.port import Asked
from tests.stack.sandbox import Sandbox


class Clock:
    def __init__(self) -> None:
        self.now = 5.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def issuer(sandbox: Sandbox, clock: Clock) -> AsyncIterator[OidcIssuer]:
    sandbox.heal()
    opened = OidcIssuer(settings(sandbox), clock)
    yield opened
    sandbox.heal()
    await opened.aclose()


def settings(sandbox: Sandbox, **changes: str) -> OidcSettings:
    known = sandbox.credentials["oidc"]
    given = {"issuer": sandbox.url("oidc"), "client_id": known["client_id"], "client_secret": known["client_secret"]}
    return OidcSettings(**(given | changes), ca_file=str(sandbox.ca_file))


def reads(sandbox: Sandbox) -> int:
    total: dict[str, int] = sandbox.control.get("/calls").json()["totals"].get("oidc", {})
    return total.get("KEYS", 0)


def asked(sandbox: Sandbox) -> int:
    """For anything at all."""
    total: dict[str, int] = sandbox.control.get("/calls").json()["totals"].get("oidc", {})
    return sum(total.values())


def rotate(sandbox: Sandbox, **more: bool) -> str:
    answer = sandbox.control.post("/oidc/keys", json={"algorithm": "ES256", **more})
    return str(answer.json()["kid"])


async def test_keys_are_read_once_and_again_after_ten_minutes(
    sandbox: Sandbox, issuer: OidcIssuer, clock: Clock
) -> None:
    before = reads(sandbox)
    for _ in range(3):
        assert await issuer.keys()
    assert reads(sandbox) == before + 1
    clock.now += 601
    await issuer.keys()
    assert reads(sandbox) == before + 2


async def test_a_key_nobody_knows_makes_us_ask_at_most_twice_a_minute(
    sandbox: Sandbox, issuer: OidcIssuer, clock: Clock
) -> None:
    await issuer.keys()
    before, new = reads(sandbox), rotate(sandbox)
    assert new in {key["kid"] for key in await issuer.keys(newer=True)}
    for _ in range(20):
        await issuer.keys(newer=True)
    assert reads(sandbox) == before + 1
    clock.now += 31
    await issuer.keys(newer=True)
    assert reads(sandbox) == before + 2


async def test_a_key_that_was_withdrawn_counts_for_ten_minutes_more_at_most(
    sandbox: Sandbox, issuer: OidcIssuer, clock: Clock
) -> None:
    old = {key["kid"] for key in await issuer.keys()}
    new = rotate(sandbox, withdraw=True)
    clock.now += 601
    found = {key["kid"] for key in await issuer.keys()}
    assert (found & old, found) == (set(), {new})


async def test_an_issuer_that_is_away_is_done_without_for_an_hour(
    sandbox: Sandbox, issuer: OidcIssuer, clock: Clock
) -> None:
    known = await issuer.keys()
    sandbox.fault("oidc", "*", "down", times=None)
    clock.now += 3600
    assert await issuer.keys() == known
    clock.now += 700
    # And then for nobody: those that come next are not given them because somebody else asked in vain just now.
    for newer in (False, True, False):
        with pytest.raises(VendorError):
            await issuer.keys(newer)


async def test_an_issuer_that_is_away_is_looked_for_by_one_and_not_by_all_who_wait(
    sandbox: Sandbox, issuer: OidcIssuer, clock: Clock
) -> None:
    sandbox.fault("oidc", "*", "html", times=None)
    before = asked(sandbox)
    found = await asyncio.gather(*(issuer.keys(newer=bool(one % 2)) for one in range(20)), return_exceptions=True)
    assert all(isinstance(one, VendorError) for one in found)
    assert asked(sandbox) == before + 1
    sandbox.heal()
    clock.now += 2
    assert await issuer.keys()


@pytest.mark.parametrize("kind", ["html", "truncate", "drop_after", "throttle"])
async def test_an_answer_that_is_none_is_a_vendors_error(
    sandbox: Sandbox, issuer: OidcIssuer, clock: Clock, kind: str
) -> None:
    sandbox.fault("oidc", "KEYS", kind)
    with pytest.raises(VendorError):
        await issuer.keys()
    clock.now += 2
    assert await issuer.keys()


async def test_the_document_of_another_issuer_is_refused(sandbox: Sandbox) -> None:
    """One slash more is another issuer: tokens would not be its."""
    opened = OidcIssuer(settings(sandbox, issuer=sandbox.url("oidc") + "/"))
    with pytest.raises(Permanent, match="another issuer than BACKHAUL_OIDC__ISSUER"):
        await opened.keys()
    await opened.aclose()


async def test_a_code_that_is_none_is_refused_and_neither_it_nor_the_secret_is_told(
    sandbox: Sandbox, issuer: OidcIssuer
) -> None:
    code, verifier = secrets.token_urlsafe(), secrets.token_urlsafe()
    with pytest.raises(Permanent, match="invalid_grant") as refused:
        await issuer.redeem(code, verifier, "http://localhost/sign-in/callback")
    told = str(refused.value)
    assert not any(one in told for one in (code, verifier, sandbox.credentials["oidc"]["client_secret"]))


async def test_a_wrong_secret_is_refused(sandbox: Sandbox) -> None:
    opened = OidcIssuer(settings(sandbox, client_secret="wrong"))
    with pytest.raises(Permanent, match="invalid_client"):
        await opened.redeem("code", "verifier", "http://localhost/sign-in/callback")
    await opened.aclose()


async def test_the_browser_is_sent_with_a_challenge_and_never_with_the_verifier(
    sandbox: Sandbox, issuer: OidcIssuer
) -> None:
    address = await issuer.address(Asked("http://localhost/sign-in/callback", "state", "nonce", "challenge"))
    assert address.startswith(f"{sandbox.url('oidc')}/authorize?response_type=code&")
    assert "code_challenge=challenge&code_challenge_method=S256" in address
