"""SuiteQL as the account speaks it: strings, pages, joins, and clear refusals."""

from collections.abc import Iterator

import pytest

from tests.stack.netsuite import SUITEQL, Account, error
from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox

FIRST = 21_000


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Iterator[Account]:
    for number in range(5):
        place = FIRST + number
        sandbox.seed(
            order(place, line(place * 10 + 1, f"QL-{number}", 2, "5.00"), line(place * 10 + 2, "QL-X", 1, "1.00"))
        )
    account = Account(sandbox)
    account.login()
    yield account
    account.http.close()


def test_an_invoice_is_found_by_its_storefront_order(account: Account) -> None:
    page = account.ask(
        "SELECT id, tranid, trandate FROM transaction WHERE type = 'CustInvc' AND custbody_storefront_order = ?",
        str(FIRST),
    )
    assert page["totalResults"] == 1
    assert page["items"][0]["trandate"] == "11/14/2026"
    assert account.whole(f"invoice/{page['items'][0]['id']}")["externalId"] == f"invoice-{FIRST}"


def test_a_join_walks_from_the_lines_to_the_items(account: Account) -> None:
    page = account.ask(
        "SELECT i.itemid AS sku, l.quantity FROM transaction t JOIN transactionline l ON l.transaction = t.id"
        " JOIN item i ON i.id = l.item WHERE t.externalid = ? AND l.mainline = 'F' ORDER BY i.itemid DESC",
        f"invoice-{FIRST}",
    )
    assert [(row["sku"], row["quantity"]) for row in page["items"]] == [("QL-X", "-1"), ("QL-0", "-2")]


def test_pages_follow_limit_and_offset(account: Account) -> None:
    query = (
        "SELECT id FROM transaction WHERE type = 'SalesOrd' AND custbody_storefront_order IN (?, ?, ?, ?, ?)"
        " ORDER BY id"
    )
    orders = [str(FIRST + number) for number in range(5)]
    first = account.ask(query, *orders, limit=2, offset=0)
    last = account.ask(query, *orders, limit=2, offset=4)
    assert (first["count"], first["hasMore"], first["totalResults"]) == (2, True, 5)
    assert (last["count"], last["hasMore"]) == (1, False)
    assert {entry["rel"] for entry in first["links"]} == {"self", "next"}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("i.itemid LIKE 'QL-_'", 6),
        ("i.itemid LIKE 'QL-%' AND i.itemid NOT LIKE '%X'", 5),
        ("i.itemid = 'QL-0' OR i.itemid = 'QL-1'", 2),
        ("(i.itemid = 'QL-0' OR i.itemid = 'QL-1') AND i.itemtype = 'InvtPart'", 2),
        ("i.itemid >= 'QL-3' AND i.itemid < 'QL-X'", 2),
        ("i.externalid IS NULL AND i.itemid LIKE 'QL-%'", 0),
        ("UPPER(i.itemid) IN ('QL-0', 'QL-4', 'NONE')", 2),
    ],
)
def test_conditions_combine(account: Account, where: str, found: int) -> None:
    assert account.ask(f"SELECT i.id FROM item i WHERE {where}")["totalResults"] == found


def test_dates_compare_as_dates(account: Account) -> None:
    day = "TO_DATE(?, 'YYYY-MM-DD')"
    query = f"SELECT periodname FROM accountingperiod WHERE startdate <= {day} AND enddate >= {day}"
    assert account.ask(query, "2026-02-28", "2026-02-28")["items"][0]["periodname"] == "Feb 2026"


def test_the_prefer_header_is_required(account: Account) -> None:
    assert error(account.http.post(SUITEQL, json={"q": "SELECT id FROM item"}))[:2] == (400, "INVALID_HEADER")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM nothing",
        "SELECT id",
        "SELECT id FROM item WHERE id =",
        "SELECT id FROM item WHERE id = ?",
        "DROP item",
        "SELECT x.id FROM item i",
    ],
)
def test_a_bad_query_is_refused_and_says_why(account: Account, query: str) -> None:
    answer = account.http.post(SUITEQL, json={"q": query}, headers={"Prefer": "transient"})
    status, code, sentence = error(answer)
    assert (status, code) == (400, "INVALID_PARAMETER")
    assert "Invalid search query" in sentence
