"""What every answer carries, whatever it is, and how much of us anybody may have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.guard import MOST_BYTES, Guard
from runtime import admission
from runtime.rates import Rates, TooFast
from security.roles import Role
from store.port import EVERYTHING, NOTHING, Scope, current, see
from tests.api.office import PASSWORD, Office, served


def check_guarded(answer: httpx.Response) -> None:
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def test_every_answer_is_guarded_errors_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, status in (("/health", 200), ("/sign-in", 200), ("/nowhere", 404), ("/returns", 401)):
        answer = await office.http.get(path)
        assert answer.status_code == status
        check_guarded(answer)
    check_guarded(await office.ask(Role.SUPPORT, "GET", "/returns"))
    monkeypatch.setattr(office.app.state, "calls", None)
    unforeseen = await office.ask(Role.SUPPORT, "GET", "/returns")
    assert unforeseen.status_code == 500
    check_guarded(unforeseen)


async def test_over_tls_cookies_keep_to_it_and_browsers_are_told_to(office: Office) -> None:
    assert "strict-transport-security" not in (await office.http.get("/health")).headers
    url = "https://returns.example"
    async with served(
        replace(office, settings=office.settings.model_copy(update={"api": admission.Api(url=url)}))
    ) as it:
        transport = httpx.ASGITransport(it.app)
        async with httpx.AsyncClient(transport=transport, base_url=url) as browser:
            page = await browser.get("/sign-in")
            assert page.headers["strict-transport-security"].startswith("max-age=63072000")
            answer = await browser.post("/sign-in", data=it.form(page.text, user="support", password=PASSWORD))
            (kept,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-backhaul=")]
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(kept.split("; "))
            assert (await browser.get("/returns")).status_code == 200


async def test_a_request_that_is_too_long_is_413_whether_it_says_so_or_not(office: Office) -> None:
    sent = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent <= 10 * MOST_BYTES:
            sent += 65_536
            yield b"x" * 65_536

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with office.signed_in(Role.SUPPORT) as browser:
        for content in (b"x" * (MOST_BYTES + 1), flood()):
            answer = await browser.post("/returns", content=content, headers=headers)
            assert (answer.status_code, answer.json()["detail"]) == (413, f"a request has at most {MOST_BYTES} bytes")
            check_guarded(answer)
    assert sent <= MOST_BYTES + 65_536


async def test_who_asks_too_much_waits_and_others_do_not(office: Office) -> None:
    few = office.settings.model_copy(update={"api": admission.Api(calls_per_minute=3)})
    async with served(replace(office, settings=few)) as it:
        answers = [await it.ask(Role.SUPPORT, "GET", "/holds") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert [one.headers["ratelimit"].split(";")[1] for one in answers] == ["r=2", "r=1", "r=0", "r=0"]
        assert answers[0].headers["ratelimit-policy"] == '"calls";q=3;w=60'
        assert 1 <= int(answers[3].headers["retry-after"]) <= 60
        assert answers[3].headers["content-type"] == "application/problem+json"
        assert (await it.ask(Role.FINANCE, "GET", "/holds")).status_code == 200


def test_a_minute_later_everybody_begins_anew() -> None:
    now = 100.0
    rates = Rates(2, lambda: now)
    assert (rates.take("a").calls, rates.take("a").calls) == (1, 0)
    now = 130.5
    with pytest.raises(TooFast) as refused:
        rates.take("a")
    assert refused.value.left.seconds == 30
    assert rates.take("b").calls == 1
    now = 160.0
    assert rates.take("a").calls == 1


async def test_where_nothing_is_and_what_is_not_taken_are_told(office: Office) -> None:
    wrong = await office.http.put("/returns")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
    assert wrong.json()["detail"] == "PUT is not taken here, but GET, POST"
    nothing = await office.http.get("/nowhere")
    assert (nothing.status_code, "/openapi.json" in nothing.json()["detail"]) == (404, True)


async def test_a_request_begins_with_nothing_seen_and_leaves_nothing_behind() -> None:
    """Also where one task serves several of them."""
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(current())
        see(EVERYTHING)

    async def nothing(*_: Any) -> Any:
        raise AssertionError("nobody reads or writes here")

    french = Scope(frozenset({"FR"}), None)
    see(french)
    for _ in range(2):
        await Guard(app, {})({"type": "http", "path": "/", "headers": []}, nothing, nothing)
    assert seen == [NOTHING, NOTHING]
    assert current() == french
