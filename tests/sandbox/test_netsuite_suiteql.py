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
    assert {entry["rel"] for entry in first["links"]} == {"self", "next", "last"}


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
        "SELECT colour FROM item",
        "SELECT i.colour FROM item i",
        "SELECT id FROM item i, customer c",
        "SELECT id FROM item LIMIT 3",
        "SELECT itemid, COUNT(*) FROM item",
        "SELECT itemid FROM item WHERE COUNT(*) > 1",
        "SELECT UNHEARD(itemid) FROM item",
        "SELECT UPPER(itemid, 2) FROM item",
        "SELECT id FROM item WHERE id = (SELECT id FROM location",
        "SELECT id FROM item i RIGHT JOIN customer c ON c.id = i.id",
        "SELECT id FROM item UNION SELECT id, name FROM location",
        "SELECT id FROM item ORDER BY 4",
        "SELECT TO_DATE(itemid, 'YYYY-MM-DD') FROM item",
        "SELECT periodname FROM accountingperiod WHERE startdate = 'soon'",
        "SELECT id FROM item WHERE itemid NOT = 'x'",
        "SELECT 1 / 0 FROM location",
        "SELECT id FROM item; DROP",
        "SELECT id = 1 FROM item",
    ],
)
def test_a_bad_query_is_refused_and_says_why(account: Account, query: str) -> None:
    answer = account.http.post(SUITEQL, json={"q": query}, headers={"Prefer": "transient"})
    status, code, sentence = error(answer)
    assert (status, code) == (400, "INVALID_PARAMETER")
    assert "Invalid search query" in sentence
    assert answer.json()["o:errorDetails"][0]["o:errorQueryParam"] == "q"


def rows(account: Account, query: str, *params: str) -> list[list[str]]:
    """The rows' values, in the order of the columns that have one."""
    items = account.ask(query, *params)["items"]
    return [[value for name, value in row.items() if name != "links"] for row in items]


OURS = "externalid LIKE 'invoice-2100_'"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT COUNT(*) FROM transaction WHERE " + OURS, [["5"]]),
        ("SELECT COUNT(DISTINCT type) AS n FROM transaction WHERE custbody_storefront_order = '21000'", [["3"]]),
        (
            "SELECT i.itemid, SUM(-l.quantity) AS units, COUNT(*) n FROM transaction t JOIN transactionline l ON"
            " l.transaction = t.id JOIN item i ON i.id = l.item WHERE t." + OURS + " GROUP BY i.itemid"
            " HAVING COUNT(*) > 1 ORDER BY 1",
            [["QL-X", "5", "5"]],
        ),
        ("SELECT AVG(foreigntotal) FROM transaction WHERE " + OURS, [["18.92"]]),
        ("SELECT SUM(foreigntotal) FROM transaction WHERE externalid = 'none'", [[]]),
        ("SELECT DISTINCT type FROM transaction WHERE " + OURS, [["CustInvc"]]),
        ("SELECT BUILTIN.DF(type), BUILTIN.DF(status) FROM transaction WHERE externalid = 'invoice-21000'",
         [["Invoice", "Invoice : Paid In Full"]]),
        ("SELECT BUILTIN.DF(t.entity) who FROM transaction t WHERE externalid = 'invoice-21001'", [["Anna Vogel"]]),
        ("SELECT CASE WHEN t.total > 100 THEN 'big' WHEN t.total > 10 THEN 'fair' ELSE 'small' END FROM transaction t"
         " WHERE externalid = 'invoice-21000'", [["fair"]]),
        ("SELECT CASE type WHEN 'CustInvc' THEN 'I' END FROM transaction WHERE externalid = 'invoice-21000'", [["I"]]),
        ("SELECT NVL(memo, 'none'), NVL2(memo, 1, 2), COALESCE(memo, type, 'x') FROM transaction"
         " WHERE externalid = 'order-21000'", [["none", "2", "SalesOrd"]]),
        ("SELECT 'a' || 'b' || NULL, 1 + 2 * 3, (1 + 2) * 3, -4 / 8, MOD(7, 4) FROM location WHERE id = 1",
         [["ab", "7", "9", "-0.5", "3"]]),
        ("SELECT ROUND(2.345, 2), TRUNC(2.999, 1), CEIL(1.1), FLOOR(-1.1), ABS(-3), SIGN(-3) FROM location"
         " WHERE id = 1",
         [["2.35", "2.9", "2", "-2", "3", "-1"]]),
        ("SELECT SUBSTR('return', 3), SUBSTR('return', -3, 2), INSTR('return', 't'), LENGTH('abc'), REPLACE('aba', 'a')"
         " FROM location WHERE id = 1", [["turn", "ur", "3", "3", "b"]]),
        ("SELECT INITCAP('ab cd'), TRIM(' x '), LTRIM('xxa', 'x'), CONCAT('a', 'b'), DECODE(2, 1, 'a', 2, 'b', 'c'),"
         " GREATEST(3, 10), LEAST('b', 'a'), NULLIF(1, 2) FROM location WHERE id = 1",
         [["Ab Cd", "x", "a", "ab", "b", "10", "a", "1"]]),
        ("SELECT TO_CHAR(startdate, 'YYYY-MM-DD'), TO_CHAR(ADD_MONTHS(startdate, 1), 'DD.MM.YYYY'),"
         " LAST_DAY(startdate), enddate - startdate, startdate + 1, TRUNC(enddate, 'MM') FROM accountingperiod"
         " WHERE periodname = 'Jan 2026'",
         [["2026-01-01", "01.02.2026", "1/31/2026", "30", "1/2/2026", "1/1/2026"]]),
        ("SELECT periodname FROM accountingperiod WHERE startdate BETWEEN TO_DATE('2026-03-01', 'YYYY-MM-DD') AND"
         " TO_DATE('03/31/2026', 'MM/DD/YYYY')", [["Mar 2026"]]),
        ("SELECT periodname FROM accountingperiod WHERE startdate = '4/1/2026'", [["Apr 2026"]]),
        ("SELECT periodname FROM accountingperiod WHERE NOT (startdate < '11/1/2028' OR isyear = 'T') ORDER BY id DESC",
         [["Dec 2028"], ["Nov 2028"]]),
        ("SELECT TOP 1 id FROM location", [["1"]]),
        ("SELECT name FROM inventorystatus WHERE id <= 4 ORDER BY id DESC OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY",
         [["Quarantine"], ["Inspection"]]),
        ("SELECT name FROM inventorystatus WHERE ROWNUM <= 2", [["Good"], ["Inspection"]]),
        ("SELECT name FROM inventorystatus WHERE id IN (SELECT id FROM inventorystatus WHERE inventoryavailable = 'T')"
         " AND id < 5", [["Good"]]),
        ("SELECT s.name FROM inventorystatus s WHERE EXISTS (SELECT 1 FROM location l WHERE l.id = s.id)"
         " AND s.id < 5", [["Good"]]),
        ("SELECT (SELECT COUNT(*) FROM transactionline l WHERE l.transaction = t.id AND l.mainline = 'F') FROM"
         " transaction t WHERE t.externalid = 'invoice-21002'", [["2"]]),
        ("SELECT q.n FROM (SELECT COUNT(*) AS n FROM transaction WHERE " + OURS + ") q WHERE q.n > 1", [["5"]]),
        ("WITH ours AS (SELECT id FROM transaction WHERE " + OURS + ") SELECT COUNT(*) FROM ours", [["5"]]),
        ("SELECT name FROM location WHERE id = 1 UNION SELECT name FROM inventorystatus WHERE id = 1 ORDER BY name",
         [["Good"], ["Main Warehouse"]]),
        ("SELECT id FROM location WHERE id = 1 UNION ALL SELECT id FROM inventorystatus WHERE id = 1", [["1"], ["1"]]),
        ("SELECT id FROM inventorystatus WHERE id < 4 MINUS SELECT id FROM location", [["2"], ["3"]]),
        ("SELECT id FROM inventorystatus INTERSECT SELECT id FROM location WHERE id = 1", [["1"]]),
        ("SELECT l.name, s.name FROM location l, inventorystatus s WHERE l.id = s.id AND l.id = 1",
         [["Main Warehouse", "Good"]]),
        ("SELECT s.id, l.name FROM inventorystatus s LEFT JOIN location l ON l.id = s.id WHERE s.id < 3 ORDER BY s.id",
         [["1", "Main Warehouse"], ["2"]]),
        ("SELECT s.id FROM inventorystatus s LEFT OUTER JOIN location l ON l.id = s.id WHERE l.id IS NULL AND s.id < 5"
         " ORDER BY l.name NULLS FIRST, s.id", [["2"], ["3"], ["4"]]),
        ("SELECT id /* the number */ FROM location -- of one\n WHERE id = 1", [["1"]]),
        ('SELECT name AS "Place" FROM location WHERE id = 1', [["Main Warehouse"]]),
    ],
)  # fmt: skip
def test_what_integrators_ask_is_answered(account: Account, query: str, expected: list[list[str]]) -> None:
    assert rows(account, query) == expected


def test_names_of_columns_are_lower_case_and_never_twice_the_same(account: Account) -> None:
    query = (
        "SELECT l.ID, s.Id, COUNT(*), l.Name AS Place FROM location l JOIN inventorystatus s ON s.id = l.id"
        " WHERE l.id = 1 GROUP BY l.id, s.id, l.name"
    )
    row = account.ask(query)["items"][0]
    assert set(row) == {"links", "id", "id_0", "expr3", "place"}


def test_a_star_shows_every_column_that_has_a_value(account: Account) -> None:
    row = account.ask("SELECT * FROM accountingperiod WHERE periodname = 'Jan 2026'")["items"][0]
    assert (row["startdate"], row["closed"], row["isposting"]) == ("1/1/2026", "F", "T")
    assert "closedondate" not in row, "a column without a value is left out"


def test_the_path_from_an_invoice_to_its_credits_is_in_the_links(account: Account) -> None:
    number = str(FIRST + 4)
    invoice = account.ask("SELECT id FROM transaction WHERE externalid = ?", f"invoice-{number}")["items"][0]["id"]
    take = {"item": {"items": [{"orderLine": 2, "quantity": 1}]}}
    made = account.made(f"invoice/{invoice}", "returnAuthorization", take, replace=True)
    query = (
        "SELECT k.nextdoc, k.previousline, k.nextline, k.nexttype, BUILTIN.DF(l.item) sku"
        " FROM nexttransactionlinelink k JOIN transactionline l ON l.transaction = k.nextdoc AND l.id = k.nextline"
        " WHERE k.previousdoc = ? AND k.nexttype = 'RtnAuth'"
    )
    assert rows(account, query, invoice) == [[made, "2", "1", "RtnAuth", "QL-X"]]
    back = "SELECT previousdoc, previoustype FROM previoustransactionlinelink WHERE nextdoc = ?"
    assert rows(account, back, made) == [[invoice, "CustInvc"]]


def test_changes_are_polled_by_their_moment(account: Account) -> None:
    stamp = account.ask(
        "SELECT TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS at FROM transaction WHERE externalid = ?",
        f"invoice-{FIRST}",
    )["items"][0]["at"]
    since = (
        "SELECT id FROM transaction WHERE externalid = ?"
        " AND lastmodifieddate {sign} TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS')"
    )
    assert account.ask(since.format(sign=">="), f"invoice-{FIRST}", stamp)["totalResults"] == 1
    assert account.ask(since.format(sign=">"), f"invoice-{FIRST}", stamp)["totalResults"] == 0
