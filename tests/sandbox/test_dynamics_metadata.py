"""What the pretended Dynamics environment tells about its tables, and whether that is the platform's own."""

import json
from typing import Any

import pytest

from sandbox.dynamics.tables import TABLES
from tests.sandbox.dataverse import Dataverse, dataverse, error
from tests.stack.sandbox import ROOT

SCHEMAS = ROOT.parent / "shared" / "vendor" / "dynamics"
# The common data model's words for column types; what is not here is text.
CDM_TYPES = {
    "entityId": {"Lookup", "Customer"},
    "listLookup": {"Picklist", "State"},
    "listLookupCorrelated": {"Status"},
    "boolean": {"Boolean"},
    "dateTime": {"DateTime"},
    "integer": {"Integer"},
    "bigInteger": {"BigInt"},
    "decimal": {"Decimal", "Money"},
    "currency": {"Money"},
    "baseCurrency": {"Money"},
    "guid": {"Uniqueidentifier"},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Dataverse:
    return dataverse(tmp_path_factory.getbasetemp())


def attributes(place: Dataverse, table: str) -> dict[str, dict[str, Any]]:
    return {one["LogicalName"]: one for one in place.rows(f"EntityDefinitions(LogicalName='{table}')/Attributes")}


def option_sets(place: Dataverse, table: str) -> dict[str, dict[int, Any]]:
    """Column -> value -> option, over the casts that have options."""
    found: dict[str, dict[int, Any]] = {}
    for kind in ("Picklist", "State", "Status"):
        cast = f"Microsoft.Dynamics.CRM.{kind}AttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)"
        for one in place.rows(f"EntityDefinitions(LogicalName='{table}')/Attributes/{cast}"):
            found[one["LogicalName"]] = {option["Value"]: option for option in one["OptionSet"]["Options"]}
    return found


def words(option: dict[str, Any]) -> str:
    text: str = option["Label"]["UserLocalizedLabel"]["Label"]
    return text


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the public schemas are not beside this checkout")
def test_types_options_and_words_are_those_of_the_common_data_model(place: Dataverse) -> None:
    cdm = json.loads((SCHEMAS / "dataverse_cdm_schema.json").read_text())["entities"]
    compared = 0
    for table in TABLES:
        public = cdm.get(table.name, {})
        told, options = attributes(place, table.name), option_sets(place, table.name)
        for name in set(told) & set(public) - {table.id}:
            kinds = CDM_TYPES.get(public[name]["type"], {"String", "Memo"})
            assert told[name]["AttributeType"] in kinds, f"{table.name}.{name}"
            if public[name].get("maxLength"):
                assert told[name]["MaxLength"] <= public[name]["maxLength"], f"{table.name}.{name}"
            known = public[name].get("options")
            if known and told[name]["AttributeType"] in ("Picklist", "State", "Status"):
                mine = {(value, words(option)) for value, option in options[name].items()}
                assert mine == {(option["value"], option["label"]) for option in known}, f"{table.name}.{name}"
                states = {(value, option.get("State")) for value, option in options[name].items()}
                assert states == {(option["value"], option.get("state")) for option in known}
            compared += 1
    assert compared > 40


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the public schemas are not beside this checkout")
def test_types_targets_and_words_are_those_of_field_service(place: Dataverse) -> None:
    schema = json.loads((SCHEMAS / "dynamics_rma_schema.json").read_text())
    for table in ("msdyn_rma", "msdyn_rmaproduct"):
        told, options, public = attributes(place, table), option_sets(place, table), schema[table]["attributes"]
        for name in set(told) & set(public):
            assert told[name]["AttributeType"] in (public[name]["type"], "Memo"), f"{table}.{name}"
            assert set(told[name].get("Targets", ())) == set(public[name].get("targets", told[name].get("Targets", ())))
            if public[name]["type"] == "Picklist":
                mine = {str(value): words(option) for value, option in options[name].items()}
                assert mine == public[name]["options"], f"{table}.{name}"
    definition = place.api.get("EntityDefinitions(LogicalName='msdyn_rma')").json()
    assert definition["EntitySetName"] == schema["msdyn_rma"]["entitySet"]
    assert definition["PrimaryIdAttribute"] == schema["msdyn_rma"]["primaryId"]
    assert definition["PrimaryNameAttribute"] == schema["msdyn_rma"]["primaryName"]


def test_every_option_that_a_table_takes_has_words(place: Dataverse) -> None:
    for table in TABLES:
        options = option_sets(place, table.name)
        for column in table.columns:
            if column.options:
                assert set(options[column.name]) == set(column.options), f"{table.name}.{column.name}"
        reasons = {(option["State"], value) for value, option in options["statuscode"].items()}
        assert reasons == {(state, reason) for state, known in table.states.items() for reason in known}


def test_tables_are_found_by_name_by_id_and_by_filter(place: Dataverse) -> None:
    (found,) = place.rows("EntityDefinitions?$filter=LogicalName eq 'contact'&$select=LogicalName,EntitySetName")
    assert (found["LogicalName"], found["EntitySetName"]) == ("contact", "contacts")
    assert set(found) == {"LogicalName", "EntitySetName", "MetadataId"}
    same = place.api.get(f"EntityDefinitions({found['MetadataId']})?$select=LogicalName").json()
    assert same["LogicalName"] == "contact"
    labelled = place.rows("EntityDefinitions?$filter=DisplayName/UserLocalizedLabel/Label eq 'contact'")
    assert [each["LogicalName"] for each in labelled] == ["contact"]
    assert error(place.api.get("EntityDefinitions(LogicalName='nothing')")) == (404, "0x80060888")
    assert error(place.api.get("EntityDefinitions?$filter=Nope eq 1")) == (400, "0x80060888")
    assert error(place.api.get("EntityDefinitions?$select=Nope")) == (400, "0x80060888")
    assert error(place.api.patch("EntityDefinitions", json={})) == (405, "0x8006088a")


def test_columns_and_keys_are_expanded_with_their_table(place: Dataverse) -> None:
    query = "$select=LogicalName&$expand=Attributes($select=LogicalName;$filter=AttributeType eq 'Customer'),Keys"
    table = place.api.get(f"EntityDefinitions(LogicalName='contact')?{query}").json()
    assert [column["LogicalName"] for column in table["Attributes"]] == ["parentcustomerid"]
    assert [key["KeyAttributes"] for key in table["Keys"]] == [["bh_customerref"]]
    enumeration = "AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Customer'"
    found = place.rows(f"EntityDefinitions(LogicalName='contact')/Attributes?$filter={enumeration}")
    assert [column["LogicalName"] for column in found] == ["parentcustomerid"]


def test_one_column_tells_its_options_through_a_cast(place: Dataverse) -> None:
    way = "EntityDefinitions(LogicalName='incident')/Attributes(LogicalName='prioritycode')"
    plain = place.api.get(way).json()
    assert (plain["AttributeType"], "OptionSet" in plain) == ("Picklist", False)
    cast = f"{way}/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    options = place.api.get(f"{cast}?$expand=OptionSet,GlobalOptionSet").json()
    assert [words(option) for option in options["OptionSet"]["Options"]] == ["High", "Normal", "Low"]
    assert options["GlobalOptionSet"] is None
    assert place.api.get(f"{way}/Microsoft.Dynamics.CRM.MoneyAttributeMetadata").status_code == 404
    assert place.api.get("EntityDefinitions(LogicalName='incident')/Attributes(LogicalName='x')").status_code == 404


def test_a_relationship_is_told_from_both_ends_with_the_names_that_bind_and_expand(place: Dataverse) -> None:
    (mine,) = (
        each
        for each in place.rows("EntityDefinitions(LogicalName='new_return')/ManyToOneRelationships")
        if each["ReferencedEntity"] == "salesorder"
    )
    theirs = place.rows("EntityDefinitions(LogicalName='salesorder')/OneToManyRelationships")
    assert mine in theirs
    assert mine in place.rows(f"RelationshipDefinitions?$filter=SchemaName eq '{mine['SchemaName']}'")
    assert place.rows("RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata") == []
    assert mine["ReferencingEntityNavigationPropertyName"] == "new_Order"
    bind = f"{mine['ReferencingEntityNavigationPropertyName']}@odata.bind"
    place.made("new_returns", new_name="R", **{bind: f"/salesorders({place.ids['salesorder']})"})
    back = place.api.get(
        f"salesorders({place.ids['salesorder']})?$expand={mine['ReferencedEntityNavigationPropertyName']}"
    )
    assert [row["new_name"] for row in back.json()[mine["SchemaName"]]] == ["R"]


def test_messages_tell_for_which_tables_they_are(place: Dataverse) -> None:
    condition = "sdkmessageid/name eq 'UpsertMultiple' and primaryobjecttypecode eq 'msdyn_rma'"
    query = f"$filter={condition}&$expand=sdkmessageid($select=name)&$select=primaryobjecttypecode"
    (found,) = place.rows(f"sdkmessagefilters?{query}")
    assert found["sdkmessageid"]["name"] == "UpsertMultiple"
    place.settings(field_service=False)
    assert place.rows(f"sdkmessagefilters?$filter={condition}") == []
    place.settings(field_service=True)
