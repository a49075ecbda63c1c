"""Whatever a vendor answers, no credential and no person's address or number leaves an adapter: not in an error and its
causes, not in a log line of any library, not in a span, not in a metric."""

from __future__ import annotations

import html
import io
import logging
import re
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters import http
from adapters.crm import patience
from adapters.crm.salesforce.refusals import of_item
from adapters.erp.netsuite.client import NetSuiteClient
from adapters.erp.netsuite.settings import AccessToken, NetSuiteSettings
from adapters.errors import VendorError
from adapters.secrets import held
from runtime import logs
from runtime.sections import Telemetry
from tests.adapters.doors import (
    DOORS,
    SECRET,
    Door,
    Dynamics,
    NetSuite,
    Salesforce,
    Shopify,
    batch,
    netsuite_error,
    private_key,
)
from tests.adapters.scripted import Asked, Reply, Scripted

MAIL, PHONE = "anna.vogel@example.test", "+49 170 1234567"
_JWT = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJvcmcifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4"


class SignedNetSuite(NetSuite):
    """The same account, each request signed."""

    def __init__(self, server: Scripted) -> None:
        Door.__init__(self, server)
        keys = AccessToken("the-consumer-key", "the-consumer-secret", "the-id-of-the-token", "the-token-secret")
        self.client = NetSuiteClient(NetSuiteSettings("T1", server.url, keys, server.ca_file))


# What a vendor's tokens look like.
TOKENS: dict[type[Door], str] = {
    Shopify: "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",
    NetSuite: _JWT,
    SignedNetSuite: _JWT,
    Salesforce: "00D5g000004Xyz1!AQcAQNr.ZZ_top9876543210abcdefg",
    Dynamics: _JWT,
}


class Watch:
    """Everything that left the process, as text."""

    def __init__(self, stream: io.StringIO, spans: InMemorySpanExporter, measured: list[Any]) -> None:
        self._stream, self._spans, self._measured = stream, spans, measured
        self.calls = 0

    def seen(self) -> str:
        spans = [span.to_json() for span in self._spans.get_finished_spans()]
        return "\n".join([self._stream.getvalue(), *spans, repr(self._measured)])


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Logs as the processes write them, at their most talkative; spans and measures as they are handed on."""
    stream, spans, measured = io.StringIO(), InMemorySpanExporter(), list[Any]()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    for module in (http, patience):
        monkeypatch.setattr(module, "_TRACER", provider.get_tracer("test"))
        monkeypatch.setattr(module, "call_ended", lambda *told: measured.append(told))
    monkeypatch.setattr(http, "quota_told", lambda *told: measured.append(told))
    monkeypatch.setattr("sys.stderr", stream)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers.clear()
    logs.configure(Telemetry(log_level="DEBUG"))
    try:
        yield Watch(stream, spans, measured)
    finally:
        root.handlers[:], root.level = before[0], before[1]


@pytest.fixture(params=[*DOORS, SignedNetSuite], ids=lambda door: door.__name__)
async def door(request: pytest.FixtureRequest, server: Scripted) -> AsyncIterator[Door]:
    one: Door = request.param(server)
    yield one
    await one.close()


def echo(asked: Asked) -> str:
    """All that was asked, as a careless server repeats it, beside a person."""
    sent = " ".join(f"{name}: {value}" for name, value in asked.headers.items())
    return f"for {MAIL}, {PHONE}: {sent} {asked.body.decode()}"


def shaped(door: Door, asked: Asked) -> Reply:
    """The echo in the sentence of the vendor's own refusal."""
    said = echo(asked)
    if isinstance(door, Shopify):
        return Reply(200, {"errors": [{"message": said, "extensions": {"code": "ACCESS_DENIED"}}]})
    if isinstance(door, NetSuite):
        return netsuite_error(400, "USER_ERROR", said)
    if isinstance(door, Salesforce):
        return Reply(400, [{"message": said, "errorCode": "INVALID_FIELD"}])
    return batch(400, {"error": {"code": "0x80040203", "message": said}})


def user_error(door: Door, asked: Asked) -> Reply:
    error = {"message": echo(asked), "field": ["input"], "code": "INVALID"}
    return Reply(200, {"data": {"returnProcess": {"userErrors": [error]}}})


Answer = Callable[[Door, Asked], Reply]
ANSWERS: dict[str, Answer] = {
    **{
        f"HTTP {status}": lambda door, asked, status=status: Reply(status, echo(asked))  # type: ignore[misc]
        for status in (200, 300, 302, 400, 401, 402, 403, 404, 405, 408, 409, 412, 413, 422, 423, 429, 500, 502, 503)
    },
    "a page": lambda door, asked: Reply(502, f"<p>{html.escape(echo(asked))}</p>", {"content-type": "text/html"}),
    "an OAuth error": lambda door, asked: Reply(400, {"error": "new", "error_description": echo(asked)}),
    "the vendor's own words": shaped,
    "a user error": user_error,
    "half an answer": lambda door, asked: Reply(200, echo(asked), cut=True),
    "half a token": lambda door, asked: Reply(200, door.token(TOKENS[type(door)]).content[:-4]),
    "a token without its time": lambda door, asked: Reply(200, {"access_token": TOKENS[type(door)]}),
}


def credentials(door: Door) -> set[str]:
    """What was sent to be let in, read off the requests, and what was never to be sent."""
    found = {SECRET, "the-consumer-secret", "the-token-secret", TOKENS[type(door)], private_key().splitlines()[1]}
    for asked in door.server.asked:
        sent = asked.headers.get("authorization", "") + asked.headers.get("x-shopify-access-token", "")
        found |= set(re.findall(r'oauth_signature="([^"]+)"', sent)) or ({sent.rpartition(" ")[2]} if sent else set())
        if asked.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = parse_qs(asked.body.decode())
            found |= {form[name][0] for name in ("client_secret", "client_assertion", "assertion") if name in form}
    return found


def told(error: VendorError) -> str:
    """As a log or a history shows it: with everything that led to it."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


async def provoked(door: Door, watch: Watch) -> str:
    seen = []
    for act in (door.read, door.write):
        try:
            await act()
        except VendorError as error:
            seen.append(told(error))
    return "\n".join([*seen, watch.seen()])


def assert_clean(text: str, door: Door, what: str) -> None:
    for secret in (MAIL, PHONE, *credentials(door)):
        assert secret not in text, f"{what}: {secret!r} is told"


async def test_a_call_that_fails_tells_nothing(door: Door, server: Scripted, watch: Watch) -> None:
    for what, answer in ANSWERS.items():
        server.answers = door.signed_in(lambda asked, said=answer: said(door, asked), TOKENS[type(door)])  # type: ignore[misc]
        assert_clean(await provoked(door, watch), door, what)
    assert server.asked


async def test_a_sign_in_that_fails_tells_nothing(door: Door, server: Scripted, watch: Watch) -> None:
    good = door.signed_in(door.good)
    for what, answer in ANSWERS.items():
        server.answers = lambda asked, said=answer: said(door, asked) if door.signing_in(asked) else good(asked)  # type: ignore[misc]
        assert_clean(await provoked(door, watch), door, what)


async def test_a_call_that_goes_well_tells_nothing(door: Door, server: Scripted, watch: Watch) -> None:
    server.answers = door.signed_in(door.good, TOKENS[type(door)])
    text = await provoked(door, watch)
    assert "Traceback" not in text
    assert_clean(text, door, "a good answer")


async def test_a_key_that_cannot_be_read_is_not_told(server: Scripted, watch: Watch) -> None:
    broken = private_key().replace("PRIVATE", "PRIVAT")
    netsuite, salesforce = NetSuite(server), Salesforce(server)
    netsuite.client._login._tokens._secret = held(broken)  # type: ignore[attr-defined]
    session = salesforce.client._session
    session._settings = replace(session._settings, client_secret=None, username="anna@example.test", private_key=broken)
    session._tokens._secret = held(broken)
    for door in (netsuite, salesforce):
        text = await provoked(door, watch)
        assert "the private key cannot be read" in text
        assert_clean(text, door, "a broken key")
        await door.close()


def test_a_refused_record_tells_nothing_of_the_person() -> None:
    said = f"Email: invalid email address: {MAIL}, Phone: {PHONE}"
    for code in ("INVALID_EMAIL_ADDRESS", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "SOMETHING_NEW"):
        error = of_item("publish", {"errors": [{"statusCode": code, "message": said, "fields": ["Email"]}]})
        assert MAIL not in told(error)
        assert PHONE not in told(error)
