"""Reading rows from the pretended Dynamics environment: filters, order, expansion, annotations, pages."""

import pytest

from tests.sandbox.dataverse import Dataverse, dataverse, error

ALL = 'odata.include-annotations="*"'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Dataverse:
    made = dataverse(tmp_path_factory.getbasetemp())
    for at, name in enumerate(("Alder", "birch", "Cedar", "O'Hara")):
        made.made("accounts", name=name, accountnumber=f"N{at}" if at else None, bh_customerref=f"c{at}")
    for last, account in (("Ash", "c0"), ("Beech", "c0"), ("Elm", "c1")):
        bind = {"parentcustomerid_account@odata.bind": f"/accounts(bh_customerref='{account}')"}
        made.made("contacts", firstname=last, lastname=last, bh_customerref=last, **bind)
    made.made(
        "incidents", title="Torn", prioritycode=1, **{"customerid_account@odata.bind": "/accounts(bh_customerref='c1')"}
    )
    return made


def names(place: Dataverse, condition: str) -> set[str]:
    rows = place.api.get("accounts", params={"$select": "name", "$filter": f"bh_customerref ne null and ({condition})"})
    assert rows.status_code == 200, rows.text
    return {row["name"] for row in rows.json()["value"]} & {"Alder", "birch", "Cedar", "O'Hara"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name eq 'ALDER'", {"Alder"}),
        ("name eq 'O''Hara'", {"O'Hara"}),
        ("name gt 'birch' and name lt 'd'", {"Cedar"}),
        ("not (name eq 'Alder' or startswith(name,'b')) and not contains(name,'hara')", {"Cedar"}),
        ("name eq 'Alder' or name eq 'birch' and accountnumber eq 'nothing'", {"Alder"}),
        ("endswith(name,'AR')", {"Cedar"}),
        ("accountnumber eq null", {"Alder"}),
        ("accountnumber ne 'N1'", {"Alder", "Cedar", "O'Hara"}),
        ("not contains(accountnumber,'N')", {"Alder"}),
        ("merged eq false and startswith(name,'a')", {"Alder"}),
        ("createdon ge 2020-01-01 and createdon lt 2999-01-01T00:00:00Z and name eq 'Cedar'", {"Cedar"}),
        ("createdon gt 2020-01-01T00:00:00+02:00 and name eq 'Cedar'", {"Cedar"}),
        ("createdon eq createdon and name eq 'Cedar'", {"Cedar"}),
        ("statecode eq 0 and statuscode ne 2 and name eq 'Cedar'", {"Cedar"}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['Alder','birch'])", {"Alder", "birch"}),
        ('Microsoft.Dynamics.CRM.NotIn(PropertyName=\'name\',PropertyValues=["Alder","birch"])', {"Cedar", "O'Hara"}),
        ("Microsoft.Dynamics.CRM.Between(PropertyName='statuscode',PropertyValues=['2','3'])", set()),
    ],
)
def test_a_filter_means_what_it_says(place: Dataverse, condition: str, expected: set[str]) -> None:
    assert names(place, condition) == expected


def test_rows_are_found_by_id_by_lookup_and_over_a_lookup(place: Dataverse) -> None:
    account = place.api.get("accounts(bh_customerref='c0')").json()["accountid"]

    assert len(place.rows(f"accounts?$filter=accountid eq {account.upper()}")) == 1
    assert len(place.rows(f"contacts?$filter=_parentcustomerid_value eq {account}")) == 2
    assert len(place.rows(f"contacts?$filter=_parentcustomerid_value eq '{account}' and lastname eq 'Ash'")) == 1
    assert len(place.rows("contacts?$filter=parentcustomerid_account/name eq 'alder'")) == 2
    assert place.rows("contacts?$filter=parentcustomerid_contact/lastname eq 'Ash'") == []


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("$filter=name eq 1", "0x80060888", "incompatible types was detected. Found operand types 'Edm.String'"),
        ("$filter=statecode eq 'Active'", "0x80060888", "'Edm.Int32' and 'Edm.String' for operator kind 'Equal'"),
        ("$filter=accountid eq 'x'", "0x80060888", "'Edm.Guid' and 'Edm.String'"),
        ("$filter=createdon gt '2020'", "0x80060888", "'Edm.DateTimeOffset'"),
        ("$filter=contains(statecode,'1')", "0x80060888", "No function signature"),
        ("$filter=name eq statecode", "0x80060888", "'Edm.String' and 'Edm.Int32'"),
        ("$filter=nope eq 1", "0x80060888", "Could not find a property named 'nope'"),
        ("$filter=primarycontactid eq null", "0x80060888", "Could not find a property named 'primarycontactid'"),
        ("$filter=PrimaryContactId/fullname eq 'x'", "0x80060888", "Could not find a property named"),
        ("$filter=name in ('a','b')", "0x80060888", "The query node In is not supported."),
        ("$filter=Microsoft.Dynamics.CRM.Sideways(PropertyName='createdon')", "0x80060888", "An unknown function"),
        ("$filter=name eq 'a", "0x8006088a", "Syntax error"),
        ("$filter=(name eq 'a'", "0x8006088a", "')' expected."),
        ("$filter=name like 'a'", "0x8006088a", "Unrecognized operator 'like'."),
        ("$filter=", "0x8006088a", "Expression expected."),
        ("$orderby=name sideways", "0x8006088a", "sideways"),
        ("$orderby=nope", "0x80060888", "Could not find a property named 'nope'"),
        ("$top=-1", "0x8006088a", "Invalid value '-1' for $top"),
        ("$skip=5", "0x80060888", "Skip Clause is not supported in CRM"),
        ("$apply=topcount(2,name)", "0x80060888", "topcount"),
        ("$skiptoken=7", "0x80060888", "Malformed XML in the Paging Cookie"),
        ("$expand=primarycontactid($filter=fullname eq 'x')", "0x80060888", "single-valued"),
        ("$expand=contact_customer_accounts($skip=1)", "0x8006088a", "$skip"),
        ("$expand=primarycontactid($select=nope)", "0x80060888", "Could not find a property named 'nope'"),
    ],
)
def test_a_query_that_does_not_fit_is_refused(place: Dataverse, query: str, code: str, words: str) -> None:
    answer = place.api.get(f"accounts?{query}")
    assert error(answer) == (400, code)
    assert words in answer.json()["error"]["message"]


def test_order_takes_several_columns_and_puts_empty_values_first(place: Dataverse) -> None:
    rows = place.rows(
        "accounts?$filter=bh_customerref ne null and startswith(bh_customerref,'c')&$orderby=accountnumber"
    )
    assert [row["name"] for row in rows] == ["Alder", "birch", "Cedar", "O'Hara"]
    rows = place.rows(
        "contacts?$filter=lastname ne 'Vogel'&$orderby=_parentcustomerid_value,lastname desc&$select=lastname"
    )
    alder = place.api.get("accounts(bh_customerref='c0')").json()["accountid"]
    birch = place.api.get("accounts(bh_customerref='c1')").json()["accountid"]
    ordered = ["Beech", "Ash", "Elm"] if alder < birch else ["Elm", "Beech", "Ash"]
    assert [row["lastname"] for row in rows if row["lastname"] in ordered] == ordered


def test_a_lookup_and_a_collection_are_expanded_with_the_columns_asked_for(place: Dataverse) -> None:
    query = "$select=lastname&$expand=parentcustomerid_account($select=name),parentcustomerid_contact($select=lastname)"
    ash = place.api.get(f"contacts(bh_customerref='Ash')?{query}").json()
    assert set(ash) == {
        "@odata.context",
        "@odata.etag",
        "contactid",
        "lastname",
        "parentcustomerid_account",
        "parentcustomerid_contact",
    }
    assert set(ash["parentcustomerid_account"]) == {"@odata.etag", "accountid", "name"}
    assert (ash["parentcustomerid_account"]["name"], ash["parentcustomerid_contact"]) == ("Alder", None)

    query = "$select=name&$expand=contact_customer_accounts($select=lastname;$orderby=lastname desc;$top=1)"
    (alder,) = place.rows(f"accounts?$filter=name eq 'Alder'&{query}")
    assert [row["lastname"] for row in alder["contact_customer_accounts"]] == ["Beech"]


def test_annotations_show_words_and_the_tables_lookups_lead_to(place: Dataverse) -> None:
    (case,) = place.rows("incidents?$filter=title eq 'Torn'", Prefer=ALL)

    shown = "OData.Community.Display.V1.FormattedValue"
    assert case[f"prioritycode@{shown}"] == "High"
    assert case[f"statecode@{shown}"] == "Active"
    assert case[f"merged@{shown}"] == "No"
    assert case[f"_customerid_value@{shown}"] == "birch"
    assert case["_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert case["_customerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"] == "customerid_account"
    wish = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname,x"'
    (case,) = place.rows("incidents?$filter=title eq 'Torn'", Prefer=wish)
    assert not any(name.endswith(shown) for name in case)
    assert "_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname" in case


def test_pages_go_on_behind_the_row_they_ended_with(place: Dataverse) -> None:
    for at in range(5):
        place.made("products", name=f"Page {at}", productnumber=f"P{at}", **{"defaultuomid@odata.bind": uom(place)})
    query = "products?$select=name&$filter=startswith(name,'Page ')&$orderby=name&$count=true"
    wish = {"Prefer": "odata.maxpagesize=2"}

    first = place.api.get(query, headers=wish)
    assert first.headers["Preference-Applied"] == "odata.maxpagesize=2"
    assert first.json()["@odata.count"] == 5
    assert "$skiptoken=%3Ccookie%20pagenumber" in first.json()["@odata.nextLink"]
    gone = next(row for row in first.json()["value"] if row["name"] == "Page 0")
    place.api.delete(f"products({gone['productid']})").raise_for_status()
    second = place.api.get(first.json()["@odata.nextLink"], headers=wish).json()
    third = place.api.get(second["@odata.nextLink"], headers=wish).json()

    assert [row["name"] for row in second["value"] + third["value"]] == ["Page 2", "Page 3", "Page 4"]
    assert "@odata.nextLink" not in third
    topped = place.api.get("products?$filter=startswith(name,'Page ')&$top=3", headers=wish).json()
    assert (len(topped["value"]), "@odata.nextLink" in topped) == (3, False)


def uom(place: Dataverse) -> str:
    return f"/uoms({place.rows('uoms')[0]['uomid']})"


def test_counts_are_given_alone_and_with_a_filter(place: Dataverse) -> None:
    assert place.api.get("incidents/$count").text == "1"
    assert place.api.get("accounts/$count?$filter=startswith(name,'ald')").text == "1"


def test_a_row_answers_for_its_properties_its_lookups_and_its_collections(place: Dataverse) -> None:
    ash, alder = "contacts(bh_customerref='Ash')", "accounts(bh_customerref='c0')"

    assert place.api.get(f"{ash}/lastname").json()["value"] == "Ash"
    assert place.api.get(f"{ash}/lastname/$value").text == "Ash"
    assert place.api.get(f"{ash}/emailaddress1").status_code == 204
    assert error(place.api.get(f"{ash}/nope")) == (404, "0x8006088a")
    assert place.api.get(f"{ash}/parentcustomerid_account?$select=name").json()["name"] == "Alder"
    assert place.api.get(f"{ash}/parentcustomerid_contact").status_code == 204
    assert place.api.get(f"{alder}/contact_customer_accounts/$count").text == "2"
    found = place.rows(f"{alder}/contact_customer_accounts?$select=lastname&$filter=lastname ne 'Ash'")
    assert [row["lastname"] for row in found] == ["Beech"]


def test_single_properties_and_references_are_set_and_emptied(place: Dataverse) -> None:
    alder, elm = "accounts(bh_customerref='c0')", "contacts(bh_customerref='Elm')"

    assert place.api.put(f"{alder}/accountnumber", json={"value": "N9"}).status_code == 204
    assert place.api.get(alder).json()["accountnumber"] == "N9"
    assert place.api.delete(f"{alder}/accountnumber").status_code == 204
    assert place.api.get(alder).json()["accountnumber"] is None
    assert place.api.put(f"{alder}/primarycontactid/$ref", json={"@odata.id": elm}).status_code == 204
    reference = place.api.get(f"{alder}/primarycontactid/$ref").json()["@odata.id"]
    assert place.api.get(reference).json()["lastname"] == "Elm"
    assert place.api.delete(f"{alder}/primarycontactid/$ref").status_code == 204
    assert place.api.get(alder).json()["_primarycontactid_value"] is None
    joined = place.api.post(f"{alder}/contact_customer_accounts/$ref", json={"@odata.id": f"/{elm}"})
    assert joined.status_code == 204
    assert place.api.get(f"{elm}/parentcustomerid_account").json()["name"] == "Alder"
    back = place.api.patch(elm, json={"parentcustomerid_account@odata.bind": "/accounts(bh_customerref='c1')"})
    assert back.status_code == 204
