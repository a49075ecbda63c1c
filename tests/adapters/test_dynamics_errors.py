"""Every way Dataverse says no, and which of our errors it is: codes and statuses, of a call and inside a batch."""

from __future__ import annotations

import functools
from typing import Any

import httpx
import pytest

from adapters.crm.allowance import Kind
from adapters.crm.dynamics import refusals
from adapters.crm.dynamics.environment import Environment, Lookup
from adapters.crm.dynamics.multipart import Outcome
from adapters.crm.dynamics.session import Token
from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.errors import Permanent, Retryable, SignInRefused, VendorError
from tests.adapters.doors import batch

CODES: list[tuple[int, str, type[VendorError], str]] = [
    # (status, code, kind, why). Nothing is of unknown outcome: every write is by key, under a condition.
    (429, "0x80072322", Retryable, "too many requests"),
    (429, "0x80072321", Retryable, "too much execution time"),
    (429, "0x80072326", Retryable, "too many at once"),
    (429, "", Retryable, "too much of something"),
    (500, "0x80044151", Retryable, "a lock that was not free in time"),
    (412, "0x80060882", Retryable, "another version: look again"),
    (412, "0x80040237", Retryable, "there already: look again"),
    (412, "0x80060892", Retryable, "the key is taken: look again"),
    (404, "0x80040217", Retryable, "gone since we looked, or merged: look again"),
    (404, "0x80060891", Retryable, "the same by its key"),
    (412, "0x80040333", Permanent, "stewards decide"),
    (403, "0x80040220", Permanent, "rights"),
    (403, "", Permanent, "rights"),
    (400, "0x80040203", Permanent, "an argument"),
    (400, "0x80060890", Permanent, "an argument"),
    (400, "0x80044330", Permanent, "an argument"),
    (400, "0x80044331", Permanent, "an argument"),
    (400, "0x8004431A", Permanent, "an argument"),
    (400, "0x8006088a", Permanent, "our query"),
    (400, "", Permanent, "codes are often empty"),
    (404, "", Permanent, "no such table"),
    (405, "0x80040227", Permanent, "not for this table"),
    (405, "0x8004023B", Permanent, "not for this table"),
    (405, "0x80040315", Permanent, "not for this table"),
    (412, "", Permanent, "a condition we did not set"),
    (413, "0x8004418A", Permanent, "too large"),
    (500, "", Retryable, "broken, and every write is keyed"),
    (502, "0x80040216", Retryable, "broken, and every write is keyed"),
    (503, "", Retryable, "not taken"),
    (400, "0x8fffffff", Permanent, "a refusal nobody knows: a person looks"),
]


def test_the_table_here_is_the_adapters() -> None:
    assert set(refusals.CODES) <= {code.lower() for _, code, _, _ in CODES}


@functools.cache
def environment() -> Environment:
    """One for all: making one reads the system's certificates. Its token is bought already."""
    mine = DynamicsSettings(url="https://org.test", tenant="t", client_id="x", client_secret="y")
    one = Environment(mine)

    async def buy(secret: str) -> tuple[Token, float]:
        return Token("token"), 3600.0

    one._session._tokens._buy = buy
    return one


async def error_of(answer: httpx.Response) -> VendorError:
    """The error of a read in a batch that is answered so."""
    environment()._wire.http = httpx.MockTransport(lambda request: answer)
    with pytest.raises(VendorError) as caught:
        await environment().read([Lookup("accounts", ("accountid",))])
    return caught.value


def body(code: str, message: str = "what the environment says") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


@pytest.mark.parametrize(("status", "code", "kind", "why"), CODES)
async def test_a_refused_call(status: int, code: str, kind: type[VendorError], why: str) -> None:
    error = await error_of(httpx.Response(status, json=body(code), headers={"retry-after": "33"}))
    assert type(error) is kind
    if isinstance(error, Retryable) and status in (429, 503):
        assert error.retry_after == 33.0


@pytest.mark.parametrize(("status", "code", "kind", "why"), CODES)
async def test_a_refused_operation_of_a_batch(status: int, code: str, kind: type[VendorError], why: str) -> None:
    reply = batch(status, body(code))
    error = await error_of(httpx.Response(200, content=reply.content, headers=dict(reply.headers)))
    assert (type(error), error.code) == (kind, code or str(status))


@pytest.mark.parametrize(
    ("status", "code", "lost"),
    [
        (412, "0x80060882", True),
        (412, "0x80040237", True),
        (412, "0X80060892", True),
        (412, "0x80040333", False),
        (404, "0x80040217", False),
        (412, "", False),
    ],
)
def test_a_lost_race_is_looked_at_again_in_the_same_call(status: int, code: str, lost: bool) -> None:
    assert refusals.lost_race(Outcome(status, body(code))) is lost


STATUSES: list[tuple[int, str, type[VendorError], str]] = [
    # Without the platform's words: (status, body, kind, why)
    (302, "", Permanent, "a page to sign in at: not followed"),
    (304, "", Permanent, "we set no such condition"),
    (400, "<html>", Permanent, "not a request it understands"),
    (403, "<html>", Permanent, "a wall before it"),
    (404, "<html>", Permanent, "no such address"),
    (408, "", Retryable, "it did not arrive whole"),
    (413, "", Permanent, "too large"),
    (429, "", Retryable, "too much"),
    (500, "<html>", Retryable, "broken, and every write is keyed"),
    (502, "<html>", Retryable, "it fails over"),
    (503, "<html>", Retryable, "not taken"),
    (504, "", Retryable, "broken, and every write is keyed"),
    (200, "<html>", Retryable, "no batch"),
    (200, "", Retryable, "nothing"),
]


@pytest.mark.parametrize(("status", "text", "kind", "why"), STATUSES)
async def test_a_status_without_the_platforms_words(status: int, text: str, kind: type[VendorError], why: str) -> None:
    assert type(await error_of(httpx.Response(status, text=text))) is kind


async def test_a_batch_that_is_cut_anywhere_is_retryable() -> None:
    reply = batch(200, {"value": []})
    for cut in range(len(reply.content) - len(b"--\r\n")):
        error = await error_of(httpx.Response(200, content=reply.content[:cut], headers=dict(reply.headers)))
        assert type(error) is Retryable, cut


@pytest.mark.parametrize("rows", [None, [], "x", {}, {"value": None}])
async def test_a_read_that_is_answered_without_rows_is_retryable(rows: Any) -> None:
    reply = batch(200, rows)
    error = await error_of(httpx.Response(200, content=reply.content, headers=dict(reply.headers)))
    assert type(error) is Retryable


@pytest.mark.parametrize(
    "message", ["Resource not found for the segment 'bh_x'", "Could not find a property named 'x'"]
)
def test_a_missing_table_or_column_is_named_with_the_way_out(message: str) -> None:
    error = refusals.refusal("publish", 404, body("0x80060888", message))
    assert type(error) is Permanent
    assert "install the solution" in error.reason


@pytest.mark.parametrize(
    "message", ["Cannot convert the literal 'Anna Vogel' to the expected type", "Invalid value 'Anna Vogel' given"]
)
def test_a_sentence_that_repeats_the_value_is_told_without_it(message: str) -> None:
    assert "Vogel" not in str(refusals.refusal("publish", 400, body("0x80048d19", message)))


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ({"x-ms-ratelimit-burst-remaining-xrm-requests": "5999"}, {"requests": 5999.0}),
        ({"x-ms-ratelimit-time-remaining-xrm-requests": "1,192.04"}, {}),
        (
            {
                "x-ms-ratelimit-burst-remaining-xrm-requests": "5999",
                "x-ms-ratelimit-time-remaining-xrm-requests": "1192.04",
            },
            {"requests": 5999.0, "seconds": 1192.04},
        ),
        ({}, {}),
    ],
)
def test_what_is_left_of_the_limits(headers: dict[str, str], left: dict[str, float]) -> None:
    assert refusals.requests_left(httpx.Response(200, headers=headers)) == left


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Retryable("dynamics", "read", "no connection (ConnectError)"), Kind.FAILING),
        (Retryable("dynamics", "read", "HTTP 503", "503"), Kind.FAILING),
        (Retryable("dynamics", "read", "too many", "0x80072322", 60), Kind.THROTTLED),
        (Retryable("dynamics", "read", "too long", "0x80072321", 60), Kind.THROTTLED),
        (Retryable("dynamics", "read", "too crowded", "0x80072326", 5), Kind.THROTTLED),
        (Retryable("dynamics", "read", "HTTP 429", "429", 5), Kind.THROTTLED),
        (Retryable("dynamics", "read", "a token just bought is refused", "401"), Kind.SHUT_OUT),
        (SignInRefused("dynamics", "sign in", "no", "invalid_client"), Kind.SHUT_OUT),
        (refusals.TokenExpired("dynamics", "read", "ended", "401"), Kind.FINE),
        (Retryable("dynamics", "publish", "changed meanwhile", "0x80060882"), Kind.FINE),
        (Permanent("dynamics", "publish", "no such column", "0x80060888"), Kind.FINE),
    ],
    ids=lambda given: str(given),
)
def test_only_what_the_environment_cannot_do_is_its_trouble(error: VendorError, kind: Kind) -> None:
    assert refusals.trouble(error).kind is kind
