"""Every way Salesforce says no, and which of our errors it is: codes of bodies, of records and of subrequests."""

from __future__ import annotations

import functools
from typing import Any

import httpx
import pytest

from adapters.crm.allowance import Kind
from adapters.crm.salesforce import refusals
from adapters.crm.salesforce.org import Lookup, Org
from adapters.crm.salesforce.session import Opened
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.errors import Permanent, Retryable, SignInRefused, VendorError

CODES: dict[str, tuple[type[VendorError], str]] = {
    # code: (kind, why). Nothing here is ever of unknown outcome: every write is by external id and may be repeated.
    "UNABLE_TO_LOCK_ROW": (Retryable, "somebody else writes the record or its parent"),
    "SERVER_UNAVAILABLE": (Retryable, "over by itself"),
    "REQUEST_LIMIT_EXCEEDED": (Retryable, "the calls of the last 24 hours; they come back"),
    "REQUEST_RUNNING_TOO_LONG": (Retryable, "load"),
    "QUERY_TIMEOUT": (Retryable, "load"),
    "UNKNOWN_EXCEPTION": (Retryable, "the platform's own fault"),
    "API_CURRENTLY_DISABLED": (Retryable, "the platform's own fault"),
    "INVALID_SESSION_ID": (Retryable, "a new session"),
    "PROCESSING_HALTED": (Retryable, "undone for another record's sake"),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": (Retryable, "undone for another record's sake"),
    "ENTITY_IS_DELETED": (Retryable, "deleted or merged since we looked: look again"),
    "DUPLICATE_VALUE": (Retryable, "created since we looked: look again"),
    "DUPLICATES_DETECTED": (Permanent, "stewards decide"),
    "DUPLICATE_EXTERNAL_ID": (Permanent, "stewards decide which is the right one"),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (Permanent, "the org's rule"),
    "FIELD_INTEGRITY_EXCEPTION": (Permanent, "the org's rule"),
    "FIELD_FILTER_VALIDATION_EXCEPTION": (Permanent, "the org's rule"),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (Permanent, "the org's set-up"),
    "REQUIRED_FIELD_MISSING": (Permanent, "the org's set-up"),
    "STRING_TOO_LONG": (Permanent, "the record"),
    "NUMBER_OUTSIDE_VALID_RANGE": (Permanent, "the record"),
    "INVALID_EMAIL_ADDRESS": (Permanent, "the record"),
    "MALFORMED_ID": (Permanent, "the record"),
    "MALFORMED_QUERY": (Permanent, "our query"),
    "JSON_PARSER_ERROR": (Permanent, "our body"),
    "METHOD_NOT_ALLOWED": (Permanent, "our request"),
    "EXCEEDED_ID_LIMIT": (Permanent, "our request"),
    "PRECONDITION_FAILED": (Permanent, "our request; we set no conditions here"),
    "INVALID_TYPE": (Permanent, "the object or its licence is missing"),
    "NOT_FOUND": (Permanent, "the object or its key field is missing"),
    "INVALID_FIELD": (Permanent, "a field is missing"),
    "INVALID_FIELD_FOR_INSERT_UPDATE": (Permanent, "a field may not be written"),
    "INVALID_CROSS_REFERENCE_KEY": (Permanent, "a link to what the user cannot see"),
    "INSUFFICIENT_ACCESS": (Permanent, "rights"),
    "INSUFFICIENT_ACCESS_OR_READONLY": (Permanent, "rights"),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (Permanent, "rights"),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (Permanent, "the org's own code"),
    "STORAGE_LIMIT_EXCEEDED": (Permanent, "the org is full"),
    "API_DISABLED_FOR_ORG": (Permanent, "the org's edition"),
    "FUNCTIONALITY_NOT_ENABLED": (Permanent, "the org's edition"),
    "INVALID_LOGIN": (Permanent, "the org's set-up"),
    "SOMETHING_NEW": (Permanent, "a refusal nobody knows: a person looks"),
}


def test_the_table_here_is_the_adapters() -> None:
    assert set(refusals.CODES) == set(CODES) - {"SOMETHING_NEW"}


@functools.cache
def org() -> Org:
    """One for all: making one reads the system's certificates. Its session is open already."""
    mine = SalesforceSettings(url="https://org.test", client_id="x", client_secret="y")
    one = Org(mine)

    async def open_session(secret: str) -> tuple[Opened, None]:
        return Opened("token", "https://org.test"), None

    one._session._tokens._buy = open_session
    return one


async def error_of(status: int, body: Any, *, text: str = "") -> VendorError:
    """The error of an upsert that the org answers so."""
    answer = {"text": text} if text else {"json": body}
    org()._wire.http = httpx.MockTransport(lambda request: httpx.Response(status, **answer))
    with pytest.raises(VendorError) as caught:
        await org().upsert("Contact", "Key__c", [{"Key__c": "1"}])
    return caught.value


@pytest.mark.parametrize("code", CODES)
async def test_a_refused_call(code: str) -> None:
    kind, _ = CODES[code]
    status = 403 if code == "REQUEST_LIMIT_EXCEEDED" else 400
    error = await error_of(status, [{"message": "what the org says", "errorCode": code}])
    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize("code", CODES)
def test_a_refused_record(code: str) -> None:
    kind, _ = CODES[code]
    item = {"success": False, "errors": [{"statusCode": code, "message": "what the org says", "fields": ["A__c"]}]}
    error = refusals.of_item("publish", item)
    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize("code", CODES)
async def test_a_refused_subrequest(code: str) -> None:
    kind, _ = CODES[code]
    entry = {"httpStatusCode": 400, "referenceId": "part0", "body": [{"message": "x", "errorCode": code}]}
    org()._wire.http = httpx.MockTransport(lambda request: httpx.Response(200, json={"compositeResponse": [entry]}))
    with pytest.raises(VendorError) as caught:
        await org().read([Lookup("Contact", "Key__c", ["1"])])
    assert (type(caught.value), caught.value.code) == (kind, code)
    with pytest.raises(VendorError) as caught:
        await org().upsert_all([("Contact", "Key__c", [{"Key__c": "1"}])])
    assert (type(caught.value), caught.value.code) == (kind, code)


@pytest.mark.parametrize("inner", ["UNABLE_TO_LOCK_ROW", "REQUEST_LIMIT_EXCEEDED"])
def test_a_trigger_that_failed_for_now_is_retryable(inner: str) -> None:
    sentence = f"execution of BeforeUpdate caused by: System.DmlException: first error: {inner}, x"
    errors = [{"statusCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "message": sentence, "fields": []}]
    assert type(refusals.of_item("publish", {"success": False, "errors": errors})) is Retryable


STATUSES: list[tuple[int, str, type[VendorError], str]] = [
    # Without a list of errors in the body: (status, body, kind, why)
    (300, '["/services/data/v67.0/sobjects/Contact/003"]', Permanent, "the key stands for several records"),
    (304, "", Permanent, "we set no conditions here"),
    (307, "", Permanent, "another instance: not followed with our token"),
    (400, "<html>", Permanent, "not a request it understands"),
    (403, "<html>", Permanent, "a wall before the org"),
    (404, "<html>", Permanent, "no such address"),
    (405, "{}", Permanent, "not a request it understands"),
    (408, "", Retryable, "it did not arrive whole"),
    (409, "{}", Permanent, "a conflict nobody knows"),
    (412, "{}", Permanent, "we set no conditions here"),
    (413, "", Permanent, "too large"),
    (420, "", Permanent, "not a status of the platform's list"),
    (429, "", Retryable, "too much"),
    (500, "[]", Retryable, "broken, and every write is keyed"),
    (502, "<html>", Retryable, "broken, and every write is keyed"),
    (503, "<html>", Retryable, "not taken"),
    (504, "", Retryable, "broken, and every write is keyed"),
    (200, "<html>", Retryable, "no answer"),
    (200, '[{"id": "1", ', Retryable, "half an answer"),
    (200, "[]", Retryable, "fewer results than records"),
    (200, '{"id": "1"}', Retryable, "no results"),
]


@pytest.mark.parametrize(("status", "body", "kind", "why"), STATUSES)
async def test_a_status(status: int, body: str, kind: type[VendorError], why: str) -> None:
    assert type(await error_of(status, None, text=body or " ")) is kind


@pytest.mark.parametrize("body", [[], [{}], ["x"], {"message": "x"}, [{"message": "x"}], "text", None, 7])
async def test_a_refusal_in_another_shape_is_judged_by_its_status(body: Any) -> None:
    assert type(await error_of(400, body)) is Permanent


@pytest.mark.parametrize("item", [{}, {"errors": []}, {"errors": None}, {"errors": [{}]}])
def test_a_record_refused_without_a_word_is_permanent(item: dict[str, Any]) -> None:
    assert type(refusals.of_item("publish", {"success": False} | item)) is Permanent


@pytest.mark.parametrize("code", ["STRING_TOO_LONG", "INVALID_EMAIL_ADDRESS", "DUPLICATE_VALUE", "JSON_PARSER_ERROR"])
def test_a_sentence_that_repeats_the_value_is_not_told(code: str) -> None:
    said = {"statusCode": code, "message": "Name: Anna Vogel", "fields": ["Name"]}
    error = refusals.of_item("publish", {"errors": [said]})
    assert "Vogel" not in str(error)
    assert "Name" in str(error)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("api-usage=18/5000", (18, 5000)),
        ("api-usage=18/5000; per-app-api-usage=17/250(appName=x)", (18, 5000)),
        ("per-app-api-usage=17/250(appName=x); api-usage=5001/5000", (5001, 5000)),
        ("per-app-api-usage=17/250(appName=x)", None),
        ("", None),
        ("api-usage=many", None),
    ],
)
def test_the_calls_of_the_day_that_are_used(header: str, told: tuple[int, int] | None) -> None:
    assert refusals.usage(httpx.Response(200, headers={"Sforce-Limit-Info": header})) == told


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Retryable("salesforce", "read", "no connection (ConnectError)"), Kind.FAILING),
        (Retryable("salesforce", "read", "HTTP 503", "503"), Kind.FAILING),
        (Retryable("salesforce", "read", "busy", "SERVER_UNAVAILABLE"), Kind.FAILING),
        (Retryable("salesforce", "read", "limit", "REQUEST_LIMIT_EXCEEDED"), Kind.EXHAUSTED),
        (Retryable("salesforce", "read", "HTTP 429", "429", 7), Kind.THROTTLED),
        (Retryable("salesforce", "read", "a session just opened is refused", "INVALID_SESSION_ID"), Kind.SHUT_OUT),
        (SignInRefused("salesforce", "sign in", "no", "invalid_grant"), Kind.SHUT_OUT),
        (refusals.SessionExpired("salesforce", "read", "ended", "INVALID_SESSION_ID"), Kind.FINE),
        (Retryable("salesforce", "upsert", "locked", "UNABLE_TO_LOCK_ROW"), Kind.FINE),
        (Retryable("salesforce", "upsert", "same value", "DUPLICATE_VALUE"), Kind.FINE),
        (Permanent("salesforce", "upsert", "no such field", "INVALID_FIELD"), Kind.FINE),
    ],
    ids=lambda given: str(given),
)
def test_only_what_the_org_cannot_do_is_its_trouble(error: VendorError, kind: Kind) -> None:
    assert refusals.trouble(error).kind is kind
