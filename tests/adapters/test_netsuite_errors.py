"""Every way NetSuite says no, and which of our three errors it is: codes, statuses, sentences, broken answers."""

from __future__ import annotations

import functools
from collections.abc import Callable

import httpx
import pytest

from adapters.erp.netsuite.client import NetSuiteClient
from adapters.erp.netsuite.refusals import AlreadyThere, LoginRefused, NotThere
from adapters.erp.netsuite.settings import AccessToken, NetSuiteSettings
from adapters.errors import ClosedPeriod, Permanent, Retryable, UnknownOutcome, VendorError

# (what it becomes for a read, what for a write)
Kinds = tuple[type[VendorError], type[VendorError]]
NOT_NOW: Kinds = (Retryable, Retryable)
NEVER: Kinds = (Permanent, Permanent)
UNSURE: Kinds = (Retryable, UnknownOutcome)


@functools.cache
def client() -> NetSuiteClient:
    """One for all: making one reads the system's certificates. It signs each request, so no token is bought."""
    return NetSuiteClient(NetSuiteSettings("T1", "https://account.test", AccessToken("ck", "cs", "ti", "ts")))


async def becomes(answer: Callable[[httpx.Request], httpx.Response], kinds: Kinds) -> VendorError:
    """The error of a write that NetSuite answers so; that of a read is looked at on the way."""
    client()._wire.http = httpx.MockTransport(answer)
    with pytest.raises(VendorError) as read:
        await client().get("invoice", "7")
    with pytest.raises(VendorError) as written:
        await client().create("creditMemo", {"externalId": "credit:R-1"})
    assert (type(read.value), type(written.value)) == kinds
    return written.value


def said(status: int, code: str, detail: str = "what NetSuite says") -> Callable[[httpx.Request], httpx.Response]:
    body = {"type": "x", "title": "x", "status": status, "o:errorDetails": [{"detail": detail, "o:errorCode": code}]}
    return lambda request: httpx.Response(status, json=body)


CODES: list[tuple[int, str, Kinds, str]] = [
    # (status, code, kinds, why)
    (429, "CONCURRENCY_LIMIT_EXCEEDED", NOT_NOW, "the account's limit, which all its integrations share"),
    (400, "CONCURRENCY_LIMIT_EXCEEDED", NOT_NOW, "its title says Bad Request; the code counts"),
    (400, "SSS_REQUEST_LIMIT_EXCEEDED", NOT_NOW, "the same of a RESTlet, with 400"),
    (400, "RCRD_HAS_BEEN_CHANGED", NOT_NOW, "somebody saved it first; nothing was written"),
    (401, "INVALID_LOGIN", (LoginRefused, LoginRefused), "also with a fresh header"),
    (403, "INVALID_LOGIN_ATTEMPT", (LoginRefused, LoginRefused), "the same in another year's words"),
    (403, "INSUFFICIENT_PERMISSION", NEVER, "the role lacks it"),
    (404, "NONEXISTENT_ID", (NotThere, NotThere), "NetSuite itself knows no such record"),
    (400, "RCRD_DSNT_EXIST", (NotThere, NotThere), "the same by a script's code"),
    (400, "DUP_RCRD", (AlreadyThere, AlreadyThere), "the external id is taken"),
    (400, "INVALID_CONTENT", NEVER, "a value the account does not take"),
    (400, "INVALID_REQUEST", NEVER, "not a request it understands"),
    (400, "INVALID_ID", NEVER, "not an id"),
    (400, "USER_ERROR", NEVER, "a rule's no"),
    (400, "IDEMPOTENCY_ERROR", NEVER, "only asynchronous requests have such a key, and we send none"),
    (500, "UNEXPECTED_ERROR", UNSURE, "it struck anywhere"),
    (400, "UNEXPECTED_ERROR", UNSURE, "the same with a status that says otherwise"),
    (400, "SOMETHING_NEW", NEVER, "a refusal nobody knows: a person looks"),
    (405, "METHOD_NOT_ALLOWED", NEVER, "not a request it understands"),
    (500, "SOMETHING_NEW", UNSURE, "broken, whatever its code"),
]


@pytest.mark.parametrize(("status", "code", "kinds", "why"), CODES)
async def test_a_code(status: int, code: str, kinds: Kinds, why: str) -> None:
    await becomes(said(status, code), kinds)


CLOSED: Kinds = (ClosedPeriod, ClosedPeriod)
SENTENCES: list[tuple[str, Kinds]] = [
    ("The transaction date is not within an open accounting period.", CLOSED),
    ("One or more fields can trigger inventory costing calculations in a closed period.", CLOSED),
    ("Error while accessing a resource. This record already exists.", (AlreadyThere, AlreadyThere)),
    ("Error while accessing a resource. This entity already exists.", (AlreadyThere, AlreadyThere)),
    ("Error while accessing a resource. Record has been changed.", NOT_NOW),
    ("Error while accessing a resource. Please enter value(s) for: Account.", NEVER),
]


@pytest.mark.parametrize(("sentence", "kinds"), SENTENCES)
async def test_a_sentence_of_a_user_error(sentence: str, kinds: Kinds) -> None:
    error = await becomes(said(400, "USER_ERROR", sentence), kinds)
    assert sentence in error.reason


STATUSES: dict[int, tuple[Kinds, str]] = {
    # Answered by something that is not NetSuite's REST service: no words of its own.
    302: (NEVER, "a page to sign in at: not followed"),
    400: (NEVER, "not a request it understands"),
    401: ((LoginRefused, LoginRefused), "whoever says so"),
    403: (NEVER, "a wall before it"),
    404: (NEVER, "no answer about a record: the address is wrong"),
    405: (NEVER, "not a request it understands"),
    408: (NOT_NOW, "it did not arrive whole"),
    413: (NEVER, "larger than 104 MB"),
    415: (NEVER, "not a request it understands"),
    429: (NOT_NOW, "the account's limit"),
    500: (UNSURE, "broken"),
    502: (UNSURE, "somebody between us lost the answer"),
    503: (NOT_NOW, "closed for maintenance"),
    504: (UNSURE, "somebody between us stopped waiting"),
}


@pytest.mark.parametrize("status", STATUSES)
async def test_a_status_without_netsuites_words(status: int) -> None:
    kinds, _ = STATUSES[status]
    await becomes(lambda request: httpx.Response(status, text="<html>what somebody says</html>"), kinds)


@pytest.mark.parametrize("body", ['{"o:errorDetails": []}', '{"o:errorDetails": ["x"]}', '{"o:errorDetails": 7}', "[]"])
async def test_an_error_body_without_an_error_is_judged_by_its_status(body: str) -> None:
    await becomes(lambda request: httpx.Response(400, text=body), NEVER)


@pytest.mark.parametrize("body", ["", "<html>", '{"id": "7', "[]", '"7"'])
async def test_a_read_that_is_answered_with_no_record_is_retryable(body: str) -> None:
    client()._wire.http = httpx.MockTransport(lambda request: httpx.Response(200, text=body))
    with pytest.raises(Retryable):
        await client().get("invoice", "7")


async def test_a_missing_record_is_none_only_when_netsuite_itself_says_so() -> None:
    client()._wire.http = httpx.MockTransport(said(404, "NONEXISTENT_ID"))
    assert await client().find("creditMemo", "credit:R-1") is None
    client()._wire.http = httpx.MockTransport(lambda request: httpx.Response(404, text="no such host"))
    with pytest.raises(Permanent, match="404"):
        await client().find("creditMemo", "credit:R-1")


async def test_a_refused_signature_is_made_once_more_with_another_nonce() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return said(401, "INVALID_LOGIN")(request) if len(seen) == 1 else httpx.Response(200, json={"id": "7"})

    client()._wire.http = httpx.MockTransport(answer)
    assert await client().get("invoice", "7") == {"id": "7"}
    assert len(set(seen)) == 2
