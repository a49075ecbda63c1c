"""`identity evaluate`: numbers people decide by, from files as people have them, and refusals that say what to mend."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.app import main
from domain.identity.party import FIELDS
from tests.domain.identity import febrl
from tests.domain.identity.made_up import organisations, people

PEOPLE = """id,given_name,surname,birth_date,email
1,Ann,Lee,1980-03-31,ann@lee.example
2,Anne,Lee,31/03/1980,ann@lee.example
3,Bob,Ray,1971-05-06,bob@ray.example
4,Carla,Diaz,1990-11-30,carla@diaz.example
"""


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a folder of its own, without settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BACKHAUL_DATABASE__URL", raising=False)


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


def write_rows(name: str, rows: Sequence[Mapping[str, str]]) -> None:
    with Path(name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_truth(name: str, pairs: Iterable[tuple[str, str]]) -> None:
    write(name, "left,right\n" + "".join(f"{one},{other}\n" for one, other in pairs))


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["identity", "evaluate", *words])
    return int(ended.value.code or 0)


def found(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(*words, "--json") == 0, capsys.readouterr().err
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(*words, "--json") == 2
    return str(json.loads(capsys.readouterr().err)["error"])


def test_febrl_4_with_all_fields_is_linked_without_a_single_wrong_link(capsys: pytest.CaptureFixture[str]) -> None:
    febrl.needed()
    write_truth("t.csv", febrl.truth("dataset4a.csv", "dataset4b.csv"))
    write("map.json", json.dumps(febrl.COLUMNS))
    files = "--left", str(febrl.FOLDER / "dataset4a.csv"), "--right", str(febrl.FOLDER / "dataset4b.csv")
    got = found(capsys, *files, "--truth", "t.csv", "--id", "rec_id", "--map", "map.json")
    assert got["true_pairs"] == 5000
    assert got["f1"] >= 0.998
    assert got["wrong"] == 0
    assert got["best"]["f1"] >= got["f1"]
    assert got["calibration"]["trusted"]


def test_febrl_3_without_identity_number_has_its_duplicates_found(capsys: pytest.CaptureFixture[str]) -> None:
    febrl.needed()
    write_truth("t.csv", febrl.truth("dataset3.csv"))
    write("map.json", json.dumps(febrl.COLUMNS))
    fields = ",".join(field for field in febrl.COLUMNS if field != "national_id")
    files = "--left", str(febrl.FOLDER / "dataset3.csv"), "--truth", "t.csv", "--map", "map.json"
    got = found(capsys, *files, "--id", "rec_id", "--fields", fields)
    assert got["true_pairs"] == 6538
    assert got["f1"] >= 0.99
    assert got["wrong"] <= 5


def test_febrl_4_by_name_and_address_only_is_still_linked(capsys: pytest.CaptureFixture[str]) -> None:
    febrl.needed()
    write_truth("t.csv", febrl.truth("dataset4a.csv", "dataset4b.csv"))
    write("map.json", json.dumps(febrl.COLUMNS))
    files = "--left", str(febrl.FOLDER / "dataset4a.csv"), "--right", str(febrl.FOLDER / "dataset4b.csv")
    fields = "given_name,surname,street,suburb,postcode,state"
    got = found(capsys, *files, "--truth", "t.csv", "--id", "rec_id", "--map", "map.json", "--fields", fields)
    assert got["f1"] >= 0.985
    assert got["wrong"] == 0


def test_everything_is_told_and_the_numbers_agree_with_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    left, right, truth = people(400, seed=5)
    write_rows("l.csv", left)
    write_rows("r.csv", right)
    write_truth("t.csv", truth)
    got = found(capsys, "--left", "l.csv", "--right", "r.csv", "--truth", "t.csv")
    for score in (got, got["best"]):
        right_ones = score["pairs"] - score["wrong"]
        assert right_ones + score["missed"] == got["true_pairs"] == len(truth)
        assert score["precision"] == pytest.approx(right_ones / score["pairs"], abs=1e-6)
        assert score["recall"] == pytest.approx(right_ones / len(truth), abs=1e-6)
        assert score["f1"] == pytest.approx(2 * right_ones / (score["pairs"] + len(truth)), abs=1e-6)
    assert got["records"] == {"left": len(left), "right": len(right)}
    assert got["seconds"] >= 0
    assert got["f1"] > 0.97
    same = got["weights"]["levels"]["birth_date"]["same"]
    assert same["match"] > 0.5 > 0.001 > same["chance"]
    assert set(got["fields"]) == set(left[0]) - {"id"}


def test_people_read_the_same_as_a_table_with_its_doubts(capsys: pytest.CaptureFixture[str]) -> None:
    write("l.csv", PEOPLE)
    write_truth("t.csv", [("1", "2")])
    assert run("--left", "l.csv", "--truth", "t.csv") == 0
    shown = capsys.readouterr().out
    for words in ("precision", "shipped", "best", "1 true pairs", "do not trust the calibration"):
        assert words in shown


def test_a_few_records_are_matched_by_the_shipped_weights(capsys: pytest.CaptureFixture[str]) -> None:
    write("l.csv", PEOPLE)
    write("t.csv", "2,1\n")  # no header, and the later record first
    got = found(capsys, "--left", "l.csv", "--truth", "t.csv")
    assert (got["pairs"], got["wrong"], got["missed"]) == (1, 0, 0)
    assert [doubt["code"] for doubt in got["calibration"]["doubts"]] == ["few_matches"]


def test_a_map_names_other_columns_and_other_ids_on_either_side(capsys: pytest.CaptureFixture[str]) -> None:
    write("l.csv", PEOPLE)
    write("r.csv", "Kunde;Vorname;Nachname;geb.\n70;Lee;Ann;31.03.1980\n71;Robert;Ray;06.05.1971\n")
    write("t.csv", "1,70\n2,70\n71,3\n")
    theirs = {"id": "Kunde", "given_name": "Vorname", "surname": "Nachname", "birth_date": "geb."}
    write("map.json", json.dumps({"right": theirs}))
    words = "--left", "l.csv", "--right", "r.csv", "--truth", "t.csv", "--map", "map.json"
    got = found(capsys, *words, "--fields", "given_name,surname,birth_date")
    assert (got["wrong"], got["records"]) == (0, {"left": 4, "right": 2})
    assert got["best"]["f1"] == 1


def test_a_name_made_of_two_columns_meets_a_whole_name(capsys: pytest.CaptureFixture[str]) -> None:
    write("l.csv", PEOPLE)
    write("r.csv", 'id,full,birth_date\n9,"Lee, Ann",1980-03-31\n8,Zoë Brandt,1955-01-02\n')
    write("t.csv", "left,right\n1,9\n2,9\n")
    write("map.json", '{"left": {"name": ["given_name", "surname"]}, "right": {"name": "full"}}')
    words = "--left", "l.csv", "--right", "r.csv", "--truth", "t.csv", "--map", "map.json"
    got = found(capsys, *words, "--fields", "name,birth_date")
    assert got["best"]["f1"] == 1
    assert "few_comparisons" in [doubt["code"] for doubt in got["calibration"]["doubts"]]


def test_truth_that_names_one_pair_of_three_duplicates_less_means_all_three(capsys: pytest.CaptureFixture[str]) -> None:
    write("l.csv", PEOPLE + "5,Ann,Lee,1980-03-31,ann@lee.example\n")
    write("t.csv", "1,2\n1,5\n")
    got = found(capsys, "--left", "l.csv", "--truth", "t.csv")
    assert got["true_pairs"] == 3


def test_organisations_are_linked_by_name_address_and_telephone(capsys: pytest.CaptureFixture[str]) -> None:
    left, right, truth = organisations(600, seed=4)
    write_rows("l.csv", left)
    write_rows("r.csv", right)
    write_truth("t.csv", truth)
    got = found(capsys, "--left", "l.csv", "--right", "r.csv", "--truth", "t.csv", "--fields", "name,street,phone")
    assert got["precision"] > 0.995
    assert got["f1"] > 0.97


def test_nothing_to_find_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    write("l.csv", "id,name\n1,Ann Lee\n")
    write("t.csv", "left,right\n")
    got = found(capsys, "--left", "l.csv", "--truth", "t.csv")
    assert (got["pairs"], got["true_pairs"], got["f1"]) == (0, 0, 1)


def test_dates_that_are_none_are_named_with_their_line(capsys: pytest.CaptureFixture[str]) -> None:
    write("l.csv", PEOPLE + "5,Dee,Orr,sometime,dee@orr.example\n6,Eve,Fry,,\n")
    write("t.csv", "1,2\n")
    got = found(capsys, "--left", "l.csv", "--truth", "t.csv")
    assert [note.partition(";")[0] for note in got["notes"]] == [
        "l.csv line 6, column birth_date: is no date, and is taken for empty, as in 1 rows"
    ]


@pytest.mark.parametrize(
    ("records", "truth", "words", "sentence"),
    [
        (
            PEOPLE + "1,Al,Poe,,\n",
            "1,2\n",
            (),
            "l.csv line 6, column id: '1' is the id of line 2 too; give every record",
        ),
        (PEOPLE + ",Al,Poe,,\n", "1,2\n", (), "l.csv line 6, column id: is empty; every record needs an id"),
        (PEOPLE + "5,Al\n", "1,2\n", (), "l.csv line 6: has 2 cells where line 1 has 5; quote cells"),
        (PEOPLE, "l,r\n1,7\n", (), "t.csv line 2, column r: '7' is no id of l.csv; take the line out, or mend the id"),
        (PEOPLE, "l,r\n1,1\n", (), "t.csv line 2: '1' is paired with itself"),
        (PEOPLE, "l\n1\n", (), "t.csv: has one column; it must have two"),
        (PEOPLE, "1,2\n", ("--id", "key"), "l.csv line 1, column key: is not there; there are id, given_name"),
        (PEOPLE, "1,2\n", ("--fields", "phone"), "l.csv line 1, column phone: is not there; there are id"),
        (PEOPLE, "1,2\n", ("--fields", "fax"), "--fields: 'fax' is no field; there are name, given_name"),
        (PEOPLE, "1,2\n", ("--fields", ","), "--fields: names no field; there are name"),
        ("id,x\n1,2\n", "1,2\n", (), "--fields: no column is called like a field; map columns"),
        ("id,name\n", "1,2\n", (), "l.csv: has a header and no rows"),
        ("", "1,2\n", (), "l.csv: is empty; it must have a header and rows"),
        ("id,name,name\n1,a,b\n", "1,2\n", ("--fields", "name"), "l.csv line 1, column name: is there more than once"),
        ("id,birth_date\n1,soon\n2,later\n", "1,2\n", (), "l.csv line 2, column birth_date: is no date, nor is any"),
        (
            PEOPLE,
            "1,2\n",
            ("--right", "none.csv"),
            "none.csv: cannot be read: No such file or directory; give the path",
        ),
        (PEOPLE, "1,2\n", ("--map", "none.json"), "none.json: cannot be read"),
    ],
)
def test_a_refusal_names_file_line_column_and_mend(
    capsys: pytest.CaptureFixture[str], records: str, truth: str, words: tuple[str, ...], sentence: str
) -> None:
    write("l.csv", records)
    write("t.csv", truth)
    assert refused(capsys, "--left", "l.csv", "--truth", "t.csv", *words).startswith(sentence)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("{", "map.json: is not JSON"),
        ("[]", "map.json: must be a JSON object such as"),
        ('{"last_name": "surname"}', "map.json, last_name: is no field; write the field first, then its column"),
        ('{"surname": 1}', "map.json, surname: must be the name of a column, or a list of names"),
        ('{"left": {}, "surname": "x"}', "map.json: has surname beside left and right"),
        ('{"left": "x"}', "map.json: must map fields to columns"),
    ],
)
def test_a_map_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], told: str, sentence: str) -> None:
    write("l.csv", PEOPLE)
    write("t.csv", "1,2\n")
    write("map.json", told)
    assert refused(capsys, "--left", "l.csv", "--truth", "t.csv", "--map", "map.json").startswith(sentence)


_CELLS = st.sampled_from(["", "Ann", "Lee", "n/a", "1980-01-01", "31.12.80", "a@b", "+1", "é", "0", " ", "-", "x y z"])
_ANY = st.lists(st.lists(_CELLS | st.text(max_size=8), min_size=11, max_size=11), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ANY)
def test_whatever_the_cells_hold_the_answer_is_a_number(
    capsys: pytest.CaptureFixture[str], cells: list[list[str]]
) -> None:
    rows = [{"id": f"r{place}", **dict(zip(FIELDS, row, strict=True))} for place, row in enumerate(cells)]
    write_rows("l.csv", [{name: value.replace("\0", "") for name, value in row.items()} for row in rows])
    write_truth("t.csv", [("r0", f"r{len(rows) - 1}")] if len(rows) > 1 else [])
    code = run("--left", "l.csv", "--truth", "t.csv", "--json")
    said = capsys.readouterr()
    if code:
        assert "is no date, nor is any" in json.loads(said.err)["error"]
    else:
        got = json.loads(said.out)
        assert 0 <= got["f1"] <= got["best"]["f1"] <= 1


def test_text_that_is_not_utf_8_is_named_by_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("l.csv").write_bytes("id,name\n1,Ann\n2,Zoë\n".encode("latin-1"))
    write("t.csv", "1,2\n")
    assert refused(capsys, "--left", "l.csv", "--truth", "t.csv").startswith("l.csv line 3: is not UTF-8 text; save")
