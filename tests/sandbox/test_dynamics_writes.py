"""Writing rows in the pretended Dynamics environment: conditions, alternate keys, many at once, batches."""

from typing import Any

import httpx
import pytest

from tests.sandbox.dataverse import REPRESENTATION, Dataverse, dataverse, error


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Dataverse:
    return dataverse(tmp_path_factory.getbasetemp())


def test_a_stale_etag_stops_update_and_delete_and_a_star_only_asks_for_the_row(place: Dataverse) -> None:
    row = f"accounts({place.made('accounts', name='One')})"
    old = place.api.get(row).headers["ETag"]
    place.api.patch(row, json={"name": "Two"}, headers={"If-Match": old}).raise_for_status()

    assert error(place.api.patch(row, json={"name": "Three"}, headers={"If-Match": old})) == (412, "0x80060882")
    assert error(place.api.delete(row, headers={"If-Match": old})) == (412, "0x80060882")
    assert error(place.api.put(f"{row}/name", json={"value": "x"}, headers={"If-Match": old})) == (412, "0x80060882")
    assert place.api.get(row).json()["name"] == "Two"
    assert place.api.delete(row, headers={"If-Match": "*"}).status_code == 204
    assert error(place.api.delete(row, headers={"If-Match": "*"})) == (404, "0x80040217")
    assert error(place.api.patch(row, json={"name": "x"}, headers={"If-Match": "*"})) == (404, "0x80040217")


def test_a_row_unchanged_is_304_but_not_with_expansion_or_annotations(place: Dataverse) -> None:
    row = f"accounts({place.made('accounts', name='One')})"
    same = {"If-None-Match": place.api.get(row).headers["ETag"]}

    assert place.api.get(row, headers=same).status_code == 304
    assert place.api.get(f"{row}?$expand=primarycontactid", headers=same).status_code == 200
    assert place.api.get(row, headers={**same, "Prefer": 'odata.include-annotations="*"'}).status_code == 200
    assert place.api.get(row, headers={"If-None-Match": "null"}).status_code == 200


def test_an_upsert_by_a_given_id_creates_and_may_be_told_to_create_only(place: Dataverse) -> None:
    row = "accounts(11111111-2222-3333-4444-555555555555)"
    assert place.api.patch(row, json={"name": "Mine"}, headers=REPRESENTATION).status_code == 201
    assert place.api.patch(row, json={"name": "Again"}, headers=REPRESENTATION).status_code == 200
    assert error(place.api.patch(row, json={"name": "x"}, headers={"If-None-Match": "*"})) == (412, "0x80040237")
    assert error(place.api.post("accounts", json={"name": "x", "accountid": "mine"})) == (400, "0x80060888")
    taken = place.api.post("accounts", json={"name": "x", "accountid": "11111111-2222-3333-4444-555555555555"})
    assert error(taken) == (412, "0x80040237")


def test_the_body_wins_over_the_key_for_a_new_row_and_loses_for_an_old_one(place: Dataverse) -> None:
    made = place.api.patch("accounts(bh_customerref='a')", json={"name": "A", "bh_customerref": "b"})
    assert made.headers["OData-EntityId"].endswith("/accounts(bh_customerref='a')")
    assert place.api.get("accounts(bh_customerref='a')").status_code == 404
    place.api.patch("accounts(bh_customerref='b')", json={"bh_customerref": "c"}).raise_for_status()
    assert place.api.get("accounts(bh_customerref='b')").json()["name"] == "A"


def test_a_key_is_a_text_in_quotes_and_an_alternate_key_of_the_table(place: Dataverse) -> None:
    assert (
        place.api.patch("accounts(bh_customerref='it''s')", json={"name": "A"})
        .headers["OData-EntityId"]
        .endswith("(bh_customerref='it''s')")
    )
    assert error(place.api.get("accounts(bh_customerref=5)")) == (400, "0x80060888")
    assert error(place.api.get("accounts(name='A')")) == (400, "0x80060888")
    assert error(place.api.get("accounts(bh_customerref='x',name='A')")) == (400, "0x80060888")
    assert place.api.delete("accounts(bh_customerref='it''s')").status_code == 204


@pytest.mark.parametrize("letter", "<>*&:\\?+")
def test_a_letter_that_cannot_be_routed_breaks_the_key(place: Dataverse, letter: str) -> None:
    place.made("accounts", name="A", bh_customerref=f"x{letter}")
    coded = f"%{ord(letter):02X}"
    assert place.api.get(f"accounts(bh_customerref='x{coded}')").status_code == 400


def send(place: Dataverse, action: str, *targets: dict[str, Any], table: str = "account") -> httpx.Response:
    kind = {"@odata.type": f"Microsoft.Dynamics.CRM.{table}"}
    body = {"Targets": [kind | target for target in targets]}
    return place.api.post(f"{table}s/Microsoft.Dynamics.CRM.{action}", json=body)


def test_create_multiple_answers_the_ids_in_order_or_makes_nothing(place: Dataverse) -> None:
    before = int(place.api.get("accounts/$count").text)
    assert send(place, "CreateMultiple", {"name": "A"}, {"nope": 1}).status_code == 400
    twice = ({"name": name, "bh_customerref": "k"} for name in "AB")
    assert error(send(place, "CreateMultiple", *twice)) == (412, "0x80060892")
    assert int(place.api.get("accounts/$count").text) == before

    ids = send(place, "CreateMultiple", {"name": "A"}, {"name": "B"}).json()["Ids"]
    assert [place.api.get(f"accounts({each})").json()["name"] for each in ids] == ["A", "B"]


def test_update_multiple_changes_all_or_none(place: Dataverse) -> None:
    ids = send(place, "CreateMultiple", {"name": "A"}, {"name": "B"}).json()["Ids"]
    missing = {"accountid": "99999999-0000-0000-0000-000000000000", "name": "C"}

    assert error(send(place, "UpdateMultiple", {"accountid": ids[0], "name": "X"}, missing)) == (404, "0x80040217")
    assert place.api.get(f"accounts({ids[0]})").json()["name"] == "A"
    done = send(place, "UpdateMultiple", *({"accountid": each.upper(), "name": "X"} for each in ids))
    assert (done.status_code, done.text) == (204, "")
    assert {place.api.get(f"accounts({each})").json()["name"] for each in ids} == {"X"}


def test_upsert_multiple_makes_and_changes_in_one_call(place: Dataverse) -> None:
    place.made("accounts", name="Old", bh_customerref="u1")
    both = ({"@odata.id": f"accounts(bh_customerref='u{at}')", "name": f"New {at}"} for at in (1, 2))
    assert send(place, "UpsertMultiple", *both).status_code == 204
    rows = place.rows("accounts?$filter=startswith(bh_customerref,'u')&$orderby=bh_customerref")
    assert [row["name"] for row in rows] == ["New 1", "New 2"]


def test_an_action_on_many_rows_needs_typed_rows_and_a_table_that_knows_it(place: Dataverse) -> None:
    untyped = place.api.post("accounts/Microsoft.Dynamics.CRM.CreateMultiple", json={"Targets": [{"name": "A"}]})
    assert error(untyped) == (400, "0x80060888")
    assert error(send(place, "CreateMultiple")) == (400, "0x80040203")
    assert error(send(place, "CreateMultiple", *[{"name": "A"}] * 1001)) == (400, "0x80040203")
    assert error(send(place, "UpdateMultiple", {"name": "A"})) == (400, "0x80040203")
    assert error(send(place, "DeleteMultiple", {"name": "A"})) == (400, "0x80040800")


def part(line: str, body: str = "", content_id: str = "", *headers: str) -> str:
    named = f"Content-ID: {content_id}\r\n" if content_id else ""
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{named}"
    inner = "".join(f"{header}\r\n" for header in ("Content-Type: application/json", *headers))
    return f"{head}\r\n{line} HTTP/1.1\r\n{inner}\r\n{body}"


def change_set(*parts: str) -> str:
    inner = "".join(f"--c\r\n{each}\r\n" for each in parts)
    return f"Content-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--"


def batch(place: Dataverse, *parts: str, **headers: str) -> str:
    body = "".join(f"--b\r\n{each}\r\n" for each in parts) + "--b--\r\n"
    sent = {"Content-Type": 'multipart/mixed; boundary="b"', **headers}
    answer = place.api.post("$batch", content=body.encode(), headers=sent)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("multipart/mixed; boundary=batchresponse_")
    return answer.text


def test_a_reference_stands_for_the_row_a_post_has_made(place: Dataverse) -> None:
    text = batch(
        place,
        change_set(
            part("POST accounts", '{"name":"Ref"}', "1"),
            part("POST contacts", '{"lastname":"Ref","parentcustomerid_account@odata.bind":"$1"}', "2"),
            part("PUT /$1/primarycontactid/$ref", '{"@odata.id":"$2"}', "3"),
            part("PATCH $1", '{"accountnumber":"7"}', "4"),
        ),
    )
    assert text.count("HTTP/1.1 204 No Content") == 4
    (account,) = place.rows("accounts?$filter=name eq 'Ref'&$expand=primarycontactid($select=lastname)")
    assert (account["accountnumber"], account["primarycontactid"]["lastname"]) == ("7", "Ref")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((part("PATCH $2", '{"name":"x"}', "1"), part("POST accounts", '{"name":"y"}', "2")), "Content-ID Reference"),
        ((part("PATCH $9", '{"name":"x"}', "1"),), "Content-ID Reference"),
        ((part("POST accounts", '{"name":"x"}'),), "Content-ID must be given"),
        ((part("POST accounts", '{"name":"x"}', "1"), part("POST accounts", '{"name":"y"}', "1")), "unique"),
        ((part("POST accounts", '{"name":"x"}', "1"), part("GET accounts", "", "2")), "GET request is not allowed"),
        ((part("POST accounts", '{"name":"x"}', "1"), part("POST accounts", "{", "2")), "reading a part's body"),
    ],
)
def test_a_change_set_that_cannot_be_used_leaves_nothing(place: Dataverse, parts: tuple[str, ...], words: str) -> None:
    before = place.api.get("accounts/$count").text
    text = batch(place, change_set(*parts))
    assert "HTTP/1.1 400 Bad Request" in text
    assert words in text
    assert place.api.get("accounts/$count").text == before


def test_told_to_go_on_a_batch_answers_every_part_and_undoes_only_the_failed_set(place: Dataverse) -> None:
    parts = (
        change_set(part("POST accounts", '{"name":"Gone"}', "1"), part("POST accounts", '{"nope":1}', "2")),
        change_set(part("POST accounts", '{"name":"Kept"}', "1")),
        part("GET accounts?$filter=name eq 'Gone'&$count=true", "", "7"),
        part("DELETE accounts(99999999-0000-0000-0000-000000000000)"),
    )
    text = batch(place, *parts, Prefer="odata.continue-on-error")

    assert [text.count(f"HTTP/1.1 {status}") for status in (400, 204, 200, 404)] == [1, 1, 1, 1]
    assert '"@odata.count": 0' in text
    assert "Content-ID: 7" in text
    assert len(place.rows("accounts?$filter=name eq 'Kept'")) == 1
    assert "HTTP/1.1 204" not in batch(place, *parts)


def test_conditions_count_in_a_batch_too(place: Dataverse) -> None:
    row = f"accounts({place.made('accounts', name='One')})"
    old = place.api.get(row).headers["ETag"]
    place.api.patch(row, json={"name": "Two"}).raise_for_status()
    text = batch(place, change_set(part(f"PATCH {row}", '{"name":"x"}', "1", f"If-Match: {old}")))
    assert "HTTP/1.1 412" in text
    assert "0x80060882" in text


def test_a_batch_has_at_most_a_thousand_operations(place: Dataverse) -> None:
    body = "".join(f"--b\r\n{part('GET WhoAmI')}\r\n" for _ in range(1001)) + "--b--\r\n"
    sent = {"Content-Type": "multipart/mixed; boundary=b"}
    assert error(place.api.post("$batch", content=body.encode(), headers=sent)) == (400, "0x80060888")
