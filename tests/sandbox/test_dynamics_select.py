"""FetchXML, SQL, $apply and lambda expressions: joins, aggregates, stretches of time, pages, and what is refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pytest

from tests.sandbox.dataverse import Dataverse, dataverse, error

COOKIES = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords"


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Dataverse:
    """Three shops, of two towns; the first has two people, the second has one."""
    made = dataverse(tmp_path_factory.getbasetemp())
    for name, number in (("Ash", "T1"), ("Birch", "T1"), ("Cedar", "T2")):
        made.made("accounts", name=name, accountnumber=number, bh_customerref=name)
    for person, shop in (("Ada", "Ash"), ("Abe", "Ash"), ("Bob", "Birch")):
        bind = {"parentcustomerid_account@odata.bind": f"/accounts(bh_customerref='{shop}')"}
        made.made("contacts", lastname=person, firstname="P", **bind)
    return made


def fetched(place: Dataverse, xml: str, entity_set: str = "accounts", **headers: str) -> dict[str, Any]:
    answer = place.api.get(f"{entity_set}?fetchXml={quote(xml)}", headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def selected(place: Dataverse, sql: str, entity_set: str = "accounts", **headers: str) -> dict[str, Any]:
    answer = place.api.get(f"{entity_set}?sql={quote(sql)}", headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def names(rows: list[dict[str, Any]], column: str = "name") -> list[str]:
    return [row[column] for row in rows]


def shops(condition: str) -> str:
    return (
        "<fetch><entity name='account'><attribute name='name'/><order attribute='name'/>"
        f"<filter>{condition}<condition attribute='bh_customerref' operator='not-null'/>"
        "<condition attribute='accountnumber' operator='like' value='T%'/></filter></entity></fetch>"
    )


def test_fetchxml_leaves_out_what_is_empty_and_has_etag_and_id(place: Dataverse) -> None:
    columns = "<attribute name='name'/><attribute name='emailaddress1'/>"
    xml = f"<fetch top='1'><entity name='account'>{columns}</entity></fetch>"
    (row,) = fetched(place, xml)["value"]
    assert set(row) == {"@odata.etag", "accountid", "name"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("<condition attribute='name' operator='eq' value='ash'/>", ["Ash"]),
        ("<condition attribute='name' operator='ne' value='Ash'/>", ["Birch", "Cedar"]),
        (
            "<condition attribute='name' operator='in'><value>Ash</value><value>Cedar</value></condition>",
            ["Ash", "Cedar"],
        ),
        ("<condition attribute='name' operator='not-in'><value>Ash</value></condition>", ["Birch", "Cedar"]),
        ("<condition attribute='name' operator='between'><value>B</value><value>C</value></condition>", ["Birch"]),
        ("<condition attribute='name' operator='ends-with' value='h'/>", ["Ash", "Birch"]),
        ("<condition attribute='name' operator='not-begin-with' value='a'/>", ["Birch", "Cedar"]),
        ("<condition attribute='name' operator='not-like' value='%e%'/>", ["Ash", "Birch"]),
        ("<condition attribute='createdon' operator='today'/>", ["Ash", "Birch", "Cedar"]),
        ("<condition attribute='createdon' operator='last-x-days' value='2'/>", ["Ash", "Birch", "Cedar"]),
        ("<condition attribute='createdon' operator='this-year'/>", ["Ash", "Birch", "Cedar"]),
        ("<condition attribute='createdon' operator='yesterday'/>", []),
        ("<condition attribute='createdon' operator='olderthan-x-months' value='1'/>", []),
        ("<condition attribute='ownerid' operator='eq-userid'/>", ["Ash", "Birch", "Cedar"]),
        ("<condition attribute='statecode' operator='eq' value='1'/>", []),
        (
            "<filter type='or'><condition attribute='name' operator='eq' value='Ash'/>"
            "<condition attribute='accountnumber' operator='eq' value='T2'/></filter>",
            ["Ash", "Cedar"],
        ),
    ],
)
def test_a_condition_keeps_the_rows_it_names(place: Dataverse, condition: str, expected: list[str]) -> None:
    assert names(fetched(place, shops(condition))["value"]) == expected


def test_links_join_keep_or_only_ask_whether(place: Dataverse) -> None:
    def linked(kind: str, inside: str = "") -> list[dict[str, Any]]:
        xml = (
            "<fetch><entity name='account'><attribute name='name'/><order attribute='name'/>"
            "<filter><condition attribute='accountnumber' operator='like' value='T%'/></filter>"
            f"<link-entity name='contact' from='parentcustomerid' to='accountid' alias='c' link-type='{kind}'>"
            f"<attribute name='lastname'/><order attribute='lastname'/>{inside}</link-entity></entity></fetch>"
        )
        rows: list[dict[str, Any]] = fetched(place, xml)["value"]
        return rows

    pairs = [(row["name"], row.get("c.lastname")) for row in linked("inner")]
    assert sorted(pairs, key=str) == [("Ash", "Abe"), ("Ash", "Ada"), ("Birch", "Bob")]
    only_ada = "<filter><condition attribute='lastname' operator='eq' value='Ada'/></filter>"
    outer = [(row["name"], row.get("c.lastname")) for row in linked("outer", only_ada)]
    assert sorted(outer, key=str) == [("Ash", "Ada"), ("Birch", None), ("Cedar", None)]
    assert sorted(names(linked("exists"))) == ["Ash", "Birch"]


def test_fetchxml_counts_sums_and_groups(place: Dataverse) -> None:
    xml = """<fetch aggregate='true'><entity name='contact'>
      <attribute name='contactid' alias='people' aggregate='count'/>
      <link-entity name='account' from='accountid' to='parentcustomerid' alias='a'>
        <attribute name='accountnumber' alias='town' groupby='true'/>
        <filter><condition attribute='accountnumber' operator='like' value='T%'/></filter></link-entity>
      <order alias='people' descending='true'/></entity></fetch>"""
    assert fetched(place, xml, "contacts")["value"] == [{"town": "T1", "people": 3}]
    by_year = """<fetch aggregate='true'><entity name='account'>
      <attribute name='createdon' alias='year' groupby='true' dategrouping='year'/>
      <attribute name='accountnumber' alias='towns' aggregate='countcolumn' distinct='true'/></entity></fetch>"""
    assert fetched(place, by_year)["value"] == [{"year": place.world.clock.now().year, "towns": 2}]


def test_pages_follow_a_cookie_even_when_rows_come_in_between(place: Dataverse) -> None:
    xml = shops("").replace("<fetch>", "<fetch count='2'>")
    prefer = f'odata.include-annotations="{COOKIES}"'
    first = fetched(place, xml, Prefer=prefer)
    assert names(first["value"]) == ["Ash", "Birch"]
    assert first["@Microsoft.Dynamics.CRM.morerecords"] is True
    outer = ElementTree.fromstring(first["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"])
    assert outer.get("pagenumber") == "2"
    place.made("accounts", name="Aaa", accountnumber="T0", bh_customerref="Aaa")
    following = ElementTree.fromstring(xml)
    following.set("page", "2")
    following.set("paging-cookie", unquote(unquote(outer.get("pagingcookie", ""))))
    second = fetched(place, ElementTree.tostring(following, encoding="unicode"), Prefer=prefer)
    assert names(second["value"]) == ["Cedar"]
    assert "@Microsoft.Dynamics.CRM.morerecords" not in second
    following.set("paging-cookie", "<cookie/>")
    broken = place.api.get(f"accounts?fetchXml={quote(ElementTree.tostring(following, encoding='unicode'))}")
    assert error(broken) == (400, "0x80060888")


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("<fetch><entity name='account'><attribute name='nope'/></entity></fetch>", "0x80041103"),
        ("<fetch><entity name='contact'/></fetch>", "0x80040203"),
        ("<fetch><entity name='account'>", "0x80041102"),
        ("<!DOCTYPE x><fetch><entity name='account'/></fetch>", "0x80041102"),
        (shops("<condition attribute='name' operator='under' value='x'/>"), "0x80041103"),
        (shops("<condition attribute='statecode' operator='eq' value='open'/>"), "0x80040203"),
        (shops("<condition attribute='name' operator='eq' valueof='accountnumber'/>"), "0x80041102"),
        (
            "<fetch><entity name='account'><attribute name='name' aggregate='count' alias='n'/></entity></fetch>",
            "0x80040203",
        ),
        ("<fetch><entity name='account'><link-entity name='nope' from='a' to='b'/></entity></fetch>", "0x80041102"),
    ],
)
def test_fetchxml_that_cannot_be_answered_is_refused(place: Dataverse, xml: str, code: str) -> None:
    assert error(place.api.get(f"accounts?fetchXml={quote(xml)}")) == (400, code)


def test_sql_reads_as_documented(place: Dataverse) -> None:
    body = selected(place, "SELECT a.name AS shop, a.primarycontactid FROM account AS a WHERE a.accountnumber = 'T2'")
    (row,) = body["value"]
    assert (row["shop"], set(row)) == ("Cedar", {"@odata.etag", "accountid", "shop"})
    noted = selected(
        place, "SELECT name AS shop FROM account WHERE accountnumber = 'T2'", Prefer='odata.include-annotations="*"'
    )
    assert noted["value"][0]["shop@OData.Community.Display.V1.AttributeName"] == "name"
    left = "SELECT a.name, c.lastname FROM account a LEFT JOIN contact c ON c.parentcustomerid = a.accountid"
    found = selected(place, f"{left} WHERE a.accountnumber LIKE 'T_' ORDER BY c.lastname DESC, name")["value"]
    assert [(row["name"], row.get("lastname")) for row in found] == [
        ("Birch", "Bob"), ("Ash", "Ada"), ("Ash", "Abe"), ("Cedar", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name IN ('Ash', 'Cedar')", ["Ash", "Cedar"]),
        ("name NOT IN ('Ash')", ["Birch", "Cedar"]),
        ("name BETWEEN 'B' AND 'C'", ["Birch"]),
        ("NOT (name = 'Ash' OR accountnumber = 'T2')", ["Birch"]),
        ("emailaddress1 IS NULL AND name <> 'Ash'", ["Birch", "Cedar"]),
        ("emailaddress1 <> 'x'", []),
        ("name NOT LIKE '%e%' AND statecode = 0", ["Ash", "Birch"]),
        ("name = 'it''s'", []),
        ("name <> '--' /* not a comment, that one */", ["Ash", "Birch", "Cedar"]),
    ],
)
def test_a_where_clause_keeps_the_rows_it_names(place: Dataverse, condition: str, expected: list[str]) -> None:
    sql = f"SELECT name FROM account WHERE accountnumber LIKE 'T%' AND ({condition}) ORDER BY name"
    assert names(selected(place, sql)["value"]) == expected


def test_sql_groups_and_counts(place: Dataverse) -> None:
    sql = """SELECT accountnumber, COUNT(*) AS shops, MIN(name) AS first FROM account -- by town
      WHERE accountnumber LIKE 'T%' GROUP BY accountnumber ORDER BY shops DESC"""
    assert selected(place, sql)["value"] == [
        {"accountnumber": "T1", "shops": 2, "first": "Ash"},
        {"accountnumber": "T2", "shops": 1, "first": "Cedar"},
    ]
    distinct = selected(place, "SELECT DISTINCT accountnumber FROM account WHERE accountnumber LIKE 'T%'")["value"]
    assert sorted(names(distinct, "accountnumber")) == ["T1", "T2"]


def test_sql_is_paged_by_links(place: Dataverse) -> None:
    sql = "SELECT name FROM account WHERE accountnumber LIKE 'T%' ORDER BY name"
    first = selected(place, sql, Prefer="odata.maxpagesize=2")
    second = place.api.get(first["@odata.nextLink"], headers={"Prefer": "odata.maxpagesize=2"}).json()
    assert (names(first["value"]), names(second["value"])) == (["Ash", "Birch"], ["Cedar"])
    assert "@odata.nextLink" not in second


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM account", "SELECT *"),
        ("SELECT name FROM contact", "the address is that of 'account'"),
        ("SELECT name FROM account UNION SELECT name FROM account", "UNION"),
        ("SELECT name FROM account HAVING name = 'x'", "HAVING"),
        ("SELECT name FROM account WHERE accountid IN (SELECT accountid FROM account)", "Subqueries"),
        ("SELECT UPPER(name) FROM account", "function 'UPPER'"),
        ("SELECT name, COUNT(*) FROM account", "GROUP BY"),
        ("SELECT name FROM account WHERE 1 = 1", "compare a column"),
        ("SELECT name FROM account WHERE name = accountnumber", "literal value"),
        ("SELECT nope FROM account", "nope"),
        ("SELECT TOP 9999 name FROM account", "TOP"),
        ("DELETE FROM account", "SELECT was expected"),
        ("SELECT a.name FROM account a RIGHT JOIN contact c ON a.accountid = c.parentcustomerid", "RIGHT"),
    ],
)
def test_sql_that_cannot_be_answered_is_refused(place: Dataverse, sql: str, words: str) -> None:
    answer = place.api.get(f"accounts?sql={quote(sql)}")
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


def test_apply_filters_groups_and_aggregates(place: Dataverse) -> None:
    def applied(text: str, entity_set: str = "accounts") -> list[dict[str, Any]]:
        return place.rows(f"{entity_set}?$apply={quote(text)}")

    towns = applied("filter(startswith(accountnumber,'T'))/groupby((accountnumber),aggregate($count as shops))")
    assert towns == [{"accountnumber": "T1", "shops": 2}, {"accountnumber": "T2", "shops": 1}]
    by_shop = (
        "filter(parentcustomerid_account/name eq 'Ash')/groupby((parentcustomerid_account/name),aggregate($count as n))"
    )
    assert applied(by_shop, "contacts") == [{"account_name": "Ash", "n": 2}]
    (newest,) = applied("aggregate(createdon with max as newest)")
    assert newest["newest"] == max(row["createdon"] for row in place.rows("accounts"))
    for wrong in (
        "groupby((createdon))",
        "aggregate(name with median as m)",
        "filter(name eq 'x')",
        "topcount(2,name)",
    ):
        assert error(place.api.get(f"accounts?$apply={quote(wrong)}")) == (400, "0x80060888")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("contact_customer_accounts/any()", ["Ash", "Birch"]),
        ("contact_customer_accounts/any(c:c/lastname eq 'Ada')", ["Ash"]),
        ("not contact_customer_accounts/any(c:startswith(c/lastname,'A'))", ["Birch", "Cedar"]),
        ("contact_customer_accounts/all(c:c/lastname eq 'Bob')", ["Birch", "Cedar"]),
        ("contact_customer_accounts/any(c:c/lastname eq 'Abe' and c/parentcustomerid_account/name eq 'Ash')", ["Ash"]),
        ("Microsoft.Dynamics.CRM.LastXHours(PropertyName='createdon',PropertyValue=3)", ["Ash", "Birch", "Cedar"]),
        ("Microsoft.Dynamics.CRM.OnOrBefore(PropertyName='createdon',PropertyValue='2001-01-01')", []),
    ],
)
def test_lambdas_and_stretches_of_time_filter_rows(place: Dataverse, condition: str, expected: list[str]) -> None:
    query = quote(f"startswith(accountnumber,'T') and {condition}")
    assert names(place.rows(f"accounts?$filter={query}&$orderby=name")) == expected


def test_a_lambda_that_cannot_be_followed_is_refused(place: Dataverse) -> None:
    for wrong in ("nope/any()", "contact_customer_accounts/any(c:lastname eq 'x')", "contact_customer_accounts/all()"):
        assert place.api.get(f"accounts?$filter={quote(wrong)}").status_code == 400
