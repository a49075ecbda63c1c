"""How far two parties agree."""

from __future__ import annotations

import pytest

from domain.identity import certain
from domain.identity.comparing import COMPARISONS, LEVELS, Comparer
from domain.identity.party import FIELDS, Vocabulary


def levels(one: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """What is said of each comparison of which both sides say something."""
    ours, theirs = Vocabulary(FIELDS).prepare([one, other])
    pattern = Comparer().compare(ours, theirs)
    assert pattern == Comparer().compare(theirs, ours)
    return {name: LEVELS[name][level - 1] for name, level in zip(COMPARISONS, pattern, strict=True) if level}


@pytest.mark.parametrize(
    ("field", "one", "other", "level"),
    [
        ("given_name", "Bob", "Robert", "part"),
        ("given_name", "Kate", "Cathy", "part"),
        ("given_name", "J.", "John", "part"),
        ("given_name", "Anna Maria", "Anna", "part"),
        ("given_name", "Braid en", "Braiden", "close"),
        ("given_name", "Margaret", "Margarte", "close"),
        ("given_name", "Daniel", "Susan", "differs"),
        ("surname", "García", "GARCIA", "same"),
        ("surname", "Smith-Jones", "Jones", "part"),
        ("name", "Lee, Ann", "Ann LEE", "same"),
        ("name", "Bob Ray", "Robert Ray", "close"),
        ("name", "A. Lee", "Ann Lee", "close"),
        ("name", "Ann Mary Lee", "Ann Lee", "part"),
        ("name", "Acme Hardware Ltd", "Acme Hardware GmbH", "same"),
        ("name", "Acme Hardware", "Acme Hardwear", "close"),
        ("name", "Acme Hardware", "Zenith Foods", "differs"),
        ("birth_date", "1980-03-31", "31/03/1980", "same"),
        ("birth_date", "1980-03-04", "1980-04-03", "slip"),
        ("birth_date", "1980-03-31", "1989-03-31", "slip"),
        ("birth_date", "1980-03-31", "1980", "near"),
        ("birth_date", "1980-03-31", "1971-05-06", "differs"),
        ("email", "ann@lee.example", "ANN+x@lee.example", "same"),
        ("email", "ann.lee@post.example", "ann.lee@web.example", "alike"),
        ("email", "ann.lee6@a.example", "ann.lee8@a.example", "differs"),
        ("phone", "+49 30 1234567", "1234567", "same"),
        ("phone", "030 1234567", "030 1234568", "slip"),
        ("street", "12 Oak St", "12 oak street", "same"),
        ("street", "12 Oakgate Street", "12 Oakgat Street", "close"),
        ("street", "12 Oakgate Street", "40 Oakgate Street", "other_number"),
        ("street", "12 Oakgate Street Rosewood Farm", "12 Oakgate Street", "close"),
        ("national_id", "123-456-789", "123456798", "slip"),
        ("state", "NSW", "nsw", "same"),
    ],
)  # fmt: skip
def test_a_field_agrees_as_people_would_say(field: str, one: str, other: str, level: str) -> None:
    assert levels({field: one}, {field: other}) == {field: level}


def test_names_in_each_others_place_are_one_finding() -> None:
    crosswise = levels({"given_name": "Ann", "surname": "Corrigan"}, {"given_name": "Corigan", "surname": "Ann"})
    assert crosswise == {"given_name": "swapped"}
    half = levels({"given_name": "Ann", "surname": "Corrigan"}, {"given_name": "Corrigan", "surname": "Fry"})
    assert half == {"given_name": "crossed"}


def test_a_suburb_says_less_once_the_postcode_agrees_and_a_state_nothing() -> None:
    there = {"suburb": "Oakdale", "postcode": "2600", "state": "NSW"}
    assert levels(there, there) == {"postcode": "same", "suburb_of_postcode": "same"}
    assert levels(there, there | {"postcode": "7777"}) == {"postcode": "differs", "suburb": "same"}


def test_a_mailbox_like_the_name_says_nothing_when_the_names_agree() -> None:
    ann = {"name": "Ann Lee", "email": "ann.lee@post.example"}
    assert levels(ann, ann | {"email": "ann.lee@web.example"}) == {"name": "same"}


def test_an_empty_cell_is_no_disagreement() -> None:
    assert levels({"surname": "Lee", "email": "n/a"}, {"email": "ann@lee.example"}) == {}


ANN = {
    "given_name": "Ann",
    "surname": "Lee",
    "birth_date": "1980-03-31",
    "email": "ann@lee.example",
    "phone": "1234567",
}


def rule(one: dict[str, str], other: dict[str, str]) -> str:
    ours, theirs = Vocabulary(FIELDS).prepare([one, other])
    return certain.rule(Comparer().compare(ours, theirs), ours)


def test_a_mailbox_with_the_name_is_certain() -> None:
    assert rule(ANN, ANN | {"birth_date": ""}) == "mailbox_and_name"
    assert rule(ANN, ANN | {"given_name": "Bob"}) == ""
    assert rule(ANN, ANN | {"birth_date": "1955-01-01"}) == ""


def test_an_identity_number_is_certain_only_with_something_else() -> None:
    numbered = {"national_id": "123456789", "surname": "Lee"}
    assert rule(numbered, numbered) == "identity_number_and_name_or_birth_date"
    assert rule(numbered, numbered | {"surname": "Corrigan"}) == ""


def test_a_telephone_number_is_never_enough() -> None:
    assert rule({"phone": "1234567"}, {"phone": "1234567"}) == ""
    assert rule({"phone": "1234567", "surname": "Lee"}, {"phone": "1234567", "surname": "Lee"}) == ""


def test_a_shared_mailbox_is_not_certain() -> None:
    office = {"surname": "Lee", "email": "returns@shop.example"}
    assert rule(office, office) == ""
    many = Vocabulary(FIELDS).prepare([{"surname": "Lee", "email": "lees@home.example"}] * 9)
    assert certain.rule(Comparer().compare(many[0], many[1]), many[0]) == ""
