"""Tokens of all four vendors: bought once for everybody, renewed once when refused, and never asked for in vain."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from itertools import count

import pytest

from adapters.crm import patience
from adapters.crm.dynamics.multipart import Operation
from adapters.errors import Permanent, Retryable, SignInRefused, VendorError
from adapters.tokens import Tokens
from tests.adapters.changing import Changing
from tests.adapters.doors import DOORS, Door, Dynamics, NetSuite, Salesforce, Shopify
from tests.adapters.scripted import Asked, Reply, Scripted


class Shop:
    """Sells tokens, each for so many seconds, while the gate is open."""

    def __init__(self, seconds: float | None = 3600.0) -> None:
        self.sold, self.now, self.seconds = 0, 1000.0, seconds
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.secret, self.shown = Changing(), list[str]()
        self.tokens = Tokens(self.buy, self.secret, lambda: self.now)

    async def buy(self, secret: str) -> tuple[str, float | None]:
        self.sold += 1
        self.shown.append(secret)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return f"token-{self.sold}", self.seconds


class TestPurchase:
    async def test_a_token_is_kept_until_five_minutes_before_its_end(self) -> None:
        shop = Shop()
        assert await shop.tokens.get() == "token-1"
        shop.now += 3299
        assert await shop.tokens.get() == "token-1"
        shop.now += 1
        assert await shop.tokens.get() == "token-2"

    async def test_a_short_one_is_used_for_half_its_time(self) -> None:
        shop = Shop(60.0)
        await shop.tokens.get()
        shop.now += 29
        assert await shop.tokens.get() == "token-1"
        shop.now += 1
        assert await shop.tokens.get() == "token-2"

    async def test_one_without_an_end_is_good_until_it_is_refused(self) -> None:
        shop = Shop(None)
        await shop.tokens.get()
        shop.now += 1e9
        assert await shop.tokens.get() == "token-1"
        assert await shop.tokens.get(refused="token-1") == "token-2"

    async def test_a_refusal_of_an_older_token_costs_nothing(self) -> None:
        shop = Shop()
        await shop.tokens.get()
        await shop.tokens.get(refused="token-1")
        assert await shop.tokens.get(refused="token-1") == "token-2"
        assert shop.sold == 2

    async def test_one_that_was_bought_with_another_secret_is_not_used_any_more(self) -> None:
        shop = Shop()
        assert await shop.tokens.get() == "token-1"
        shop.secret.change("second")
        assert await shop.tokens.get() == "token-2"
        assert await shop.tokens.get() == "token-2"
        assert shop.shown == ["first", "second"]

    @pytest.mark.parametrize(("unheard", "tried"), [("second", ["first", "second"]), ("", ["first"])])
    async def test_a_refused_purchase_is_made_once_more_with_another_secret_only(
        self, unheard: str, tried: list[str]
    ) -> None:
        shop = Shop()
        shop.error, shop.secret.unheard = SignInRefused("shop", "token", "no"), unheard
        with pytest.raises(SignInRefused):
            await shop.tokens.get()
        assert shop.shown == tried

    async def test_all_who_wait_share_one_failure_and_the_next_asks_again(self) -> None:
        shop = Shop()
        shop.gate.clear()
        shop.error = Retryable("vendor", "token", "away")
        waiting = [asyncio.create_task(shop.tokens.get()) for _ in range(50)]
        await asyncio.sleep(0)
        shop.gate.set()
        failed = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(each) for each in failed} == {Retryable}
        assert shop.sold == 1
        shop.error = None
        assert await shop.tokens.get() == "token-2"

    async def test_a_caller_who_goes_does_not_take_the_token_with_him(self) -> None:
        shop = Shop()
        shop.gate.clear()
        first, second = asyncio.create_task(shop.tokens.get()), asyncio.create_task(shop.tokens.get())
        await asyncio.sleep(0)
        first.cancel()
        shop.gate.set()
        assert await second == "token-1"
        assert shop.sold == 1
        assert first.cancelled()


class Counter:
    """Sells a new token each time, and accepts only those that were not recalled."""

    def __init__(self, door: Door, seconds: float = 3600) -> None:
        self.door, self.seconds, self.numbers = door, seconds, count(1)
        self.good: set[str] = set()
        self.sold = self.refused = self.served = 0
        self.accepts = True

    def __call__(self, asked: Asked) -> Reply:
        if self.door.signing_in(asked):
            token = f"token-{next(self.numbers)}"
            self.sold += 1
            self.good.add(token)
            return self.door.token(token, self.seconds)
        if "openid-configuration" in asked.path:
            assert isinstance(self.door, Dynamics)
            return self.door.discovery()
        if not self.accepts or self.door.bearer(asked) not in self.good:
            self.refused += 1
            return self.door.expired()
        self.served += 1
        return self.door.good(asked)


@pytest.fixture(params=DOORS, ids=lambda door: door.name)
async def door(request: pytest.FixtureRequest, server: Scripted) -> AsyncIterator[Door]:
    one: Door = request.param(server)
    yield one
    await one.close()


@pytest.fixture
def counter(door: Door) -> Counter:
    one = door.server.answers = Counter(door)
    return one


class TestSignIn:
    async def test_fifty_callers_at_once_sign_in_once(self, door: Door, counter: Counter) -> None:
        await asyncio.gather(*(door.read() for _ in range(50)))
        assert (counter.sold, counter.refused, counter.served) == (1, 0, 50)

    async def test_fifty_callers_with_an_ended_token_renew_it_once(self, door: Door, counter: Counter) -> None:
        await door.read()
        counter.good.clear()
        await asyncio.gather(*(door.read() for _ in range(50)))
        assert (counter.sold, counter.served) == (2, 51)
        assert counter.refused <= 50

    async def test_a_token_that_is_refused_twice_is_an_error_after_two_calls(
        self, door: Door, counter: Counter
    ) -> None:
        counter.accepts = False
        with pytest.raises((Permanent, Retryable)) as caught:
            await door.read()
        assert (counter.sold, counter.refused) == (2, 2)
        assert "check" in caught.value.reason or "is there" in caught.value.reason
        counter.accepts = True
        await door.read()

    async def test_a_write_is_made_once_although_its_first_token_had_ended(self, door: Door, counter: Counter) -> None:
        await door.read()
        counter.good.clear()
        await door.write()
        assert (counter.sold, counter.refused, counter.served) == (2, 1, 2)

    @pytest.mark.parametrize("door", [Shopify, NetSuite, Dynamics], indirect=True)
    async def test_a_token_near_its_end_is_not_used(self, door: Door, server: Scripted) -> None:
        """A Salesforce org does not say when a session ends."""
        counter = server.answers = Counter(door, seconds=1e-6)
        await door.read()
        await door.read()
        assert (counter.sold, counter.refused) == (2, 0)


UNUSABLE: dict[str, Callable[[Door], Reply]] = {
    "throttled": lambda door: Reply(429, {"error": "slow_down"}, {"retry-after": "17"}),
    "throttled without a body": lambda door: Reply(429, "", {"retry-after": "17"}),
    "away": lambda door: Reply(503, "<html>away</html>", {"content-type": "text/html", "retry-after": "17"}),
    "broken": lambda door: Reply(500, {"error": "server_error", "error_description": "x"}),
    "HTML": lambda door: Reply(200, "<html>Sign in</html>", {"content-type": "text/html"}),
    "HTML with a refusal's status": lambda door: Reply(408, "<html>late</html>", {"content-type": "text/html"}),
    "half an answer": lambda door: Reply(200, door.token("token-1").content, cut=True),
    "not an object": lambda door: Reply(200, [1, 2]),
    "no token": lambda door: Reply(200, {"expires_in": 3600, "instance_url": door.server.url}),
    "an empty token": lambda door: Reply(200, {"access_token": "", "expires_in": 3600, "instance_url": "x"}),
    "a token that is no text": lambda door: Reply(200, {"access_token": 7, "expires_in": 3600, "instance_url": "x"}),
}


class TestEndpoint:
    @pytest.mark.parametrize("what", UNUSABLE)
    async def test_an_answer_that_is_no_token_is_retryable(self, door: Door, server: Scripted, what: str) -> None:
        reply = UNUSABLE[what](door)
        good = door.signed_in(door.good)
        server.answers = lambda asked: reply if door.signing_in(asked) else good(asked)
        with pytest.raises(Retryable) as caught:
            await door.read()
        assert caught.value.retry_after == (17.0 if "retry-after" in reply.headers else None)
        server.answers = good
        await door.read()

    async def test_a_sign_in_is_not_sent_to_another_place(self, door: Door, server: Scripted) -> None:
        away = Reply(307, headers={"location": f"{server.url}/thief"})
        good = door.signed_in(door.good)
        server.answers = lambda asked: away if door.signing_in(asked) else good(asked)
        with pytest.raises(Permanent, match="elsewhere"):
            await door.read()
        assert server.count("/thief") == 0

    async def test_a_server_that_is_not_there_is_retryable(self, door: Door, server: Scripted) -> None:
        server.answers = door.signed_in(lambda asked: Reply(200, "{}", cut=True))
        with pytest.raises(Retryable):
            await door.read()


# What the vendors' sign-ins are refused with: (vendor, status, body, what it becomes, a word of the advice).
REFUSED: list[tuple[type[Door], int, object, type[VendorError], str]] = [
    (Shopify, 400, {"error": "application_cannot_be_found"}, SignInRefused, "installed"),
    (Shopify, 401, {"error": "invalid_client"}, SignInRefused, "client id and secret"),
    (Shopify, 403, {"error": "shop_not_permitted"}, SignInRefused, "organization"),
    (Shopify, 404, "Not Found", SignInRefused, "no shop"),
    (NetSuite, 400, {"error": "invalid_grant"}, SignInRefused, "certificate"),
    (NetSuite, 401, {"error": "invalid_client"}, SignInRefused, "certificate"),
    (NetSuite, 403, {"error": "access_denied"}, SignInRefused, "certificate"),
    (Salesforce, 400, {"error": "invalid_grant", "error_description": "audience is invalid"}, SignInRefused, "user"),
    (Salesforce, 400, {"error": "invalid_client_id", "error_description": "x"}, SignInRefused, "no connected app"),
    (Salesforce, 400, {"error": "invalid_client", "error_description": "x"}, SignInRefused, "secret"),
    (Salesforce, 400, {"error": "invalid_client_credentials", "error_description": "x"}, SignInRefused, "secret"),
    (Salesforce, 400, {"error": "unsupported_grant_type", "error_description": "x"}, SignInRefused, "this way"),
    (Salesforce, 400, {"error": "inactive_user", "error_description": "x"}, SignInRefused, "inactive"),
    (Salesforce, 400, {"error": "inactive_org", "error_description": "x"}, SignInRefused, "org is locked"),
    (Salesforce, 400, {"error": "something_new", "error_description": "x"}, SignInRefused, "check the connected app"),
    (Salesforce, 400, {"error": "rate_limit_exceeded", "error_description": "x"}, Retryable, "not now"),
    (Salesforce, 400, {"error": "temporarily_unavailable", "error_description": "x"}, Retryable, "not now"),
    (Salesforce, 400, {"error": "unknown_error", "error_description": "x"}, Retryable, "not now"),
    (Dynamics, 401, {"error": "invalid_client", "error_description": "AADSTS7000215: x"}, SignInRefused, "secret"),
    (Dynamics, 400, {"error": "unauthorized_client", "error_description": "AADSTS700016: x"}, SignInRefused, "tenant"),
    (Dynamics, 400, {"error": "invalid_resource", "error_description": "AADSTS500011: x"}, SignInRefused, "url"),
    (Dynamics, 400, {"error": "invalid_scope", "error_description": "AADSTS70011: x"}, SignInRefused, "url"),
    (Dynamics, 400, {"error": "access_denied", "error_description": "x"}, SignInRefused, "consent"),
    (Dynamics, 400, {"error": "interaction_required", "error_description": "x"}, SignInRefused, "policy"),
    (Dynamics, 400, {"error": "something_new", "error_description": "x"}, SignInRefused, "check client id"),
    (Dynamics, 400, {"error": "temporarily_unavailable", "error_description": "AADSTS90033"}, Retryable, "not now"),
    (Dynamics, 400, {"error": "server_error", "error_description": "x"}, Retryable, "not now"),
]


@pytest.mark.parametrize(
    ("make", "status", "body", "kind", "advice"),
    REFUSED,
    ids=lambda value: value.name if isinstance(value, type) and issubclass(value, Door) else None,
)
async def test_a_refused_sign_in_says_what_to_mend(
    server: Scripted, make: type[Door], status: int, body: object, kind: type[VendorError], advice: str
) -> None:
    door = make(server)
    good = door.signed_in(door.good)
    server.answers = lambda asked: Reply(status, body) if door.signing_in(asked) else good(asked)
    with pytest.raises(kind, match=advice):
        await door.read()
    await door.close()


@pytest.mark.parametrize("make", [Salesforce, Dynamics])
async def test_an_answer_larger_than_any_token_is_not_read(server: Scripted, make: type[Door]) -> None:
    door = make(server)
    good = door.signed_in(door.good)
    large = Reply(200, {"access_token": "x" * 1_100_000, "expires_in": 3600, "instance_url": server.url})
    server.answers = lambda asked: large if door.signing_in(asked) else good(asked)
    with pytest.raises(Retryable, match="no usable answer"):
        await door.read()
    await door.close()


async def test_a_tenant_nobody_knows_is_permanent(server: Scripted) -> None:
    door = Dynamics(server)
    server.answers = lambda asked: Reply(400, {"error": "invalid_tenant", "error_description": "AADSTS90002: x"})
    with pytest.raises(SignInRefused, match="tenant"):
        await door.read()
    await door.close()


async def test_an_authority_that_throttles_its_description_is_retryable(server: Scripted) -> None:
    door = Dynamics(server)
    server.answers = lambda asked: Reply(429, "", {"retry-after": "9"})
    with pytest.raises(Retryable) as caught:
        await door.read()
    assert caught.value.retry_after == 9.0
    await door.close()


@pytest.mark.parametrize("make", [Salesforce, Dynamics])
@pytest.mark.parametrize(("status", "outcome"), [(200, "ok"), (400, "SignInRefused"), (503, "Retryable")])
async def test_a_sign_in_by_the_vendors_library_is_measured_like_every_call(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, make: type[Door], status: int, outcome: str
) -> None:
    told: list[tuple[str, str, str, int]] = []
    monkeypatch.setattr(patience, "call_ended", lambda *what: told.append(what[:4]))
    door = make(server)
    good, bad = door.signed_in(door.good), Reply(status, {"error": "new", "error_description": "x"})
    server.answers = lambda asked: bad if status >= 400 and door.signing_in(asked) else good(asked)
    with contextlib.suppress(VendorError):
        await door.read()
    await door.close()
    assert told == [(door.name, "sign in", outcome, status)]


class TestMidBatch:
    """A token that ends between two calls of one batch: what was done stays done, the rest goes on with a new one."""

    async def test_at_salesforce(self, server: Scripted) -> None:
        door = Salesforce(server)
        counter, sizes = Counter(door), list[int]()

        def answers(asked: Asked) -> Reply:
            reply = counter(asked)
            if reply.status != 200 or door.signing_in(asked):
                return reply
            records = json.loads(asked.body)["records"]
            sizes.append(len(records))
            if len(sizes) == 1:
                counter.good.clear()
            return Reply(200, [{"id": record["Key__c"], "success": True, "errors": []} for record in records])

        server.answers = answers
        results = await door.client.upsert("Contact", "Key__c", [{"Key__c": str(at)} for at in range(450)])
        await door.close()
        assert [result["id"] for result in results] == [str(at) for at in range(450)]
        assert (sizes, counter.sold, counter.refused) == ([200, 200, 50], 2, 1)

    async def test_at_dynamics(self, server: Scripted) -> None:
        door = Dynamics(server)
        counter, sizes = Counter(door), list[int]()

        def answers(asked: Asked) -> Reply:
            reply = counter(asked)
            if reply.status != 200 or b"PATCH" not in asked.body:
                return reply
            sizes.append(asked.body.count(b"PATCH"))
            if len(sizes) == 1:
                counter.good.clear()
            part = b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n"
            return Reply(200, part * sizes[-1] + b"--b--\r\n", {"content-type": "multipart/mixed; boundary=b"})

        server.answers = answers
        groups = [[Operation("PATCH", f"accounts(x='{at}')", {})] for at in range(1100)]
        outcomes = await door.client.run("publish", groups)
        await door.close()
        assert {outcome.status for group in outcomes for outcome in group} == {204}
        assert (len(outcomes), sizes, counter.sold, counter.refused) == (1100, [1000, 100], 2, 1)

    @pytest.mark.parametrize("ends", [0, 1, 2])
    async def test_at_netsuite_between_two_pages(self, server: Scripted, ends: int) -> None:
        door = NetSuite(server)
        counter, pages = Counter(door), list[int]()

        def answers(asked: Asked) -> Reply:
            reply = counter(asked)
            if reply.status >= 400 or door.signing_in(asked):
                return reply
            pages.append(1)
            if len(pages) == ends:
                counter.good.clear()
            return Reply(200, {"items": [{"id": str(len(pages))}], "hasMore": len(pages) < 3})

        server.answers = answers
        rows = await door.client.query("SELECT id FROM transaction")
        await door.close()
        assert rows == [{"id": "1"}, {"id": "2"}, {"id": "3"}]
        assert counter.sold == (2 if ends else 1)
