"""A secret is rotated at its counterpart and here: whoever signs in with it goes on with the new one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from adapters.crm.salesforce import SalesforceSettings
from adapters.crm.salesforce.session import Session
from adapters.erp.netsuite.client import NetSuiteClient
from adapters.erp.netsuite.settings import AccessToken, NetSuiteSettings
from adapters.erp.tryton.client import TrytonClient
from adapters.erp.tryton.settings import TrytonSettings
from adapters.errors import Permanent, SignInRefused
from adapters.notify.port import Message
from adapters.notify.smtp import SmtpNotifier, SmtpSettings
from adapters.sign_in.oidc import OidcIssuer, OidcSettings
from adapters.storefront.shopify import ShopifySettings
from adapters.storefront.shopify.client import GraphQL
from tests.adapters.changing import Changing
from tests.adapters.test_tryton_client import Script, refused
from tests.stack.sandbox import Sandbox

ANOTHER = "another-secret-of-theirs"
Rotate = Callable[..., Changing]


@pytest.fixture
def rotate(sandbox: Sandbox) -> Iterator[Rotate]:
    """The secret as it was, after the counterpart has another one; who looks finds it, where `told`."""

    def one(vendor: str, name: str, *, told: bool = True) -> Changing:
        sandbox.heal()
        sandbox.control.post("/credentials", json={vendor: {name: ANOTHER}}).raise_for_status()
        return Changing(sandbox.credentials[vendor][name], unheard=ANOTHER if told else "")

    yield one
    sandbox.control.delete("/credentials").raise_for_status()


@pytest.mark.parametrize("told", [True, False])
async def test_at_the_shop(sandbox: Sandbox, rotate: Rotate, told: bool) -> None:
    secret = rotate("shopify", "client_secret", told=told)
    known, ca = sandbox.credentials["shopify"], str(sandbox.ca_file)
    shop = GraphQL(ShopifySettings(sandbox.url("shopify"), known["client_id"], secret, ca_file=ca))
    try:
        if told:
            assert await shop.read("locations", "{ locations(first: 1) { nodes { id } } }")
        else:
            with pytest.raises(SignInRefused, match="not accepted"):
                await shop.read("locations", "{ locations(first: 1) { nodes { id } } }")
    finally:
        await shop.close()


@pytest.mark.parametrize("name", ["consumer_secret", "token_secret"])
async def test_at_netsuite_where_each_request_is_signed(sandbox: Sandbox, rotate: Rotate, name: str) -> None:
    secrets: dict[str, Any] = {
        each: sandbox.credentials["netsuite"][each] for each in ("consumer_secret", "token_secret")
    }
    secrets[name] = rotate("netsuite", name)
    known = sandbox.credentials["netsuite"]
    login = AccessToken(known["consumer_key"], secrets["consumer_secret"], known["token_id"], secrets["token_secret"])
    erp = NetSuiteClient(NetSuiteSettings(known["account"], sandbox.url("netsuite"), login, str(sandbox.ca_file)))
    try:
        assert await erp.query("SELECT id FROM location")
    finally:
        await erp.close()


async def test_at_salesforce(sandbox: Sandbox, rotate: Rotate) -> None:
    secret = rotate("salesforce", "consumer_secret")
    known, ca = sandbox.credentials["salesforce"], str(sandbox.ca_file)
    session = Session(
        SalesforceSettings(
            url=sandbox.url("salesforce"), client_id=known["consumer_key"], client_secret=secret, ca_file=ca
        )
    )
    opened = await session.open()
    secret.change("wrong")
    with pytest.raises(SignInRefused, match="client id or its secret"):
        await session.open()
    secret.change(ANOTHER)
    assert await session.open() != opened


async def test_at_the_issuer(sandbox: Sandbox, rotate: Rotate) -> None:
    secret = rotate("oidc", "client_secret")
    known = sandbox.credentials["oidc"]
    issuer = OidcIssuer(OidcSettings(sandbox.url("oidc"), known["client_id"], secret, ca_file=str(sandbox.ca_file)))
    try:
        # The client is believed then; the code is nobody's.
        with pytest.raises(Permanent, match="invalid_grant"):
            await issuer.redeem("code", "verifier", "http://localhost/sign-in/callback")
    finally:
        await issuer.aclose()


class Guarded:
    """A mail server with a password."""

    def __init__(self) -> None:
        self.password, self.tried, self.taken = b"first", list[bytes](), 0

    def connected(self) -> SMTP:
        loop = asyncio.get_running_loop()
        return SMTP(self, hostname="localhost", loop=loop, authenticator=self._known, auth_require_tls=False)

    def _known(self, _server: Any, _session: Any, _envelope: Any, _way: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.tried.append(given.password)
        return AuthResult(success=given.password == self.password, handled=False)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken += 1
        return "250 OK"


@pytest.fixture
async def mail() -> AsyncIterator[tuple[Guarded, SmtpNotifier, Changing]]:
    server, secret = Guarded(), Changing()
    listening = await asyncio.get_running_loop().create_server(server.connected, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    post = SmtpNotifier(SmtpSettings("127.0.0.1", port, "r@shop.example", "none", "returns", secret))
    yield server, post, secret
    await post.aclose()
    listening.close()
    await listening.wait_closed()


async def test_at_the_mail_server(mail: tuple[Guarded, SmtpNotifier, Changing]) -> None:
    server, post, secret = mail
    message = Message("R-1.x", "a@example.test", "subject", "text")
    await post.send(message)
    await post.send(message)
    assert server.tried == [b"first"], "one connection is enough"
    server.password, secret.unheard = b"second", "second"
    secret.change("stale")
    await post.send(message)
    # What was open with an earlier password is left, a refused one is looked at again; each is tried in several ways.
    assert list(dict.fromkeys(server.tried)) == [b"first", b"stale", b"second"]
    server.password = b"third"
    secret.change("fourth")
    with pytest.raises(Permanent, match="535"):
        await post.send(message)
    assert server.taken == 3


async def test_at_tryton() -> None:
    secret, tried = Changing(unheard="second"), list[str]()

    class Guard(Script):
        def answer(self, body: dict[str, Any]) -> Any:
            if body["method"] == "common.db.login":
                tried.append(body["params"][1]["password"])
                if tried[-1] == "first":
                    return refused("LoginException", "password", "Password", "password")
            return super().answer(body)

    script = Guard({"result": []})
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    client = TrytonClient(
        TrytonSettings(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "erp", "user", secret)
    )
    try:
        assert await client.find("party.party", [], ("id",)) == []
        assert tried == ["first", "second"]
        secret.change("third")
        await client.find("party.party", [], ("id",))
        assert tried == ["first", "second", "third"]
    finally:
        await client.close()
        server.close()
        await server.wait_closed()
