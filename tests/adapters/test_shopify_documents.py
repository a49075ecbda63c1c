"""Every document the adapter sends is valid in the published schema, with the variables it really sends."""

import gzip
import json
from functools import cache
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, build_client_schema, parse, validate
from graphql.execution.values import get_variable_values

from adapters.storefront.shopify import documents
from adapters.storefront.shopify.webhook import delivery, signed_by
from tests.stack.sandbox import ROOT

PUBLISHED = ROOT.parent / "shared" / "vendor" / "shopify" / "schema"
ALL = {name: text for name, text in vars(documents).items() if name.isupper() and not name.startswith("_")}
GID = "gid://shopify/Any/1"
EUR = {"amount": "23.78", "currencyCode": "EUR"}
LEDGER = "gid://backhaul/Return/R-1"
RIGHT = "A971iWIMgT8Zj9A9eWfikrFj7wQ16/Qwcc4OlRl2PLc="
VARIABLES: dict[str, dict[str, Any]] = {
    "RETURN_CREATE": {
        "input": {
            "orderId": GID,
            "returnLineItems": [
                {
                    "fulfillmentLineItemId": GID,
                    "quantity": 1,
                    "returnReasonDefinitionId": GID,
                    "returnReasonNote": "Backhaul R-1",
                }
            ],
        }
    },
    "RETURN_APPROVE": {"input": {"id": GID}},
    "RETURN_DECLINE": {"input": {"id": GID, "declineReason": "OTHER"}},
    "RETURN_REMOVE": {"id": GID, "lines": [{"returnLineItemId": GID, "quantity": 1}]},
    "RETURN_PROCESS": {
        "input": {
            "returnId": GID,
            "note": "payout:R-1",
            "notifyCustomer": False,
            "returnLineItems": [
                {
                    "id": GID,
                    "quantity": 1,
                    "dispositions": [
                        {
                            "reverseFulfillmentOrderLineItemId": GID,
                            "quantity": 1,
                            "dispositionType": "NOT_RESTOCKED",
                        }
                    ],
                }
            ],
            "financialTransfer": {
                "issueRefund": {
                    "allowOverRefunding": False,
                    "orderTransactions": [{"parentId": GID, "transactionAmount": EUR}],
                    "refundMethods": [{"storeCreditRefund": {"amount": EUR}}],
                }
            },
        }
    },
    "INVENTORY_ITEMS": {"query": 'sku:"A"'},
    "INVENTORY_ADJUST": {
        "key": "0b8f7c5e-1d52-5d38-9a57-6f3c8f6a0f11",
        "input": {
            "name": "quality_control",
            "reason": "received",
            "referenceDocumentUri": LEDGER,
            "changes": [
                {
                    "delta": 1,
                    "inventoryItemId": GID,
                    "ledgerDocumentUri": LEDGER,
                    "locationId": GID,
                    "changeFromQuantity": None,
                }
            ],
        },
    },
    "INVENTORY_MOVE": {
        "key": "0b8f7c5e-1d52-5d38-9a57-6f3c8f6a0f12",
        "input": {
            "reason": "restock",
            "referenceDocumentUri": LEDGER,
            "changes": [
                {
                    "inventoryItemId": GID,
                    "quantity": 1,
                    "from": {
                        "name": "quality_control",
                        "locationId": GID,
                        "changeFromQuantity": None,
                        "ledgerDocumentUri": LEDGER,
                    },
                    "to": {"name": "available", "locationId": GID, "changeFromQuantity": None},
                }
            ],
        },
    },
}


@cache
def published(version: str) -> GraphQLSchema:
    path = PUBLISHED / f"admin_{version}.json.gz"
    if not path.exists():
        pytest.skip(f"the published schema {path.name} is not beside this checkout")
    document = json.loads(gzip.decompress(path.read_bytes()))
    return build_client_schema(document.get("data", document), assume_valid=True)


def problems(schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]) -> list[str]:
    found = [error.message for error in validate(schema, document)]
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    values = get_variable_values(schema, operation.variable_definitions or (), variables)
    return found + [error.message for error in values] if isinstance(values, list) else found


@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
@pytest.mark.parametrize("name", sorted(ALL))
def test_is_valid_in_the_published_schema(name: str, version: str) -> None:
    variables = VARIABLES.get(name, {"id": GID})
    assert problems(published(version), parse(ALL[name]), variables) == []


def test_the_check_sees_an_invented_field_and_a_bad_variable() -> None:
    schema = published("2026-07")
    assert problems(schema, parse(documents.RETURN_CLOSE.replace("status", "state")), {"id": GID})
    wrong = json.loads(json.dumps(VARIABLES["RETURN_PROCESS"]).replace("NOT_RESTOCKED", "QUARANTINED"))
    assert problems(schema, parse(documents.RETURN_PROCESS), wrong)


class TestWebhookSignature:
    # Worked with `printf '{"id":1}' | openssl dgst -sha256 -hmac secret -binary | base64`.
    BODY = b'{"id":1}'

    def test_the_right_secret(self) -> None:
        assert signed_by("secret", self.BODY, RIGHT)

    @pytest.mark.parametrize(
        ("secret", "body", "signature"),
        [
            ("other", b'{"id":1}', None),
            ("secret", b'{"id": 1}', None),
            ("secret", b'{"id":1}', ""),
            ("secret", b'{"id":1}', "no base64 \u00e9"),
        ],
    )
    def test_anything_else(self, secret: str, body: bytes, signature: str | None) -> None:
        assert not signed_by(secret, body, RIGHT if signature is None else signature)

    def test_a_delivery_needs_all_its_headers(self) -> None:
        headers = {
            "X-Shopify-Hmac-Sha256": RIGHT,
            "X-Shopify-Topic": "returns/request",
            "X-Shopify-Shop-Domain": "backhaul-dev.myshopify.com",
            "X-Shopify-API-Version": "2026-07",
            "X-Shopify-Webhook-Id": "d-1",
            "X-Shopify-Event-Id": "e-1",
        }
        found = delivery("secret", headers, self.BODY)
        assert found is not None
        assert (found.topic, found.event, found.delivery) == ("returns/request", "e-1", "d-1")
        for name in headers:
            if name != "X-Shopify-Event-Id":
                assert delivery("secret", {**headers, name: ""}, self.BODY) is None
