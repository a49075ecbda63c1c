"""Every way Shopify says no, and which of our three errors it is: statuses, top-level errors, user errors."""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.errors import Permanent, Retryable, SignInRefused, UnknownOutcome, VendorError
from adapters.storefront.shopify.client import GraphQL, Refused, ShopifySettings, points_left
from adapters.storefront.shopify.refusals import USER, of_top_level

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "vendor" / "shopify" / "schema"
DOCUMENT = "mutation { returnProcess { userErrors { message } } }"
TOKEN = {"access_token": "token-1", "expires_in": 86399}
# (what it becomes for a read or a keyed write, what for a write that may not be repeated)
Kinds = tuple[type[VendorError], type[VendorError]]
NOT_NOW: Kinds = (Retryable, Retryable)
NEVER: Kinds = (Permanent, Permanent)
UNSURE: Kinds = (Retryable, UnknownOutcome)
NO: Kinds = (Refused, Refused)


@functools.cache
def client() -> GraphQL:
    """One for all: making one reads the system's certificates."""
    return GraphQL(ShopifySettings("https://shop.test", "id", "secret"))


async def asked(answer: Callable[[], httpx.Response], *, repeatable: bool) -> VendorError:
    """The error of one write that Shopify answers so."""

    def shop(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=TOKEN) if request.url.path.endswith("access_token") else answer()

    client()._wire.http = httpx.MockTransport(shop)
    with pytest.raises(VendorError) as caught:
        await client().write("returnProcess", DOCUMENT, repeatable=repeatable)
    return caught.value


async def becomes(answer: Callable[[], httpx.Response], kinds: Kinds) -> VendorError:
    """The error of the write; that of the read is looked at on the way."""
    repeated, once = [await asked(answer, repeatable=each) for each in (True, False)]
    assert (type(repeated), type(once)) == kinds
    return once


STATUSES: dict[int, tuple[Kinds, str]] = {
    # status: (kinds, why)
    303: (NEVER, "the shop answers from elsewhere: not followed with our token"),
    400: (NEVER, "not a request it understands"),
    402: (NEVER, "the shop is frozen"),
    403: (NEVER, "the app may not"),
    404: (NEVER, "no such shop, or not in this version"),
    406: (NEVER, "not a request it understands"),
    409: (NEVER, "not a request it understands"),
    413: (NEVER, "the document is too large"),
    415: (NEVER, "not a request it understands"),
    422: (NEVER, "not a request it understands"),
    423: (NEVER, "the shop is locked"),
    429: (NOT_NOW, "too many requests"),
    430: (NEVER, "taken for an attack"),
    500: (UNSURE, "it broke, before or after the work"),
    502: (UNSURE, "somebody between us and the shop lost the answer"),
    503: (NOT_NOW, "not taken"),
    504: (UNSURE, "somebody between us and the shop stopped waiting"),
    530: (UNSURE, "the shop cannot be found behind its front"),
    540: (UNSURE, "closed for now"),
}


@pytest.mark.parametrize("status", STATUSES)
async def test_a_status(status: int) -> None:
    kinds, _ = STATUSES[status]
    error = await becomes(lambda: httpx.Response(status, json={"errors": "what the shop says"}), kinds)
    assert error.call == "returnProcess"


async def test_a_token_that_is_refused_twice_is_permanent() -> None:
    error = await becomes(lambda: httpx.Response(401, json={"errors": "[API] Invalid"}), (SignInRefused, SignInRefused))
    assert "installation and scopes" in error.reason


TOP_LEVEL: dict[str, tuple[Kinds, str]] = {
    # code: (kinds, why)
    "THROTTLED": (NOT_NOW, "the bucket is empty; nothing was run"),
    "ACCESS_DENIED": (NEVER, "a scope is missing"),
    "BAD_REQUEST": (NEVER, "@idempotent is missing"),
    "INVALID_FIELD_ARGUMENTS": (NEVER, "changeFromQuantity is missing"),
    "INVALID_VARIABLE": (NEVER, "a variable does not fit its type"),
    "MAX_COST_EXCEEDED": (NEVER, "the document costs more than 1000 points whenever it is asked"),
    "PARSE_ERROR": (NEVER, "no GraphQL"),
    "RESOURCE_NOT_FOUND": (NEVER, "an id of another type"),
    "SHOP_INACTIVE": (NEVER, "closed"),
    "INTERNAL_SERVER_ERROR": (UNSURE, "it broke, before or after the work"),
    "TIMEOUT": (UNSURE, "it stopped waiting for itself"),
    "SOMETHING_NEW": (UNSURE, "nobody knows what it means"),
    "": (UNSURE, "an error without a code"),
    # The Ruby server's own checks of a document, before anything runs.
    "undefinedField": (NEVER, "code was asked of refundCreate's user errors"),
    "argumentNotAccepted": (NEVER, "compareQuantity"),
    "undefinedDirective": (NEVER, "@idempotent before 2026-01"),
    "missingRequiredArguments": (NEVER, "a wrong document"),
    "missingRequiredInputObjectAttribute": (NEVER, "a wrong document"),
    "argumentLiteralsIncompatible": (NEVER, "a wrong document"),
    "variableMismatch": (NEVER, "a wrong document"),
    "selectionMismatch": (NEVER, "a wrong document"),
    "undefinedType": (NEVER, "a wrong document"),
}


# Longer than a write waits by itself (tests/adapters/test_shopify_wire.py): 10.5 seconds.
LONG_WAIT = {
    "cost": {
        "requestedQueryCost": 1070,
        "actualQueryCost": None,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 20.0, "restoreRate": 100.0},
    }
}


def document(code: str, **more: Any) -> httpx.Response:
    error = {"message": "what the shop says", "extensions": {"code": code} if code else {}}
    return httpx.Response(200, json={"errors": [error], **more})


@pytest.mark.parametrize("code", TOP_LEVEL)
async def test_a_top_level_error(code: str) -> None:
    kinds, _ = TOP_LEVEL[code]
    error = await becomes(lambda: document(code, extensions=LONG_WAIT), kinds)
    assert code in str(error)


@pytest.mark.parametrize("code", ["ACCESS_DENIED", "RESOURCE_NOT_FOUND"])
async def test_an_error_beside_what_a_mutation_did_leaves_open_how_much_it_did(code: str) -> None:
    done: dict[str, Any] = {"data": {"returnProcess": {"return": None, "userErrors": []}}}
    assert type(await asked(lambda: document(code, **done), repeatable=False)) is UnknownOutcome


async def test_throttled_waits_until_the_bucket_holds_what_is_asked() -> None:
    error = await becomes(lambda: document("THROTTLED", extensions=LONG_WAIT), NOT_NOW)
    assert isinstance(error, Retryable)
    assert error.retry_after == pytest.approx(10.5)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "nothing"),
        ("<html>away</html>", "a page"),
        ('{"data": {"returnPro', "half an answer"),
        ("[]", "no GraphQL"),
        ("{}", "neither data nor errors"),
        ('{"data": null}', "no data"),
        ('{"data": {"returnProcess": null}}', "no payload"),
        ('{"errors": "not a list"}', "errors that are no list"),
        ('{"errors": ["not an object"]}', "errors that are no objects"),
    ],
)
async def test_an_answer_that_says_nothing(body: str, why: str) -> None:
    await becomes(lambda: httpx.Response(200, text=body), UNSURE)


_STALE = "the quantity moved meanwhile: the next attempt reads it again"
_RULE = "a rule's no: the same would be refused again"
USER_ERRORS: dict[str, tuple[Kinds, str]] = {
    # ReturnErrorCode
    "ALREADY_EXISTS": (NO, _RULE),
    "BLANK": (NO, _RULE),
    "CREATION_FAILED": (NO, "could not be made, and nothing says it could later"),
    "EQUAL_TO": (NO, _RULE),
    "FEATURE_NOT_ENABLED": (NO, "the plan lacks it"),
    "GREATER_THAN": (NO, _RULE),
    "GREATER_THAN_OR_EQUAL_TO": (NO, _RULE),
    "INCLUSION": (NO, _RULE),
    "INCOMPATIBLE_WITH_STANDARD_POLICY": (NO, _RULE),
    "INTERNAL_ERROR": (UNSURE, "it broke, before or after the work"),
    "INVALID": (NO, _RULE),
    "INVALID_STATE": (NO, _RULE),
    "LESS_THAN": (NO, _RULE),
    "LESS_THAN_OR_EQUAL_TO": (NO, _RULE),
    "MISSING_PERMISSION": (NO, "a scope is missing"),
    "NOTIFICATION_FAILED": (UNSURE, "the mail is the last thing done"),
    "NOT_A_NUMBER": (NO, _RULE),
    "NOT_EDITABLE": (NO, _RULE),
    "NOT_FOUND": (NO, _RULE),
    "PRESENT": (NO, _RULE),
    "TAKEN": (NO, _RULE),
    "TOO_BIG": (NO, _RULE),
    "TOO_LONG": (NO, _RULE),
    "TOO_MANY_ARGUMENTS": (NO, _RULE),
    "TOO_SHORT": (NO, _RULE),
    "WRONG_LENGTH": (NO, _RULE),
    # Inventory
    "ADJUST_QUANTITIES_FAILED": (NOT_NOW, "its description says to try again"),
    "MOVE_QUANTITIES_FAILED": (NOT_NOW, "its description says to try again"),
    "SET_ON_HAND_QUANTITIES_FAILED": (NOT_NOW, "its description says to try again"),
    "CHANGE_FROM_QUANTITY_STALE": (NOT_NOW, _STALE),
    "COMPARE_QUANTITY_STALE": (NOT_NOW, _STALE),
    "COMPARE_QUANTITY_REQUIRED": (NO, _RULE),
    "DIFFERENT_LOCATIONS": (NO, _RULE),
    "IDEMPOTENCY_CONCURRENT_REQUEST": (NOT_NOW, "an earlier attempt is still at work under the key"),
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": (NO, "our key stands for something else"),
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED": (NO, "the same key never will; the caller takes the next one"),
    "INTERNAL_LEDGER_DOCUMENT": (NO, _RULE),
    "INVALID_AVAILABLE_DOCUMENT": (NO, _RULE),
    "INVALID_INVENTORY_ITEM": (NO, _RULE),
    "INVALID_LEDGER_DOCUMENT": (NO, _RULE),
    "INVALID_LOCATION": (NO, _RULE),
    "INVALID_NAME": (NO, _RULE),
    "INVALID_QUANTITY_DOCUMENT": (NO, _RULE),
    "INVALID_QUANTITY_NAME": (NO, _RULE),
    "INVALID_QUANTITY_NEGATIVE": (NO, _RULE),
    "INVALID_QUANTITY_TOO_HIGH": (NO, _RULE),
    "INVALID_QUANTITY_TOO_LOW": (NO, _RULE),
    "INVALID_REASON": (NO, _RULE),
    "INVALID_REFERENCE_DOCUMENT": (NO, _RULE),
    "ITEM_NOT_STOCKED_AT_LOCATION": (NO, _RULE),
    "MAX_ONE_LEDGER_DOCUMENT": (NO, _RULE),
    "MAXIMUM_LEDGER_DOCUMENT_URIS": (NO, _RULE),
    "NON_MUTABLE_INVENTORY_ITEM": (NO, _RULE),
    "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR": (NO, _RULE),
    "SAME_QUANTITY_NAME": (NO, _RULE),
    "SERVICE_UNAVAILABLE": (NOT_NOW, "its description says to try again"),
    # Bulk operations
    "LIMIT_REACHED": (NOT_NOW, "its description says to try again later"),
    "OPERATION_IN_PROGRESS": (NOT_NOW, "another one runs"),
    "INTERNAL_FILE_SERVER_ERROR": (NOT_NOW, "its description says to try again"),
    "INVALID_MUTATION": (NO, _RULE),
    "INVALID_STAGED_UPLOAD_FILE": (NO, _RULE),
    "NO_SUCH_FILE": (NO, _RULE),
    # refundCreate's have no code at all.
    "": (NO, _RULE),
}


@pytest.mark.parametrize("code", USER_ERRORS)
async def test_a_user_error(code: str) -> None:
    kinds, _ = USER_ERRORS[code]
    said = {"message": "what the shop says", "field": ["input", "returnId"], "code": code or None}
    error = await becomes(lambda: httpx.Response(200, json={"data": {"returnProcess": {"userErrors": [said]}}}), kinds)
    assert "what the shop says" in error.reason
    if isinstance(error, Refused):
        assert (error.code, "input.returnId" in error.reason) == (code, True)


@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
def test_the_table_has_every_code_of_the_published_schema(version: str) -> None:
    file = PUBLISHED / f"admin_{version}.json.gz"
    if not file.exists():
        pytest.skip("the published schema does not lie beside this checkout")
    schema = json.loads(gzip.decompress(file.read_bytes()))
    types = {one["name"]: one for one in schema.get("data", schema)["__schema"]["types"]}
    names = ["ReturnErrorCode", "BulkOperationUserErrorCode", "BulkMutationErrorCode"]
    names += [f"Inventory{verb}QuantitiesUserErrorCode" for verb in ("Adjust", "Move", "Set", "SetOnHand")]
    codes = {value["name"] for name in names for value in types[name]["enumValues"]}
    assert codes - set(USER_ERRORS) == set()
    assert set(USER) - codes == set()


def test_a_code_of_the_servers_own_checks_of_a_document_is_permanent_whatever_it_is() -> None:
    assert of_top_level("whateverComesNext").kind is Permanent


_COST = '"cost":{"requestedQueryCost":9,"throttleStatus":{"maximumAvailable":2000.0,"currentlyAvailable":%s}}'


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ('{"data":{},"extensions":{' + _COST % "1990.0" + "}}", {"points": 1990.0}),
        ('{"data":{},"extensions":{' + _COST % " 7" + "}}", {"points": 7.0}),
        ('{"data":{"note":"\\"currentlyAvailable\\":5"}}', {}),
        ('{"data":{}}', {}),
        ("", {}),
    ],
)
def test_the_points_left_in_the_bucket(body: str, left: dict[str, float]) -> None:
    assert points_left(httpx.Response(200, text=body)) == left
