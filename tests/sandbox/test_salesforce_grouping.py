"""Child queries, groups and aggregates, queries after IN, FIELDS(), search, relationships, batch and tree."""

from typing import Any

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from tests.sandbox.test_salesforce_changes import rest
from tests.sandbox.test_salesforce_queries import refusal


@pytest.fixture(scope="module")
def tag() -> str:
    return "group-673"


@pytest.fixture
def cases(sf: Any, tag: str) -> list[str]:
    """Three cases, made once: two of high priority with versions 1 and 3, one of low priority without."""
    known = sf.query(f"SELECT Id FROM Case WHERE SuppliedCompany = '{tag}' ORDER BY Subject")["records"]
    if not known:
        for at, (priority, version) in enumerate((("High", 1), ("Low", None), ("High", 3))):
            case = {
                "Subject": f"{tag} {at}",
                "Priority": priority,
                "SuppliedCompany": tag,
                "Return_Version__c": version,
            }
            sf.Case.create(case)
        known = sf.query(f"SELECT Id FROM Case WHERE SuppliedCompany = '{tag}' ORDER BY Subject")["records"]
    return [row["Id"] for row in known]


def rows(sf: Any, query: str) -> list[dict[str, Any]]:
    found = [dict(row) for row in sf.query(query)["records"]]
    for row in found:
        row.pop("attributes")
    return found


def test_rows_are_grouped_and_measured(sf: Any, cases: list[str], tag: str) -> None:
    where = f"FROM Case WHERE SuppliedCompany = '{tag}'"
    assert rows(sf, f"SELECT Priority, COUNT(Id) many {where} GROUP BY Priority ORDER BY COUNT(Id) DESC") == [
        {"Priority": "High", "many": 2},
        {"Priority": "Low", "many": 1},
    ]
    figures = "COUNT(Return_Version__c), SUM(Return_Version__c), AVG(Return_Version__c), MIN(Subject), MAX(Subject)"
    assert rows(sf, f"SELECT {figures}, COUNT() {where}") == [
        {"expr0": 2, "expr1": 4, "expr2": 2.0, "expr3": f"{tag} 0", "expr4": f"{tag} 2", "expr5": 3}
    ]
    assert rows(sf, f"SELECT COUNT_DISTINCT(Priority) {where}") == [{"expr0": 2}]
    assert rows(sf, f"SELECT SUM(Return_Version__c) s {where} AND Priority = 'Low'") == [{"s": None}]
    having = f"SELECT Priority p {where} GROUP BY Priority HAVING COUNT(Id) > 1 AND (NOT Priority IN ('Low'))"
    assert rows(sf, having) == [{"p": "High"}]
    assert rows(sf, f"SELECT Priority, COUNT(Id) n {where} GROUP BY Priority ORDER BY n LIMIT 1")[0]["n"] == 1
    assert rows(sf, f"SELECT COUNT(Id) {where} AND Subject = 'nobody' GROUP BY Priority") == []
    told = sf.query(f"SELECT COUNT(Id) {where}")
    assert (told["totalSize"], told["records"][0]["attributes"]["type"]) == (1, "AggregateResult")


def test_groups_over_a_parents_field(sf: Any, tag: str) -> None:
    account = sf.Account.create({"Name": f"{tag} parent"})["id"]
    for name in ("a", "b"):
        sf.Contact.create({"LastName": name, "AccountId": account})
    query = f"SELECT Account.Name, COUNT(Id) FROM Contact WHERE AccountId = '{account}' GROUP BY Account.Name"
    assert rows(sf, query) == [{"Name": f"{tag} parent", "expr0": 2}]


@pytest.mark.parametrize(
    ("query", "expected", "said"),
    [
        ("SELECT Subject, COUNT(Id) FROM Case", "MALFORMED_QUERY", "Field must be grouped or aggregated: Subject"),
        ("SELECT Nope, COUNT(Id) FROM Case GROUP BY Nope", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT SUM(Nope) FROM Case", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT FIELDS(ALL) FROM Case", "MALFORMED_QUERY", "must have a LIMIT of at most 200"),
        ("SELECT FIELDS(SOME) FROM Case LIMIT 1", "MALFORMED_QUERY", "unexpected token: 'SOME'"),
        ("SELECT Id, (SELECT Id FROM Nopes) FROM Account", "INVALID_TYPE", "Didn't understand relationship 'Nopes'"),
        ("SELECT Id, (SELECT Id FROM Contacts FROM Account", "MALFORMED_QUERY", "expecting ), found 'FROM'"),
        ("SELECT Id FROM Case WHERE AccountId IN (SELECT Id, Name FROM Account)", "MALFORMED_QUERY", "one field"),
        ("SELECT toLabel(Status) FROM Case", "MALFORMED_QUERY", "expecting from, found '('"),
    ],
)
def test_a_grouping_that_cannot_be_is_refused(sf: Any, query: str, expected: str, said: str) -> None:
    name, message = refusal(sf, query)
    assert name == expected
    assert said in message


def test_children_stand_inside_their_parents(sf: Any, tag: str) -> None:
    account = sf.Account.create({"Name": f"{tag} children"})["id"]
    for name in ("Zoe", "Ann", "Max"):
        sf.Contact.create({"LastName": name, "AccountId": account})
    inner = "SELECT LastName, Account.Name FROM Contacts WHERE LastName != 'Max' ORDER BY LastName LIMIT 5"
    row = sf.query(f"SELECT Name, ({inner}), (SELECT Id FROM Cases) FROM Account WHERE Id = '{account}'")["records"][0]
    assert [each["LastName"] for each in row["Contacts"]["records"]] == ["Ann", "Zoe"]
    assert (row["Contacts"]["totalSize"], row["Contacts"]["done"], row["Cases"]) == (2, True, None)
    assert row["Contacts"]["records"][0]["Account"]["Name"] == f"{tag} children"


def test_a_query_after_in_stands_for_what_it_finds(sf: Any, tag: str) -> None:
    account = sf.Account.create({"Name": f"{tag} joined"})["id"]
    person = sf.Contact.create({"LastName": "Joined", "AccountId": account})["id"]
    query = f"SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Name = '{tag} joined')"
    assert rows(sf, query) == [{"Id": person}]
    none = f"SELECT Id FROM Account WHERE Id = '{account}' AND Id NOT IN (SELECT AccountId FROM Contact)"
    assert rows(sf, none) == []


def test_fields_stand_for_names(sf: Any, cases: list[str]) -> None:
    where = f"FROM Case WHERE Id = '{cases[0]}'"
    every, standard, custom = (rows(sf, f"SELECT FIELDS({kind}) {where} LIMIT 1")[0] for kind in _KINDS)
    assert set(every) == set(standard) | set(custom)
    assert "Returns_Ref__c" in custom
    assert "Subject" in standard
    assert "Subject" in rows(sf, f"SELECT FIELDS(STANDARD) {where}")[0]


_KINDS = ("ALL", "STANDARD", "CUSTOM")


def test_search_finds_words_in_the_texts_asked_about(sf: Any) -> None:
    account = sf.Account.create({"Name": "Quillwort Gardens", "Description": "ferns"})["id"]
    person = sf.Contact.create({"LastName": "Quillwort", "Email": "fern@quillwort.example"})["id"]

    def found(search: str) -> list[str]:
        return [row["Id"] for row in sf.search(search)["searchRecords"]]

    assert found("FIND {quillwort} IN ALL FIELDS RETURNING Account, Contact(Id, Email)") == [account, person]
    assert found("FIND {Quillw* AND gardens} RETURNING Account(Id), Contact(Id)") == [account]
    assert found("FIND {ferns OR fern} RETURNING Account(Id), Contact(Id)") == [account, person]
    assert found("FIND {ferns} IN NAME FIELDS RETURNING Account(Id)") == []
    assert found("FIND {fern} IN EMAIL FIELDS RETURNING Contact(Id WHERE LastName = 'Quillwort' LIMIT 1)") == [person]
    assert found("FIND {quillwort} RETURNING Account, Contact LIMIT 1") == [account]
    assert found("FIND {quill} RETURNING Account") == []
    by_get = sf.restful("parameterizedSearch", {"q": "quillwort", "sobject": "Account", "Account.fields": "Name"})
    assert [row["Name"] for row in by_get["searchRecords"]] == ["Quillwort Gardens"]
    wish = {"q": "quillwort", "fields": ["Id"], "sobjects": [{"name": "Contact", "where": "Email != null", "limit": 3}]}
    posted = sf.restful("parameterizedSearch", method="POST", json=wish)
    assert [row["Id"] for row in posted["searchRecords"]] == [person]


@pytest.mark.parametrize("search", ["quillwort", "FIND {q}", "FIND {quill} IN COLOUR FIELDS RETURNING Account"])
def test_a_search_that_cannot_be_read_is_refused(sf: Any, search: str) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="MALFORMED_SEARCH"):
        sf.search(search)


def test_relationships_are_addresses(sf: Any, tag: str) -> None:
    account = sf.Account.create({"Name": f"{tag} address"})["id"]
    person = sf.Contact.create({"LastName": "Address", "AccountId": account})["id"]
    assert sf.restful(f"sobjects/Contact/{person}/Account", {"fields": "Name"})["Name"] == f"{tag} address"
    assert [row["Id"] for row in sf.restful(f"sobjects/Account/{account}/Contacts")["records"]] == [person]
    assert rest(sf, "PATCH", f"sobjects/Contact/{person}/Account", json={"Name": "renamed"}).status_code == 204
    assert sf.Account.get(account)["Name"] == "renamed"
    assert rest(sf, "DELETE", f"sobjects/Account/{account}/Contacts").status_code == 405
    lonely = sf.Contact.create({"LastName": "Lonely"})["id"]
    for path in (f"Contact/{lonely}/Account", f"Contact/{lonely}/Nope"):
        assert rest(sf, "GET", f"sobjects/{path}").status_code == 404


def test_a_batch_answers_each_request_by_itself(sf: Any) -> None:
    good = {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "Batched"}}
    bad = {"method": "GET", "url": "v67.0/sobjects/Account/001000000000000AAA"}
    told = sf.restful("composite/batch", method="POST", json={"batchRequests": [bad, good]})
    assert (told["hasErrors"], [each["statusCode"] for each in told["results"]]) == (True, [404, 201])
    halting = {"batchRequests": [bad, good], "haltOnError": True}
    told = sf.restful("composite/batch", method="POST", json=halting)
    assert [each["statusCode"] for each in told["results"]] == [404, 412]
    assert told["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert rest(sf, "POST", "composite/batch", json={"batchRequests": []}).status_code == 400


def test_a_tree_is_planted_whole_or_not_at_all(sf: Any, tag: str) -> None:
    def leaf(name: str, **more: Any) -> dict[str, Any]:
        return {"attributes": {"type": "Contact", "referenceId": name}, "LastName": name, **more}

    def tree(*leaves: dict[str, Any]) -> dict[str, Any]:
        root = {"attributes": {"type": "Account", "referenceId": "root"}, "Name": f"{tag} tree"}
        return {"records": [root | {"Contacts": {"records": list(leaves)}}]}

    planted = rest(sf, "POST", "composite/tree/Account", json=tree(leaf("one"), leaf("two")))
    assert (planted.status_code, planted.json()["hasErrors"]) == (201, False)
    ids = {each["referenceId"]: each["id"] for each in planted.json()["results"]}
    assert sf.Contact.get(ids["two"])["AccountId"] == ids["root"]
    wrong = rest(sf, "POST", "composite/tree/Account", json=tree(leaf("three"), leaf("four", Email="nonsense")))
    assert (wrong.status_code, wrong.json()["results"][0]["referenceId"]) == (400, "four")
    assert sf.query(f"SELECT COUNT() FROM Account WHERE Name = '{tag} tree'")["totalSize"] == 1
    assert rest(sf, "POST", "composite/tree/Account", json={"records": [{"Name": "x"}]}).status_code == 400
