"""What mappings make of a return, and what a CRM's value means by them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from adapters.crm.mapping import BadMapping, Unmappable, document, loads, shipped
from adapters.crm.mapping.document import WORDS
from adapters.crm.mapping.file import parse, read
from adapters.crm.mapping.loading import FOLDER
from adapters.crm.mapping.normal import normal
from adapters.crm.mapping.schema import json_schema
from adapters.crm.mapping.steps import Kind
from adapters.crm.port import Answer
from domain.change_request import RequestKind, RequestStatus
from domain.mapping import Direction, Mode, Rule
from domain.money import Money
from domain.returns import CustomerStage, Reason, Stage
from tests.adapters.crm import projection
from tests.adapters.mapping.files import LEAST
from tests.stack.orders import order

SHOWN = projection("R-1", order(1), hold="credit_mismatch")
PROFILES = [
    ("salesforce", "return_order"), ("salesforce", "case"), ("salesforce", "custom"),
    ("dynamics", "rma"), ("dynamics", "case"), ("dynamics", "custom"),
]  # fmt: skip


def made(entry: str, **more: object) -> object:
    """What a field with this entry shows."""
    mapping = loads("own.yaml", LEAST.replace("{from: stage}", entry))
    return mapping.own.record(document(replace(SHOWN, **more)))["Stage__c"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("vendor", "profile"), PROFILES)
def test_a_shipped_mapping_asks_for_every_kind_of_request_once(vendor: str, profile: str) -> None:
    rules = shipped(vendor, profile).matrix("main").concept("return")

    assert rules is not None
    assert sorted(rule.asks for rule in rules.fields if rule.asks) == sorted(RequestKind)
    assert all(rule.direction.pulls and rule.rule is Rule.REQUEST_ONLY for rule in rules.fields if rule.asks)


@pytest.mark.parametrize(("vendor", "profile"), PROFILES)
def test_no_request_field_but_the_reason_is_ever_written_by_us(vendor: str, profile: str) -> None:
    written = shipped(vendor, profile).own.record(document(SHOWN))
    rules = shipped(vendor, profile).matrix("main").concept("return")

    assert rules is not None
    asking = {rule.field for rule in rules.fields if rule.asks not in (None, RequestKind.REASON)}
    assert len(asking) == 3
    assert not asking & written.keys()


@pytest.mark.parametrize(("vendor", "profile"), PROFILES)
def test_an_answer_stands_in_three_fields_and_its_absence_clears_none(vendor: str, profile: str) -> None:
    own = shipped(vendor, profile).own
    answered = replace(SHOWN, answer=Answer("req-1", "refused", "It was paid out already."))
    before, after = own.record(document(SHOWN)), own.record(document(answered))

    assert sorted(value for name, value in after.items() if name not in before) == sorted(
        ["req-1", "refused", "It was paid out already."]
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_files_hold_to_the_published_schema(path: Path) -> None:
    jsonschema.validate(read(path).data, json_schema())


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    broken = parse("own.yaml", LEAST).data | {"colour": "red"}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json_schema())


def test_the_document_has_the_words_that_paths_are_checked_against() -> None:
    whole = document(replace(SHOWN, answer=Answer("a", "b", "c"), quoted=Money(1, "EUR")))

    assert whole.keys() == WORDS.keys()
    for word, below in WORDS.items():
        if below and word != "line":
            assert whole[word].keys() == set(below)
    assert whole["lines"][0].keys() == set(WORDS["line"] or ())


def test_a_table_says_one_thing_for_several_words_and_another_for_the_rest() -> None:
    own = loads("own.yaml", LEAST).own
    shown = [own.record(document(replace(SHOWN, reason=reason)))["Reason__c"] for reason in ("damaged", "style", "")]

    assert shown == ["Broken", "Other", "Other"]


def test_a_tables_value_is_told_back_as_the_first_of_its_words() -> None:
    own = loads("own.yaml", LEAST).own

    assert own.told("Reason__c", "Broken") == "damaged"
    with pytest.raises(Unmappable, match=r"Return__c\.Reason__c .* no word for this value"):
        own.told("Reason__c", "Eaten")


def test_a_number_in_a_request_is_told_as_a_decimal_text() -> None:
    own = shipped("salesforce", "case").own

    assert own.told("Requested_Refund__c", 12.5) == "12.5"
    with pytest.raises(Unmappable):
        own.told("Requested_Refund__c", "12,50")


@pytest.mark.parametrize(
    ("entry", "shows"),
    [
        ("{from: amounts.quoted.currency, steps: [lower]}", "eur"),
        ("{from: amounts.quoted, steps: [{locale_decimal: {point: ','}}]}", "11,89"),
        ("{from: amounts.paid, steps: [amount, {default: 0}]}", 0),
        ("{from: 'lines[?requested > `0`].sku', steps: [{join: '; '}]}", "MUG-1"),
        ("{from: changed_at, steps: [{date_only: Pacific/Auckland}]}", "2026-11-20"),
        ("{value: 7}", 7),
        ("{from: over}", False),
    ],
)
def test_a_field_shows_what_its_entry_says(entry: str, shows: object) -> None:
    assert made(entry) == shows


def test_a_condition_leaves_a_field_alone_or_shows_it() -> None:
    entry = "{from: stage, when: 'amounts.quoted != null && amounts.quoted.minor >= 1189'}"

    assert made(entry) == "awaiting_goods"
    with pytest.raises(KeyError):
        made(entry, quoted=Money(1188, "EUR"))
    with pytest.raises(KeyError):
        made(entry, quoted=None)


def test_a_condition_may_look_over_the_lines() -> None:
    assert made("{from: stage, when: 'lines.exists(l, l.reason == \"damaged\")'}") == "awaiting_goods"


def test_a_condition_that_cannot_be_answered_is_the_mappings_fault_and_says_so() -> None:
    with pytest.raises(Unmappable, match="guard it"):
        made("{from: stage, when: 'amounts.paid.minor > 0'}")
    with pytest.raises(Unmappable, match="true or false"):
        made("{from: stage, when: 'stage'}")


def test_what_is_no_value_of_a_field_is_not_sent() -> None:
    with pytest.raises(Unmappable, match=r"Return__c\.Stage__c cannot be filled: it comes out as dict"):
        made("{from: contact}")


@pytest.mark.parametrize(("vendor", "profile"), PROFILES)
def test_words_of_our_own_are_sent_as_plain_texts(vendor: str, profile: str) -> None:
    state = replace(
        SHOWN,
        stage=Stage.CLOSED,
        customer_stage=CustomerStage.DONE,
        reason=Reason.DAMAGED,
        lines=(replace(SHOWN.lines[0], reason=Reason.STYLE),),
        answer=Answer("req-1", RequestStatus.PENDING, "A person decides."),
    )

    assert {type(value) for value in shipped(vendor, profile).own.record(document(state)).values()} <= {
        str, int, float, bool, type(None),
    }  # fmt: skip


def test_an_empty_value_clears_or_is_left_alone() -> None:
    assert made("{from: amounts.paid, steps: [amount]}") is None
    with pytest.raises(KeyError):
        made("{from: amounts.paid, steps: [amount], nulls: ignore}")


def test_the_switches_of_a_file_stand_in_the_matrix() -> None:
    text = LEAST.replace("tables:", "regions: {DE: shadow, FR: off}\ntables:")
    text = text.replace("    key:", "    mode: push_only\n    key:")
    matrix = loads("own.yaml", text).matrix("main")
    [rules] = matrix.objects

    assert [matrix.mode(rules, region) for region in ("DE", "FR", "IT")] == [Mode.SHADOW, Mode.OFF, Mode.PUSH_ONLY]
    assert matrix.version == "1"


def test_a_file_for_another_kind_of_org_is_refused() -> None:
    mapping = loads("own.yaml", LEAST)

    with pytest.raises(BadMapping, match="is made for salesforce with profile custom, this org is salesforce"):
        mapping.require("salesforce", "case")


def test_a_file_that_meddles_with_keys_and_links_is_refused() -> None:
    mapping = loads("own.yaml", LEAST)

    with pytest.raises(BadMapping) as refused:
        mapping.fits({"return": ("Return__c", "Ref__c"), "contact": ("Contact", "Key__c")}, {"return": {"Stage__c"}})
    told = "\n".join(refused.value.complaints)
    assert "lacks the object contact" in told
    assert "write object and key so" in told
    assert "Return__c.Stage__c is filled by the hub itself" in told


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.MOMENT, "2026-11-20T09:30:00.000+0000", "2026-11-20T09:30:00Z"),
        (Kind.TEXT, "a\r\nb ", "a\nb"),
        (Kind.TEXT, "", None),
        (Kind.AMOUNT, 12.0, 12),
    ],
)
def test_what_says_the_same_is_compared_as_the_same(kind: Kind, one: object, other: object) -> None:
    assert normal(kind, one) == normal(kind, other)  # type: ignore[arg-type]


def test_what_says_something_else_is_not() -> None:
    assert normal(Kind.AMOUNT, 12.01) != normal(Kind.AMOUNT, 12.1)
    assert normal(Kind.FLAG, False) is False
    assert normal(Kind.TEXT, "a b") != normal(Kind.TEXT, "ab")


def test_a_customers_data_is_the_crms_own_and_given_once() -> None:
    for vendor, profile in PROFILES:
        matrix = shipped(vendor, profile).matrix("main")
        for concept in ("contact", "account"):
            rules = matrix.concept(concept)
            assert rules is not None
            assert {(rule.owner.value, rule.direction, rule.mask.value) for rule in rules.fields} == {
                ("crm", Direction.PUSH, "personal")
            }
