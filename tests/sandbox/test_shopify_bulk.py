"""Bulk operations: polled until done, results as JSONL, variables uploaded, refusals in recorded words."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox, trust
from tests.stack.shopify import Shop

ORDERS = count(8_670_001)
FIELDS = "id status type errorCode completedAt objectCount rootObjectCount fileSize url partialDataUrl query"
RUN = f"""mutation($query: String!, $group: Boolean!) {{ bulkOperationRunQuery(query: $query, groupObjects: $group) {{
  bulkOperation {{ {FIELDS} }} userErrors {{ field message code }} }} }}"""
RUN_MUTATION = f"""mutation($mutation: String!, $path: String!) {{
  bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path) {{
    bulkOperation {{ {FIELDS} }} userErrors {{ field message code }} }} }}"""
CANCEL = """mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status }
  userErrors { field message } } }"""
STAGE = """mutation($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) {
  stagedTargets { url resourceUrl parameters { name value } } userErrors { field message } } }"""
READ = f"query($id: ID!) {{ bulkOperation(id: $id) {{ {FIELDS} }} node(id: $id) {{ __typename }} }}"
LINES = '{{ orders(query: "name:{0}") {{ edges {{ node {{ id lineItems {{ edges {{ node {{ id sku }} }} }} }} }} }} }}'
TAKE_BACK = """mutation($input: ReturnInput!) { returnCreate(returnInput: $input) {
  return { status } userErrors { message } } }"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of its own: these tests move its clock and never back."""
    one = Sandbox(tmp_path_factory.mktemp("bulk"))
    one.start()
    yield one
    one.stop()


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(sandbox) as one:
        yield one


@pytest.fixture
def number(sandbox: Sandbox) -> int:
    fresh = next(ORDERS)
    sandbox.seed(order(fresh, *(line(fresh * 10 + place, f"B{place}-{fresh}", 2, "5.00") for place in (1, 2))))
    return fresh


def run(shop: Shop, query: str, group: bool = False) -> dict[str, Any]:
    return shop.do(RUN, query=query, group=group)


def wait(sandbox: Sandbox, seconds: float) -> None:
    sandbox.control.post("/clock", json={"advance_seconds": seconds})


@pytest.fixture
def paced(sandbox: Sandbox) -> Sandbox:
    """Bulk operations take ten seconds of the sandbox's clock, which the test moves; those of tests before are over."""
    sandbox.control.post("/shopify/bulk", json={"seconds": 10})
    wait(sandbox, 20)
    return sandbox


def rows(sandbox: Sandbox, url: str) -> list[dict[str, Any]]:
    answer = httpx.get(url, verify=trust(sandbox.ca_file), trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jsonl")
    return [json.loads(row) for row in answer.text.splitlines()]


def test_a_query_is_polled_until_its_rows_are_there(shop: Shop, paced: Sandbox, number: int) -> None:
    made = run(shop, LINES.format(number))
    assert made["userErrors"] == []
    operation = made["bulkOperation"]
    assert (operation["status"], operation["objectCount"], operation["url"]) == ("CREATED", "0", None)
    wait(paced, 6)
    assert shop.data(READ, id=operation["id"])["bulkOperation"]["status"] == "RUNNING"
    wait(paced, 6)
    found = shop.data(READ, id=operation["id"])
    assert found["node"] == {"__typename": "BulkOperation"}
    done = found["bulkOperation"]
    assert (done["status"], done["objectCount"], done["rootObjectCount"]) == ("COMPLETED", "3", "1")
    order_id = f"gid://shopify/Order/{number}"
    listed = rows(paced, done["url"])
    assert listed[0] == {"id": order_id}
    assert [(row["sku"], row["__parentId"]) for row in listed[1:]] == [
        (f"B1-{number}", order_id),
        (f"B2-{number}", order_id),
    ]
    wait(paced, 8 * 86_400)
    shop.token = shop.fetch_token()
    late = shop.data(READ, id=operation["id"])["bulkOperation"]
    assert (late["status"], late["url"]) == ("EXPIRED", None)
    assert httpx.get(done["url"], verify=trust(paced.ca_file), trust_env=False).status_code == 404


def test_operations_are_listed_newest_first_and_found_by_status(shop: Shop, paced: Sandbox, number: int) -> None:
    made = [run(shop, LINES.format(number))["bulkOperation"]["id"] for _ in range(2)]
    query = "query($q: String) { bulkOperations(first: 2, query: $q) { nodes { id } } currentBulkOperation { id } }"
    found = shop.data(query, q="status:CREATED operation_type:QUERY")
    assert [one["id"] for one in found["bulkOperations"]["nodes"]] == made[::-1]
    assert found["currentBulkOperation"]["id"] == made[1]


def test_five_may_run_at_once_and_one_can_be_cancelled(shop: Shop, paced: Sandbox, number: int) -> None:
    made = [run(shop, LINES.format(number))["bulkOperation"]["id"] for _ in range(5)]
    refused = run(shop, LINES.format(number))
    assert refused["bulkOperation"] is None
    assert refused["userErrors"] == [
        {
            "field": None,
            "message": f"A bulk query operation for this app and shop is already in progress: {', '.join(made)}.",
            "code": "OPERATION_IN_PROGRESS",
        }
    ]
    assert shop.do(CANCEL, id=made[0])["bulkOperation"]["status"] == "CANCELING"
    wait(paced, 6)
    assert shop.data(READ, id=made[0])["bulkOperation"]["status"] == "CANCELED"
    again = shop.do(CANCEL, id=made[0])
    assert again["userErrors"][0]["message"] == "A bulk operation cannot be canceled when it is canceled"
    unknown = shop.do(CANCEL, id="gid://shopify/BulkOperation/1")
    assert unknown["userErrors"] == [{"field": ["id"], "message": "Bulk operation does not exist"}]


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("", ["Invalid bulk query: syntax error, unexpected end of file"]),
        ("{ shop { id } }", ["Bulk queries must contain at least one connection."]),
        (
            "{ orders { nodes { id } } }",
            [
                "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
                "'orders { edges { node {'. Selecting via 'nodes' is not supported. Invalid connection fields: "
                "'orders'."
            ],
        ),
        (
            '{ node(id: "gid://shopify/Order/0") { id } }',
            [
                "Bulk queries cannot contain a top level `node` field.",
                "Bulk queries must contain at least one connection.",
            ],
        ),
        (
            "{ orders { edges { node { name lineItems { edges { node { id } } } } } } }",
            [
                "The parent 'node' field for a nested connection must select the 'id' field without an alias and must "
                "be of 'ID' return type. Connection fields without 'id': orders."
            ],
        ),
        (
            "{ orders { edges { node { id fulfillments { fulfillmentLineItems { edges { node { id } } } } } } } }",
            ["Queries that contain a connection field within a list field are not currently supported."],
        ),
        ('mutation { returnClose(id: "gid://shopify/Return/1") { return { id } } }', None),
    ],
)
def test_queries_that_are_refused(shop: Shop, query: str, messages: list[str] | None) -> None:
    refused = run(shop, query)
    expected = messages or ["Invalid operation type. Only `query` operations are supported."]
    assert refused["userErrors"] == [{"field": ["query"], "message": one, "code": "INVALID"} for one in expected]


class TestMutations:
    def stage(self, shop: Shop, method: str = "POST") -> dict[str, Any]:
        wish = {"filename": "v.jsonl", "mimeType": "text/jsonl", "resource": "BULK_MUTATION_VARIABLES"}
        made = shop.do(STAGE, input=[wish | {"httpMethod": method}])
        assert made["userErrors"] == []
        target: dict[str, Any] = made["stagedTargets"][0]
        return target

    def post(self, sandbox: Sandbox, target: dict[str, Any], body: str) -> httpx.Response:
        fields = {one["name"]: one["value"] for one in target["parameters"]}
        files = {"file": ("v.jsonl", body.encode(), "text/jsonl")}
        return httpx.post(target["url"], data=fields, files=files, verify=trust(sandbox.ca_file), trust_env=False)

    def variables(self, shop: Shop, number: int) -> str:
        query = (
            "query($id: ID!) { order(id: $id) { fulfillments { fulfillmentLineItems(first: 2) { nodes { id } } } } }"
        )
        found = shop.data(query, id=f"gid://shopify/Order/{number}")["order"]["fulfillments"][0]
        wishes = [
            {
                "orderId": f"gid://shopify/Order/{number}",
                "returnLineItems": [{"fulfillmentLineItemId": one["id"], "quantity": 1}],
            }
            for one in found["fulfillmentLineItems"]["nodes"]
        ]
        return "\n".join([*(json.dumps({"input": wish}) for wish in wishes), "not json", ""])

    def test_every_row_of_the_upload_is_run(self, shop: Shop, paced: Sandbox, number: int) -> None:
        target = self.stage(shop)
        assert self.post(paced, target, self.variables(shop, number)).status_code == 201
        path = next(one["value"] for one in target["parameters"] if one["name"] == "key")
        made = shop.do(RUN_MUTATION, mutation=TAKE_BACK, path=path)
        assert (made["userErrors"], made["bulkOperation"]["type"]) == ([], "MUTATION")
        wait(paced, 11)
        done = shop.data(READ, id=made["bulkOperation"]["id"])["bulkOperation"]
        listed = rows(paced, done["url"])
        assert [row["__lineNumber"] for row in listed] == [0, 1, 2]
        assert [row["data"]["returnCreate"]["return"] for row in listed[:2]] == [{"status": "OPEN"}] * 2
        assert listed[2]["errors"]

    def test_a_file_may_be_put_too_but_only_to_its_target(self, shop: Shop, sandbox: Sandbox) -> None:
        target = self.stage(shop, "PUT")
        send = {"verify": trust(sandbox.ca_file), "trust_env": False}
        assert httpx.put(target["url"], content=b"{}", **send).status_code == 200  # type: ignore[arg-type]
        forged = target["url"].partition("?")[0] + "?signature=other"
        assert httpx.put(forged, content=b"{}", **send).status_code == 403  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("mutation", "field", "message", "code"),
        [
            (
                "mutation { not parseable",
                None,
                "Failed to parse the mutation - syntax error, unexpected end of file at [1, 16]",
                "INVALID_MUTATION",
            ),
            (
                "query { orders { edges { node { id } } } }",
                None,
                "Invalid operation type. Only `mutation` operations are supported.",
                "INVALID_MUTATION",
            ),
            (
                "mutation($id: ID!) { returnClose(id: $id) { return { id } } returnReopen(id: $id) { return { id } } }",
                ["mutation"],
                "You must specify a single top level mutation.",
                None,
            ),
            (
                "mutation($id: ID!) { bulkOperationCancel(id: $id) { userErrors { field } } }",
                ["mutation"],
                "You must use an allowed mutation name.",
                None,
            ),
            (
                TAKE_BACK,
                None,
                "The JSONL file could not be found. Try uploading the file again, and check that you've entered the "
                "URL correctly for the stagedUploadPath mutation argument.",
                "NO_SUCH_FILE",
            ),
        ],
    )
    def test_mutations_that_are_refused(
        self, shop: Shop, mutation: str, field: list[str] | None, message: str, code: str | None
    ) -> None:
        refused = shop.do(RUN_MUTATION, mutation=mutation, path="tmp/1/bulk/none/v.jsonl")
        assert refused["bulkOperation"] is None
        assert refused["userErrors"] == [{"field": field, "message": message, "code": code}]
