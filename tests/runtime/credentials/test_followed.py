"""Vendors' credentials as they are used: a change counts without a restart, and nobody is let down by it."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.crm.dynamics.session import Session
from adapters.errors import Retryable, SignInRefused
from domain.credentials import credential
from domain.errors import BadInput
from runtime import wiring
from runtime.embedded import sandbox as embedded
from runtime.sections import Dynamics
from runtime.wiring import vendors
from tests.runtime.credentials.conftest import FIELD, SECRET, SHOP, Books, keyring
from tests.stack.sandbox import Sandbox
from tests.stack.settings import least_settings


@pytest.mark.timeout(60)
async def test_a_process_that_follows_hears_of_a_change_at_once(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.credentials.vault._RECHECK", 3600.0)
    async with books.vault(follow=True) as vault:
        secret = vault.secret(credential(SHOP))
        assert not isinstance(secret, str)
        assert await secret.text() == "secret"
        while not await books.run("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%credentials%'"):
            """It connects beside what it is connected for."""
        await books.write(SHOP, SECRET)
        while secret.version != 1:
            await books.run("SELECT 1")
        assert await secret.text() == SECRET


@pytest.mark.timeout(60)
async def test_a_change_of_which_nobody_was_told_is_found_by_looking(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.credentials.vault._RECHECK", 0.02)
    await books.write(SHOP, SECRET)
    async with books.vault(follow=True) as vault:
        assert await vault.text(credential(SHOP)) == SECRET
        # Written past us, as by a restored backup: no NOTIFY.
        await books.run("UPDATE credentials SET sealed = NULL, version = 7")
        while vault.version(credential(SHOP)) != 7:
            await books.run("SELECT 1")
        assert await vault.text(credential(SHOP)) == "secret"


async def test_the_one_before_proves_its_holder_for_a_while_and_never_signs_in(books: Books) -> None:
    await books.write(SHOP, "second", overlap=timedelta(hours=1))
    # The first was that of the settings.
    assert await books.accepted(SHOP) == ("second", "secret")
    assert await books.now(SHOP) == "second"
    await books.write(SHOP, "third", overlap=timedelta(0))
    assert await books.accepted(SHOP) == ("third",)
    await books.write(SHOP, "fourth")
    assert await books.accepted(SHOP) == ("fourth", "third")
    await books.run("UPDATE credentials SET before_until = now() - interval '1 second'")
    assert await books.accepted(SHOP) == ("fourth",)
    async with books.keeping() as keeping:
        with pytest.raises(BadInput, match="overlap_hours"):
            await keeping.write(FIELD, "x", "ines", timedelta(hours=1))


async def test_books_that_are_away_are_no_reason_to_give_up() -> None:
    away = least_settings(BACKHAUL_CREDENTIALS__KEYS=keyring("one"))
    async with wiring.vault(away) as vault:
        with pytest.raises(Retryable, match="shopify credentials"):
            await vault.text(credential(SHOP))


@dataclass
class Org:
    """A Dynamics environment, whose secret is rotated there, and processes of ours that sign in."""

    sandbox: Sandbox
    books: Books

    @asynccontextmanager
    async def session(self, follow: bool) -> AsyncIterator[Session]:
        async with AsyncExitStack() as stack:
            vault = await stack.enter_async_context(self.books.vault(follow=follow))
            given = self.books.settings().crm["field"]
            assert isinstance(given, Dynamics)
            secrets = vendors.kept(vault, "dynamics", "field")
            yield Session(vendors.dynamics(given, self.sandbox.ca_file, secrets=secrets))

    def rotate(self, secret: str) -> None:
        self.sandbox.control.post("/credentials", json={"dynamics": {"client_secret": secret}}).raise_for_status()

    def sign_ins(self) -> list[int]:
        """What became of those since the last look, oldest first."""
        calls = self.sandbox.control.get("/calls", params={"vendor": "dynamics"}).json()["recent"]
        self.sandbox.control.delete("/calls").raise_for_status()
        return [call["status"] for call in calls if call["operation"] == "TOKEN"]


@pytest.fixture
def org(sandbox: Sandbox, books: Books, tmp_path: Path) -> Iterator[Org]:
    place = embedded.Place(tmp_path)
    place.data.mkdir()
    (place.data / "credentials.json").write_text(json.dumps(sandbox.credentials))
    given = embedded.variables(place, sandbox.ports)
    begin = "BACKHAUL_CRM__DYNAMICS__"
    books.more = {name.replace(begin, "BACKHAUL_CRM__FIELD__"): given[name] for name in given if name.startswith(begin)}
    one = Org(sandbox, books)
    one.sign_ins()
    yield one
    sandbox.control.delete("/credentials").raise_for_status()


@pytest.mark.timeout(60)
async def test_a_rotated_secret_counts_without_a_restart_and_the_token_of_the_old_one_is_dropped(org: Org) -> None:
    async with org.session(follow=True) as session:
        bought = await session.token()
        assert await session.token() == bought
        org.rotate("another-secret-of-theirs")
        await org.books.write(FIELD, "another-secret-of-theirs")
        while session._tokens._secret.version != 1:
            await org.books.run("SELECT 1")
        assert await session.token() != bought
    assert org.sign_ins() == [200, 200]


async def test_a_refused_sign_in_looks_whether_the_secret_was_changed_before_it_counts(org: Org) -> None:
    async with org.session(follow=False) as session:
        bought = await session.token()
        org.rotate("another-secret-of-theirs")
        with pytest.raises(SignInRefused, match="client secret"):
            await session.token(stale=bought)
        assert org.sign_ins() == [200, 401], "nobody wrote another one: it is not tried twice"
        await org.books.write(FIELD, "another-secret-of-theirs")
        assert await session.token()
    assert org.sign_ins() == [401, 200]


async def test_the_shops_webhooks_are_believed_by_either_secret_while_one_takes_the_others_place(books: Books) -> None:
    body, names = b"{}", ("topic", "shop-domain", "api-version", "webhook-id")

    def signed(secret: str) -> dict[str, str]:
        signature = base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()
        return {f"x-shopify-{name}": "x" for name in names} | {"x-shopify-hmac-sha256": signature}

    await books.write(SHOP, "second")
    async with books.vault() as vault:
        for secret, believed in (("secret", True), ("second", True), ("third", False)):
            assert (await wiring.webhook(vault, signed(secret), body) is not None) is believed, secret
