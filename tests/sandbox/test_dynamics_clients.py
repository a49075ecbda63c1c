"""Microsoft's own Dataverse client, signed in with azure-identity, against the sandbox's environment."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
from azure.identity import CertificateCredential, ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError, ValidationError
from PowerPlatform.Dataverse.models.filters import col, raw
from PowerPlatform.Dataverse.models.relationship import ManyToManyRelationshipMetadata
from PowerPlatform.Dataverse.models.upsert import UpsertItem

from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

_TABLE = "crx_Shelf"


class Condition(IntEnum):
    NEW = 100000000
    WORN = 100000001


def signed_in(sandbox: Sandbox) -> ClientSecretCredential:
    known = sandbox.credentials["dynamics"]
    return ClientSecretCredential(
        known["tenant"],
        known["client_id"],
        known["client_secret"],
        authority=sandbox.url("dynamics"),
        disable_instance_discovery=True,
        connection_verify=str(sandbox.ca_file),
    )


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataverseClient]:
    sandbox.heal()
    # The client takes no certificate authority; what it speaks with reads this variable.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca_file))
    with DataverseClient(sandbox.url("dynamics"), signed_in(sandbox)) as one:
        yield one


@pytest.fixture
def shelf(client: DataverseClient) -> Iterator[Any]:
    """A table of this test's own, made and deleted by the client."""
    columns: dict[str, Any] = {
        "crx_Width": {"type": "int", "min_value": 1, "max_value": 500},
        "crx_Price": "decimal",
        "crx_Note": "memo",
        "crx_Since": "datetime",
        "crx_Fixed": "bool",
        "crx_Condition": Condition,
    }
    made = client.tables.create(_TABLE, columns, display_name="Shelf")
    yield made
    client.tables.delete(_TABLE)


def named(client: DataverseClient, prefix: str, count: int) -> list[str]:
    ids = client.records.create("account", [{"name": f"{prefix} {number}"} for number in range(count)])
    assert len(ids) == count
    return list(ids)


def all_of(builder: Any) -> list[Any]:
    return list(builder.execute())


def test_a_certificate_signs_in_as_well(sandbox: Sandbox) -> None:
    known = sandbox.credentials["dynamics"]
    bundle = (known["private_key_pem"] + known["certificate_pem"]).encode()
    for chain in (False, True):
        credential = CertificateCredential(
            known["tenant"],
            known["client_id"],
            certificate_data=bundle,
            send_certificate_chain=chain,
            authority=sandbox.url("dynamics"),
            disable_instance_discovery=True,
            connection_verify=str(sandbox.ca_file),
        )
        assert credential.get_token(f"{sandbox.url('dynamics')}/.default").token


def test_rows_are_created_changed_read_and_deleted(client: DataverseClient) -> None:
    made = client.records.create("account", {"name": "Contoso"})
    client.records.update("account", made, {"emailaddress1": "a@contoso.example"})
    row = client.records.retrieve("account", made, select=["name", "emailaddress1"])
    assert row is not None
    assert (row["name"], row["emailaddress1"]) == ("Contoso", "a@contoso.example")
    client.records.delete("account", made)
    assert client.records.retrieve("account", made) is None


def test_many_rows_are_created_changed_listed_by_pages_and_deleted_in_bulk(client: DataverseClient) -> None:
    ids = named(client, "Bulk", 5)
    client.records.update("account", ids, {"accountnumber": "B"})
    client.records.update("account", ids[:2], [{"accountnumber": "B1"}, {"accountnumber": "B2"}])
    pages = list(client.records.list_pages("account", filter="startswith(name,'Bulk ')", orderby=["name"], page_size=2))
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [row["accountnumber"] for page in pages for row in page] == ["B1", "B2", "B", "B", "B"]
    job = client.records.delete("account", ids)
    assert not client.records.list("account", filter="startswith(name,'Bulk ')")
    (done,) = client.records.list("asyncoperation", filter=f"asyncoperationid eq {job}")
    assert (done["statecode"], done["statuscode"]) == (3, 30)


def test_rows_are_upserted_by_alternate_key(client: DataverseClient) -> None:
    items: list[UpsertItem | dict[str, Any]] = [
        UpsertItem({"bh_customerref": f"up-{n}"}, {"name": f"Up {n}"}) for n in range(3)
    ]
    client.records.upsert("account", items[:1])
    client.records.upsert("account", items)
    client.records.upsert("account", [UpsertItem({"bh_customerref": "up-0"}, {"name": "Up again"})])
    names = [row["name"] for row in client.records.list("account", filter="startswith(bh_customerref,'up-')")]
    assert sorted(names) == ["Up 1", "Up 2", "Up again"]


def test_the_query_builder_reaches_everything_it_can_say(client: DataverseClient, sandbox: Sandbox) -> None:
    seeded = sandbox.seed(order(672_001))["dynamics"]
    ids = named(client, "Build", 3)
    builder = client.query.builder("account").select("name").where(col("name").like("Build%")).order_by("name")
    assert [row["name"] for row in all_of(builder)] == ["Build 0", "Build 1", "Build 2"]
    last = client.query.builder("account").select("name").where(col("accountid").in_(ids) & (col("name") > "Build 0"))
    assert len(all_of(last.top(5))) == 2
    expanded = client.query.builder("contact").expand("parentcustomerid_account")
    (row,) = all_of(expanded.where(col("contactid") == seeded["contact"]))
    assert row["parentcustomerid_account"]["accountid"] == seeded["account"]
    today = client.query.builder("account").where(raw("Microsoft.Dynamics.CRM.Today(PropertyName='createdon')"))
    assert len(list(today.where(col("name").like("Build%")).execute())) == 3
    assert not list(
        client.query.builder("account").where(col("name").like("Build%")).where(~(col("statecode") == 0)).execute()
    )


def test_sql_joins_groups_orders_and_pages(client: DataverseClient, sandbox: Sandbox) -> None:
    seeded = sandbox.seed(order(672_002))["dynamics"]
    client.records.create(
        "contact", {"lastname": "Second", "parentcustomerid_account@odata.bind": f"/accounts({seeded['account']})"}
    )
    joined = "JOIN contact c ON a.accountid = c.parentcustomerid"
    where = f"WHERE a.accountid = '{seeded['account']}'"
    rows = client.query.sql(f"SELECT a.name, c.fullname FROM account a {joined} {where} ORDER BY c.lastname")
    assert len(rows) >= 2
    assert "Second" in [row["fullname"] for row in rows]
    (counted,) = client.query.sql(
        f"SELECT a.name AS shop, COUNT(c.contactid) AS cnt FROM account a {joined} {where} GROUP BY a.name"
    )
    assert counted["cnt"] == len(rows)
    named(client, "Sql", 4)
    found = client.query.sql(
        "SELECT TOP 2 name FROM account WHERE name LIKE 'Sql _' AND statecode = 0 ORDER BY name DESC"
    )
    assert [row["name"] for row in found] == ["Sql 3", "Sql 2"]
    part = client.query.sql(
        "SELECT name FROM account WHERE name LIKE 'Sql %' ORDER BY name OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY"
    )
    assert [row["name"] for row in part] == ["Sql 1", "Sql 2"]
    with pytest.raises(HttpError, match="Ambiguous column name 'statecode'"):
        client.query.sql(
            "SELECT a.name FROM account a JOIN contact c ON a.accountid = c.parentcustomerid WHERE statecode = 0"
        )
    with pytest.raises(ValidationError):
        client.query.sql("SELECT * FROM account")
    assert {"accountid", "name"} <= {column["name"] for column in client.query.sql_columns("account")}


def test_fetchxml_links_and_pages_with_cookies(client: DataverseClient, sandbox: Sandbox) -> None:
    seeded = sandbox.seed(order(672_003))["dynamics"]
    named(client, "Fetch", 5)
    xml = """<fetch count="2"><entity name="account"><attribute name="name" /><order attribute="name" />
      <filter><condition attribute="name" operator="begins-with" value="Fetch" /></filter></entity></fetch>"""
    pages = list(client.query.fetchxml(xml).execute_pages())
    assert [[row["name"] for row in page] for page in pages] == [
        ["Fetch 0", "Fetch 1"],
        ["Fetch 2", "Fetch 3"],
        ["Fetch 4"],
    ]
    linked = f"""<fetch><entity name="contact"><attribute name="lastname" />
      <link-entity name="account" from="accountid" to="parentcustomerid" alias="a"><attribute name="name" />
        <filter><condition attribute="accountid" operator="eq" value="{seeded["account"]}" /></filter></link-entity>
      </entity></fetch>"""
    found = client.query.fetchxml(linked).execute()
    assert all(row["a.name"] for row in found)
    assert seeded["contact"] in [row["contactid"] for row in found]


def test_a_batch_carries_change_sets_queries_and_metadata(client: DataverseClient) -> None:
    account = client.records.create("account", {"name": "Batched"})
    batch = client.batch.new()
    batch.records.list("account", filter="name eq 'Batched'", select=["name"])
    batch.query.sql("SELECT name FROM account WHERE name = 'Batched'")
    batch.tables.get("account")
    with batch.changeset() as together:
        person = together.records.create("contact", {"lastname": "Together"})
        together.records.update("account", account, {"primarycontactid@odata.bind": person})
    result = batch.execute()
    assert not result.has_errors, [each.error_message for each in result.failed]
    row = client.records.retrieve("account", account, expand=["primarycontactid"])
    assert row is not None
    assert row["primarycontactid"]["lastname"] == "Together"
    failing = client.batch.new()
    failing.records.delete("account", "00000000-0000-0000-0000-000000000001")
    failing.records.retrieve("account", account)
    assert [each.status_code for each in failing.execute(continue_on_error=True).responses] == [404, 200]


def test_a_table_is_made_filled_changed_and_deleted(client: DataverseClient, shelf: Any) -> None:
    assert (shelf["entity_set_name"], shelf["primary_name_attribute"]) == ("crx_shelfs", "crx_name")
    row = client.records.create(
        _TABLE, {"crx_Name": "Left", "crx_Width": 80, "crx_Condition": "worn", "crx_Price": 9.5, "crx_Fixed": True}
    )
    (found,) = client.records.list(_TABLE, include_annotations="*")
    assert (found["crx_width"], found["crx_condition"], found["crx_price"]) == (80, Condition.WORN, 9.5)
    assert found["crx_condition@OData.Community.Display.V1.FormattedValue"] == "WORN"
    with pytest.raises(HttpError, match="outside the valid range"):
        client.records.update(_TABLE, row, {"crx_Width": 501})
    with pytest.raises(MetadataError, match="already exists"):
        client.tables.create(_TABLE, {})
    client.tables.add_columns(_TABLE, {"crx_Extra": "string"})
    client.records.update(_TABLE, row, {"crx_Extra": "x" * 200})
    client.tables.update_column(_TABLE, "crx_Extra", {"max_length": 300, "display_name": "More"})
    (typed,) = [c for c in client.tables.list_columns(_TABLE, typed=True) if c["LogicalName"] == "crx_extra"]
    assert (typed["MaxLength"], typed["DisplayName"]["UserLocalizedLabel"]["Label"]) == (300, "More")
    client.tables.remove_columns(_TABLE, ["crx_Extra"])
    assert client.tables.get_column(_TABLE, "crx_Extra") is None
    assert _TABLE in [each["SchemaName"] for each in client.tables.list()]


def test_keys_and_relationships_are_made_and_used(client: DataverseClient, shelf: Any) -> None:
    client.tables.create_alternate_key(_TABLE, "crx_ByName", ["crx_name"])
    (key,) = client.tables.get_alternate_keys(_TABLE)
    client.records.upsert(_TABLE, [UpsertItem({"crx_name": "Right"}, {"crx_width": 70})])
    account = client.records.create("account", {"name": "Owner of shelves"})
    made = client.tables.create_lookup_field(_TABLE, "crx_Account", "account")
    (row,) = client.records.list(_TABLE)
    client.records.update(_TABLE, row["crx_shelfid"], {"crx_Account@odata.bind": f"/accounts({account})"})
    (row,) = client.records.list(_TABLE, expand=["crx_Account"])
    assert row["crx_Account"]["name"] == "Owner of shelves"
    known = client.tables.get_relationship(str(made.relationship_schema_name))
    assert known is not None
    many = client.tables.create_many_to_many_relationship(
        ManyToManyRelationshipMetadata("crx_shelf_contacts", _TABLE.lower(), "contact")
    )
    listed = [each["SchemaName"] for each in client.tables.list_table_relationships(_TABLE)]
    assert {"crx_shelf_contacts", made.relationship_schema_name} <= set(listed)
    for each in (many, made):
        client.tables.delete_relationship(str(each.relationship_id))
    client.tables.delete_alternate_key(_TABLE, key.metadata_id)
    assert not client.tables.get_alternate_keys(_TABLE)


@pytest.mark.parametrize("mode", ["small", "chunk"])
def test_a_file_is_sent_whole_and_in_blocks(client: DataverseClient, shelf: Any, tmp_path: Path, mode: str) -> None:
    sent = tmp_path / "photo of a shelf.jpg"
    sent.write_bytes(bytes(range(256)) * (20_000 if mode == "chunk" else 4))
    row = client.records.create(_TABLE, {"crx_Name": "Photographed"})
    client.files.upload(_TABLE, row, "crx_Photo", str(sent), mode=mode)
    found = client.records.retrieve(_TABLE, row)
    assert found is not None
    assert found["crx_photo_name"] == sent.name
    with client._scoped_odata() as inside:
        whole = inside._request("get", f"{inside.api}/crx_shelfs({row})/crx_photo/$value")
        part = inside._request(
            "get", f"{inside.api}/crx_shelfs({row})/crx_photo/$value", headers={"Range": "bytes=1-3"}, expected=(206,)
        )
    assert whole.content == sent.read_bytes()
    assert (part.content, part.headers["Content-Range"]) == (bytes([1, 2, 3]), f"bytes 1-3/{sent.stat().st_size}")


def test_dataframes_go_in_and_out(client: DataverseClient) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed; the client needs it for dataframes only")
    ids = client.dataframe.create("account", pandas.DataFrame([{"name": "Frame 1"}, {"name": "Frame 2"}]))
    found = client.dataframe.sql("SELECT name FROM account WHERE name LIKE 'Frame %' ORDER BY name")
    assert found["name"].tolist() == ["Frame 1", "Frame 2"]
    client.dataframe.delete("account", ids)


def test_an_error_carries_the_platforms_code(client: DataverseClient, sandbox: Sandbox) -> None:
    with pytest.raises(HttpError) as refused:
        client.records.create("account", {"nope": 1})
    assert refused.value.details["service_error_code"] == "0x80060888"
    sandbox.fault("dynamics", "GET accounts", "throttle", retry_after=7)
    with pytest.raises(HttpError) as throttled:
        client.records.list("account", top=1)
    assert (throttled.value.status_code, throttled.value.details["retry_after"]) == (429, 7)
