"""Whoever connects and means harm: no header without end, none that never comes, and no address of their choice."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from api import connections, guard
from api.app import build
from api.serving import server
from tests.stack.api import serving
from tests.stack.settings import least_settings

HEAD = b"GET /health HTTP/1.1\r\nHost: api\r\n"


async def said(address: str, *parts: bytes) -> bytes:
    """All that is answered until the connection ends."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(20):
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_header_without_end_is_not_kept_until_there_is_no_room() -> None:
    async with serving(build(least_settings())) as (_, address):
        assert b"200 OK" in await said(address, HEAD, b"Connection: close\r\n\r\n")
        answer = await said(address, HEAD, b"X-Long: ", *[b"a" * 65_536] * 40)
        assert b"200" not in answer.partition(b"\r\n")[0]


async def test_a_request_whose_first_lines_never_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.3)
    async with serving(build(least_settings())) as (_, address):
        assert await said(address, HEAD) == b""
        assert await said(address) == b""
        # One that is here is not cut off, however long it takes.
        late = await said(
            address, b"POST /sign-in HTTP/1.1\r\nHost: api\r\nConnection: close\r\nContent-Length: 9\r\n\r\nuser="
        )
        assert late.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(("named", "told"), [(None, "127.0.0.1"), ("127.0.0.1", "10.9.8.7")])
async def test_an_address_that_is_forwarded_counts_where_the_proxy_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: str | None, told: str
) -> None:
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    if named is not None:
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", named)
    async with serving(build(least_settings())) as (_, address):
        key = b"Authorization: Bearer bh_none_" + b"A" * 43
        rest = b"\r\nX-Forwarded-For: 10.9.8.7\r\nConnection: close\r\n\r\n"
        answer = await said(address, HEAD.replace(b"health", b"holds"), key, rest)
    assert b"401" in answer
    assert f"from {told} was refused" in capsys.readouterr().err


def test_a_connection_that_rests_is_closed_by_its_client_or_a_proxy_first() -> None:
    """Else it is closed under a request that is on its way, which nobody answers."""
    at_most = max(60.0, httpx.Limits().keepalive_expiry or 0.0)
    assert server(build(least_settings()), "127.0.0.1", 0).config.timeout_keep_alive > at_most
