"""Messages of no table, impersonation, deep insert, the CSDL document, and the borders of changing metadata."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from sandbox.dynamics.users import USER, USERS
from tests.sandbox.dataverse import REPRESENTATION, Dataverse, dataverse, error

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
SUPPORT = USERS[1]


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Dataverse:
    return dataverse(tmp_path_factory.getbasetemp())


def label(text: str) -> dict[str, Any]:
    return {"LocalizedLabels": [{"Label": text, "LanguageCode": 1033}]}


def column(name: str, kind: str = "String", **more: Any) -> dict[str, Any]:
    return {"@odata.type": f"Microsoft.Dynamics.CRM.{kind}AttributeMetadata", "SchemaName": name, **more}


def table(name: str, *columns: dict[str, Any]) -> dict[str, Any]:
    primary = column(f"{name.partition('_')[0]}_Name", IsPrimaryName=True, MaxLength=100)
    return {"SchemaName": name, "DisplayName": label(name), "Attributes": [primary, *columns]}


def test_functions_tell_who_where_and_how_many(place: Dataverse) -> None:
    assert place.api.get("WhoAmI").json()["UserId"] == USER
    assert place.api.get("WhoAmI()").headers["x-ms-dop-hint"]
    assert place.api.get("RetrieveVersion()").json()["Version"].startswith("9.2.")
    kind = "Microsoft.Dynamics.CRM.EndpointAccessType'Default'"
    about = place.api.get(f"RetrieveCurrentOrganization(AccessType=@p1)?@p1={quote(kind)}").json()["Detail"]
    assert about["TenantId"] == place.world.credentials.dynamics.tenant
    assert about["Endpoints"]["Values"][0] == "https://localhost:443/"
    counted = place.api.get("RetrieveTotalRecordCount(EntityNames=['account','incident'])").json()
    assert counted["EntityRecordCountCollection"]["Values"] == [1, 0]
    assert error(place.api.get("RetrieveTotalRecordCount(EntityNames=['nope'])")) == (400, "0x80041102")
    assert error(place.api.post("WhoAmI")) == (405, "0x8006088a")


def test_a_request_may_act_for_another_user(place: Dataverse) -> None:
    for header in ({"CallerObjectId": SUPPORT.directory_id}, {"MSCRMCallerID": SUPPORT.id}):
        assert place.api.get("WhoAmI", headers=header).json()["UserId"] == SUPPORT.id
        made = place.api.post("accounts", json={"name": "For Sam"}, headers=REPRESENTATION | header).json()
        assert (made["_createdby_value"], made["_createdonbehalfby_value"]) == (SUPPORT.id, USER)
        assert (made["_ownerid_value"], made["_modifiedonbehalfby_value"]) == (SUPPORT.id, USER)
    whose = place.rows("accounts?$filter=name eq 'For Sam'&$expand=createdby($select=fullname)")
    assert {row["createdby"]["fullname"] for row in whose} == {SUPPORT.name}
    plain = place.api.post("accounts", json={"name": "Own"}, headers=REPRESENTATION).json()
    assert (plain["_createdby_value"], plain["_createdonbehalfby_value"]) == (USER, None)
    stranger = {"CallerObjectId": "00000000-0000-0000-0000-0000000000ff"}
    assert error(place.api.get("WhoAmI", headers=stranger)) == (403, "0x80072560")
    assert error(place.api.get("WhoAmI", headers={"MSCRMCallerID": "sam"})) == (400, "0x80060888")


def test_a_deep_insert_makes_all_or_nothing(place: Dataverse) -> None:
    body = {
        "name": "Deep",
        "primarycontactid": {"lastname": "First"},
        "contact_customer_accounts": [{"lastname": "One"}, {"lastname": "Two"}],
    }
    made = place.made("accounts", **body)
    row = place.api.get(f"accounts({made})?$expand=primarycontactid,contact_customer_accounts").json()
    assert row["primarycontactid"]["lastname"] == "First"
    assert sorted(each["lastname"] for each in row["contact_customer_accounts"]) == ["One", "Two"]
    before = len(place.rows("contacts"))
    wrong = {"name": "Half", "primarycontactid": {"lastname": "x"}, "contact_customer_accounts": [{"nope": 1}]}
    assert place.api.post("accounts", json=wrong).status_code == 400
    assert (len(place.rows("contacts")), place.rows("accounts?$filter=name eq 'Half'")) == (before, [])
    assert place.api.post("accounts", json={"name": "x", "nobody": {"lastname": "x"}}).status_code == 400


def test_the_csdl_names_tables_properties_ways_and_sets(place: Dataverse) -> None:
    answer = place.api.get("$metadata")
    assert answer.headers["content-type"].startswith("application/xml")
    root = ElementTree.fromstring(answer.text)
    types = {each.get("Name"): each for each in root.iter(f"{EDM}EntityType")}
    contact = {each.get("Name"): each.get("Type") for each in types["contact"].iter(f"{EDM}Property")}
    assert contact["contactid"] == "Edm.Guid"
    assert contact["_parentcustomerid_value"] == "Edm.Guid"
    assert {name for name in contact if name} - {"contactid"} == {
        name for name in place.rows("contacts")[0] if not name.startswith("@") and name != "contactid"
    }
    ways = {each.get("Name"): each.get("Type") for each in types["account"].iter(f"{EDM}NavigationProperty")}
    assert ways["primarycontactid"] == "mscrm.contact"
    assert ways["contact_customer_accounts"] == "Collection(mscrm.contact)"
    sets = {each.get("Name"): each for each in root.iter(f"{EDM}EntitySet")}
    targets = {each.get("Target") for each in root.iter(f"{EDM}NavigationPropertyBinding")}
    assert targets <= set(sets)
    listed = {each["name"] for each in place.api.get("").json()["value"]}
    assert listed == set(sets)


def test_a_file_column_keeps_conditions_ranges_and_order(place: Dataverse) -> None:
    place.api.post("EntityDefinitions(LogicalName='account')/Attributes", json=column("crx_Scan", "File"))
    row = f"accounts({place.made('accounts', name='Scanned')})"
    octets = {"Content-Type": "application/octet-stream"}
    assert place.api.get(f"{row}/crx_scan/$value").status_code == 204
    assert error(place.api.patch(f"{row}/crx_scan", content=b"x", headers=octets)) == (400, "0x80060888")
    named = octets | {"x-ms-file-name": "a.txt"}
    assert place.api.patch(f"{row}/crx_scan", content=b"hello", headers=named).status_code == 204
    kept = place.api.get(f"{row}/crx_scan/$value")
    assert (kept.content, kept.headers["x-ms-file-name"], kept.headers["mimetype"]) == (b"hello", "a.txt", "text/plain")
    begun = place.api.patch(f"{row}/crx_scan?x-ms-file-name=b.txt", headers={"x-ms-transfer-mode": "chunked"})
    assert int(begun.headers["x-ms-chunk-size"]) > 0
    late = octets | {"Content-Range": "bytes 4-7/8"}
    assert place.api.patch(begun.headers["Location"], content=b"late", headers=late).status_code == 416
    for first, block, status in ((0, b"good", 206), (4, b"bye!", 204)):
        part = octets | {"Content-Range": f"bytes {first}-{first + 3}/8"}
        assert place.api.patch(begun.headers["Location"], content=block, headers=part).status_code == status
    assert place.api.get(f"{row}/crx_scan/$value").content == b"goodbye!"
    assert place.api.patch(row, json={"crx_scan": "x"}).status_code == 400
    assert place.api.delete(f"{row}/crx_scan").status_code == 204
    assert place.api.get(row).json()["crx_scan_name"] is None


def test_many_to_many_rows_are_bound_read_and_loosed(place: Dataverse) -> None:
    made = {
        "@odata.type": "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata",
        "SchemaName": "crx_accounts_products",
        "Entity1LogicalName": "account",
        "Entity2LogicalName": "product",
        "IntersectEntityName": "crx_accounts_products",
    }
    assert place.api.post("RelationshipDefinitions", json=made).status_code == 204
    account, product = place.ids["account"], next(iter(place.ids["products"].values()))
    way = f"accounts({account})/crx_accounts_products"
    reference = {"@odata.id": f"{place.api.base_url}products({product})"}
    assert [place.api.post(f"{way}/$ref", json=reference).status_code for _ in range(2)] == [204, 204]
    assert [row["productid"] for row in place.rows(way)] == [product]
    assert place.api.get(f"{way}/$count").text == "1"
    (back,) = place.rows(f"products?$expand=crx_accounts_products($select=name)&$filter=productid eq {product}")
    assert [each["accountid"] for each in back["crx_accounts_products"]] == [account]
    linked = f"accounts?$filter=crx_accounts_products/any(p:p/productid eq {product})"
    assert [row["accountid"] for row in place.rows(linked)] == [account]
    assert place.api.delete(f"{way}({product})/$ref").status_code == 204
    assert place.api.delete(f"{way}({product})/$ref").status_code == 404
    assert place.rows(way) == []


def test_a_table_made_by_a_client_behaves_like_any_other(place: Dataverse) -> None:
    choice = {"Options": [{"Value": 7, "Label": label("Seven")}]}
    body = table(
        "crx_City", column("crx_Size", "Integer", MinValue=1), column("crx_Kind", "Picklist", OptionSet=choice)
    )
    answer = place.api.post("EntityDefinitions", json=body)
    assert answer.status_code == 204
    definition = answer.headers["OData-EntityId"].rpartition("/")[2]
    row = place.made("crx_cities", crx_name="Ulm", crx_size=3, crx_kind=7)
    assert error(place.api.post("crx_cities", json={"crx_name": "x", "crx_kind": 8})) == (400, "0x80044330")
    assert error(place.api.post("crx_cities", json={"crx_name": "x", "crx_size": 0})) == (400, "0x8004431A")
    delta = place.api.get("crx_cities", headers={"Prefer": "odata.track-changes"}).json()
    assert [each["crx_cityid"] for each in delta["value"]] == [row]
    assert error(place.api.post("EntityDefinitions", json=body)) == (400, "0x80044363")
    assert place.api.put(definition, json={"DisplayName": label("Town")}).status_code == 204
    shown = place.api.get(definition).json()
    assert (shown["DisplayName"]["UserLocalizedLabel"]["Label"], shown["EntitySetName"]) == ("Town", "crx_cities")
    assert place.api.delete(definition).status_code == 204
    assert error(place.api.get("crx_cities")) == (404, "0x8006088a")
    assert place.api.post("EntityDefinitions", json=body).status_code == 204
    assert place.rows("crx_cities") == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("EntityDefinitions", table("noprefix"), 400),
        ("EntityDefinitions", {"SchemaName": "crx_Bare", "Attributes": []}, 400),
        ("EntityDefinitions", table("crx_Odd", column("crx_Many", "MultiSelectPicklist")), 400),
        ("EntityDefinitions(LogicalName='account')/Attributes", column("crx_Way", "Lookup"), 400),
        ("EntityDefinitions(LogicalName='account')/Attributes", column("crx_Long", MaxLength=9999), 400),
        ("EntityDefinitions(LogicalName='systemuser')/Attributes", column("crx_Text"), 400),
        ("EntityDefinitions(LogicalName='account')/Keys", {"SchemaName": "crx_Key", "KeyAttributes": ["nope"]}, 400),
        ("RelationshipDefinitions", {"SchemaName": "crx_Rel", "@odata.type": "nothing"}, 400),
        ("systemusers", {"fullname": "x"}, 400),
        ("BulkDelete", {"QuerySet": []}, 400),
    ],
)
def test_metadata_that_cannot_be_is_refused(place: Dataverse, path: str, body: dict[str, Any], status: int) -> None:
    answer = place.api.post(path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


def test_what_the_environment_began_with_cannot_be_deleted(place: Dataverse) -> None:
    for path in (
        "EntityDefinitions(LogicalName='account')",
        "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')",
        "EntityDefinitions(LogicalName='account')/Keys(LogicalName='bh_customerref_key')",
    ):
        assert place.api.delete(path).status_code == 400
    assert place.rows("EntityDefinitions?$filter=LogicalName eq 'account'")


def test_a_key_over_rows_that_are_not_unique_cannot_be_made(place: Dataverse) -> None:
    place.api.post("EntityDefinitions(LogicalName='account')/Attributes", json=column("crx_Code"))
    for _ in range(2):
        row = place.made("accounts", name="Twin", crx_code="same")
    body = {"SchemaName": "crx_Codes", "KeyAttributes": ["crx_code"]}
    assert error(place.api.post("EntityDefinitions(LogicalName='account')/Keys", json=body)) == (400, "0x80060892")
    place.api.delete(f"accounts({row})")
    assert place.api.post("EntityDefinitions(LogicalName='account')/Keys", json=body).status_code == 204
    assert error(place.api.post("accounts", json={"name": "x", "crx_code": "same"})) == (412, "0x80060892")


def test_metadata_changes_tell_what_was_asked(place: Dataverse) -> None:
    query = {
        "Properties": {"AllProperties": False, "PropertyNames": ["LogicalName", "Attributes"]},
        "Criteria": {
            "FilterOperator": "And",
            "Conditions": [
                {
                    "ConditionOperator": "In",
                    "PropertyName": "LogicalName",
                    "Value": {"Type": "System.String[]", "Value": '["account","contact"]'},
                }
            ],
        },
        "AttributeQuery": {"Properties": {"PropertyNames": ["MaxLength"]}},
    }
    found = place.api.get(f"RetrieveMetadataChanges(Query=@p1)?@p1={quote(json.dumps(query))}").json()
    assert sorted(each["LogicalName"] for each in found["EntityMetadata"]) == ["account", "contact"]
    shown = next(a for a in found["EntityMetadata"][0]["Attributes"] if a["LogicalName"] == "name")
    assert set(shown) == {"@odata.type", "MetadataId", "LogicalName", "MaxLength"}


def test_a_bulk_deletion_takes_what_its_criteria_say(place: Dataverse) -> None:
    for name in ("Old 1", "Old 2", "New"):
        place.made("accounts", name=name)
    criteria = {
        "FilterOperator": "And",
        "Conditions": [{"AttributeName": "name", "Operator": "BeginsWith", "Values": [{"Value": "Old"}]}],
        "Filters": [
            {
                "FilterOperator": "Or",
                "Conditions": [{"AttributeName": "statecode", "Operator": "Equal", "Values": [{"Value": 0}]}],
            }
        ],
    }
    wish = {"JobName": "Tidy", "QuerySet": [{"EntityName": "account", "Criteria": criteria}]}
    job = place.api.post("BulkDelete", json=wish).json()["JobId"]
    assert {"Old 1", "Old 2"}.isdisjoint(row["name"] for row in place.rows("accounts"))
    assert place.api.get(f"asyncoperations({job})").json()["name"] == "Tidy"
    assert error(place.api.delete(f"asyncoperations({job})")) == (400, "0x80040800")


def test_a_create_sent_again_makes_a_second_row_unless_it_has_an_id_or_a_key(place: Dataverse) -> None:
    for _ in range(2):
        place.made("accounts", name="Twice")
    assert len(place.rows("accounts?$filter=name eq 'Twice'")) == 2
    keyed = {"name": "Once", "bh_customerref": "once"}
    named = {"name": "Once", "accountid": "11111111-2222-4333-8444-555555555555"}
    for body, code in ((keyed, "0x80060892"), (named, "0x80040237")):
        assert place.api.post("accounts", json=body).status_code == 204
        assert error(place.api.post("accounts", json=body)) == (412, code)


def test_an_option_is_a_number_and_not_its_words(place: Dataverse) -> None:
    body = {"title": "x", "customerid_account@odata.bind": f"/accounts({place.ids['account']})"}
    assert error(place.api.post("incidents", json=body | {"prioritycode": "High"})) == (400, "0x80060888")
    assert place.api.post("incidents", json=body | {"prioritycode": 1}).status_code == 204


def test_a_batch_carries_documents_texts_and_no_files(place: Dataverse) -> None:
    def part(path: str) -> str:
        head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        return f"--b\r\n{head}GET {path} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"

    place.api.post("EntityDefinitions(LogicalName='account')/Attributes", json=column("crx_Scan", "File"))
    row = f"accounts({place.ids['account']})"
    octets = {"Content-Type": "application/octet-stream", "x-ms-file-name": "a.txt"}
    place.api.patch(f"{row}/crx_scan", content=b"hello", headers=octets)
    kinds = {"Content-Type": "multipart/mixed; boundary=b", "Prefer": "odata.continue-on-error"}
    asked = [part(f"/api/data/v9.2/{path}") for path in ("$metadata", f"{row}/name/$value", f"{row}/crx_scan/$value")]
    told = place.api.post("$batch", content="".join([*asked, "--b--\r\n"]), headers=kinds).text
    assert "Content-Type: application/xml\r\n" in told
    assert "<edmx:Edmx" in told
    assert f"\r\n\r\n{place.api.get(row).json()['name']}\r\n--" in told
    assert "The content of a file cannot be read within a batch." in told
