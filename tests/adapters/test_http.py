"""The wire to a vendor: every way a call can fail is one of our three errors, and every call is measured and traced."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters import http
from adapters.bodies import MOST_BYTES
from adapters.errors import Permanent, Retryable, UnknownOutcome, VendorError
from adapters.http import Call, Wire, retry_after, transport
from tests.adapters.scripted import Scripted

READ = Call("GET thing", "GET", "https://vendor.test/thing", repeatable=True)
WRITE = Call("POST thing", "POST", "https://vendor.test/thing", repeatable=False, json={"amount": "1.00"})

Handler = Callable[[httpx.Request], httpx.Response]


def wire(handler: Handler) -> Wire:
    return Wire("vendor", httpx.MockTransport(handler))


def fails(error: type[httpx.HTTPError]) -> Wire:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error("anna@example.test")

    return wire(handler)


def answers(status: int, **more: object) -> Wire:
    return wire(lambda request: httpx.Response(status, **more))  # type: ignore[arg-type]


async def error_of(one: Wire, call: Call) -> VendorError:
    with pytest.raises(VendorError) as caught:
        await one.send(call)
    return caught.value


FAILURES: dict[type[httpx.RequestError], tuple[type[VendorError], type[VendorError]]] = {
    # error: (of a call that may be repeated, of one that may not)
    httpx.ConnectError: (Retryable, Retryable),
    httpx.ConnectTimeout: (Retryable, Retryable),
    httpx.PoolTimeout: (Retryable, Retryable),
    httpx.ProxyError: (Retryable, Retryable),
    httpx.ReadError: (Retryable, UnknownOutcome),
    httpx.ReadTimeout: (Retryable, UnknownOutcome),
    httpx.WriteError: (Retryable, UnknownOutcome),
    httpx.WriteTimeout: (Retryable, UnknownOutcome),
    httpx.CloseError: (Retryable, UnknownOutcome),
    httpx.RemoteProtocolError: (Retryable, UnknownOutcome),
    httpx.DecodingError: (Retryable, UnknownOutcome),
    httpx.TooManyRedirects: (Retryable, UnknownOutcome),
    httpx.LocalProtocolError: (Permanent, Permanent),
    httpx.UnsupportedProtocol: (Permanent, Permanent),
}


def test_the_table_has_every_failure_httpx_can_raise_of_a_request() -> None:
    def leaves(kind: type[httpx.RequestError]) -> set[type[httpx.RequestError]]:
        below = kind.__subclasses__()
        return set().union(*map(leaves, below)) if below else {kind}

    assert set(FAILURES) == leaves(httpx.RequestError)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
async def test_every_failure_is_one_of_ours(failure: type[httpx.RequestError]) -> None:
    for call, expected in zip((READ, WRITE), FAILURES[failure], strict=True):
        error = await error_of(fails(failure), call)
        assert type(error) is expected
        assert str(error).startswith(f"vendor {call.name}: ")
        assert "anna" not in str(error)


async def test_an_address_that_is_none_is_permanent() -> None:
    broken = Call("GET thing", "GET", "https://vendor.test:port/thing", repeatable=True)
    assert type(await error_of(answers(200), broken)) is Permanent


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (400, Permanent, Permanent),
        (401, Permanent, Permanent),
        (404, Permanent, Permanent),
        (408, Retryable, Retryable),
        (413, Permanent, Permanent),
        (425, Retryable, Retryable),
        (429, Retryable, Retryable),
        (500, Retryable, UnknownOutcome),
        (502, Retryable, UnknownOutcome),
        (503, Retryable, Retryable),
        (504, Retryable, UnknownOutcome),
        (301, Permanent, Permanent),
        (307, Permanent, Permanent),
    ],
)
async def test_a_status_is_one_of_ours(status: int, read: type[VendorError], write: type[VendorError]) -> None:
    for call, expected in ((READ, read), (WRITE, write)):
        error = await error_of(answers(status, text="<p>mail anna@example.test, +49 170 1234567</p>"), call)
        assert type(error) is expected
        assert "anna" not in str(error)
        assert "1234567" not in str(error)


async def test_a_good_answer_comes_back_and_its_json_too() -> None:
    one = answers(200, json={"id": 1})
    assert one.json_of(READ, await one.send(READ)) == {"id": 1}


@pytest.mark.parametrize("body", ["", "<html>", '{"id": 1'])
async def test_an_answer_that_is_no_json_is_lost(body: str) -> None:
    one = answers(200, text=body)
    for call, expected in ((READ, Retryable), (WRITE, UnknownOutcome)):
        with pytest.raises(expected):
            one.json_of(call, await one.send(call))


async def test_the_vendors_own_judgement_comes_first() -> None:
    def judge(answer: httpx.Response) -> None:
        raise Retryable("vendor", "GET thing", "bucket is empty")

    judged = Call("GET thing", "GET", "https://vendor.test/thing", repeatable=True, judge=judge)
    assert (await error_of(answers(400), judged)).reason == "bucket is empty"


async def test_a_vendor_says_how_long_to_wait() -> None:
    error = await error_of(answers(429, headers={"Retry-After": "7"}), READ)
    assert isinstance(error, Retryable)
    assert error.retry_after == 7.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("²", None),
        (".", None),
        ("-5", None),
        ("0", 0.0),
        ("1.5", 1.5),
        ("9" * 400, 86_400.0),
        ("1e5", 86_400.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
    ],
)
def test_retry_after_is_seconds_within_a_day(value: str | None, seconds: float | None) -> None:
    headers = {} if value is None else {"retry-after": value.encode("latin-1")}
    assert retry_after(httpx.Response(429, headers=headers)) == seconds  # type: ignore[arg-type]


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    wait = retry_after(httpx.Response(429, headers={"retry-after": date}))
    assert wait is not None
    assert 50 < wait <= 60


async def test_every_call_is_measured_by_its_outcome_and_status(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[tuple[str, str, str, int]] = []
    monkeypatch.setattr(
        http,
        "call_ended",
        lambda vendor, name, outcome, status, seconds: measured.append((vendor, name, outcome, status)),
    )
    await answers(200).send(READ)
    await error_of(answers(429), READ)
    await error_of(fails(httpx.ReadTimeout), WRITE)

    async def hangs(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(200)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await Wire("vendor", httpx.MockTransport(hangs)).send(READ)
    assert measured == [
        ("vendor", "GET thing", "ok", 200),
        ("vendor", "GET thing", "Retryable", 429),
        ("vendor", "POST thing", "UnknownOutcome", 0),
        ("vendor", "GET thing", "abandoned", 0),
    ]


@pytest.mark.parametrize("status", [200, 429])
async def test_what_is_left_to_ask_is_told_with_the_call_also_when_it_is_refused(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    told: list[tuple[str, str, float]] = []
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(http, "_TRACER", provider.get_tracer("test"))
    monkeypatch.setattr(http, "quota_told", lambda *args: told.append(args))
    handler = httpx.MockTransport(lambda request: httpx.Response(status, headers={"left": "12"}))
    one = Wire("vendor", handler, lambda answer: {"calls": float(answer.headers["left"])})
    with contextlib.suppress(Retryable):
        await one.send(READ)
    (span,) = spans.get_finished_spans()
    assert span.attributes is not None
    assert (span.attributes["backhaul.quota.calls"], span.attributes["http.response.status_code"]) == (12.0, status)
    assert told == [("vendor", "calls", 12.0)]


async def test_a_call_carries_the_trace_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        heard.append(request.headers["traceparent"])
        return httpx.Response(200)

    tracer = TracerProvider().get_tracer("test")
    monkeypatch.setattr(http, "_TRACER", tracer)
    with tracer.start_as_current_span("caller") as span:
        await wire(handler).send(READ)
    (parent,) = heard
    assert parent.split("-")[1] == trace.format_trace_id(span.get_span_context().trace_id)


async def test_the_environments_proxy_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\n{}")
        await writer.drain()
        writer.close()

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    pool = transport(None)
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        call = replace(READ, url=f"http://127.0.0.1:{port}/")
        assert (await Wire("vendor", pool).send(call)).json() == {}
    await pool.aclose()


async def test_every_call_has_its_time_limits() -> None:
    limits: list[dict[str, float]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"])
        return httpx.Response(200)

    await wire(handler).send(READ)
    assert limits == [{"connect": 5.0, "read": 20.0, "write": 20.0, "pool": 20.0}]


async def test_no_cookie_of_one_answer_travels_with_the_next_call() -> None:
    sent: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"set-cookie": "session=1; Path=/"})

    one = wire(handler)
    await one.send(READ)
    await one.send(READ)
    assert sent == [None, None]


async def test_an_answer_that_says_it_is_too_large_is_not_read() -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(2000):
            read += 1
            yield b"x" * 65_536

    async def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-length": str(2000 * 65_536)}, content=body())

    for call, kind in ((READ, Retryable), (WRITE, UnknownOutcome)):
        read = 0
        with pytest.raises(kind, match=f"larger than {MOST_BYTES} bytes"):
            await Wire("vendor", httpx.MockTransport(handler)).send(call)
        assert read <= MOST_BYTES // 65_536 + 1


@pytest.mark.parametrize("layers", [1, 2])
async def test_an_answer_that_is_small_only_while_it_is_packed_is_too_large(layers: int) -> None:
    body = b"x" * (MOST_BYTES + 1)
    for _ in range(layers):
        body = gzip.compress(body, 1)
    one = answers(200, headers={"content-encoding": ", ".join(["gzip"] * layers)}, content=body)
    assert "larger than" in (await error_of(one, READ)).reason


async def test_a_packed_answer_and_one_in_pieces_come_back_as_they_were() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"id": '
        yield '1, "name": "Größe"}'.encode()

    packed = answers(200, headers={"content-encoding": "gzip", "x-request": "7"}, content=gzip.compress(b'{"id": 1}'))
    answer = await packed.send(READ)
    assert (answer.json(), answer.headers["x-request"]) == ({"id": 1}, "7")
    assert (await answers(200, content=pieces()).send(READ)).json() == {"id": 1, "name": "Größe"}


async def test_a_server_nobody_vouches_for_is_not_spoken_to(server: Scripted) -> None:
    pool = transport(None)
    error = await error_of(Wire("vendor", pool), replace(READ, url=server.url))
    await pool.aclose()
    assert type(error) is Retryable
    assert "BACKHAUL_FILES__CA" in error.reason
    assert server.asked == []


async def test_a_certificate_for_another_name_is_not_taken(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    known = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **rest: known("127.0.0.1", *more, **rest))
    pool = transport(server.ca_file)
    there = server.url.replace("localhost", "elsewhere.test")
    error = await error_of(Wire("vendor", pool), replace(READ, url=there))
    await pool.aclose()
    assert "not signed by anybody trusted" in error.reason
    assert server.asked == []


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_server_that_repeats_our_credentials_is_not_quoted_with_them(status: int) -> None:
    call = replace(WRITE, headers={"Authorization": "Bearer opaque.words-of-letters", "Accept": "*/*"})
    one = wire(lambda request: httpx.Response(status, text=f"what is {request.headers['Authorization']}?"))
    with pytest.raises(VendorError) as caught:
        one.json_of(call, await one.send(call))
    assert "what is Bearer […]?" in str(caught.value)


async def test_the_answer_of_a_sign_in_is_never_quoted() -> None:
    call = Call("TOKEN", "POST", "https://vendor.test/token", repeatable=True, form={"client_id": "x"})
    one = answers(200, text='{"access_token": "half-a-tok')
    with pytest.raises(Retryable) as caught:
        one.json_of(call, await one.send(call))
    assert str(caught.value) == "vendor TOKEN: answer is not JSON"


async def test_a_header_that_cannot_be_written_is_permanent_and_not_told() -> None:
    for broken in ("Bearer sécret-token", "Bearer two\nlines-token"):
        pool = transport(None)
        error = await error_of(
            Wire("vendor", pool), replace(READ, headers={"Authorization": broken}, url="http://127.0.0.1:1")
        )
        await pool.aclose()
        assert "token" not in str(error)
