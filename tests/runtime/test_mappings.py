"""The mapping of an org as the rest of the program asks for it: its matrix, what a value means, what is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.crm.mapping import BadMapping, Unmappable
from adapters.crm.mapping.loading import shipped_path
from domain.change_request import RequestKind
from runtime.mappings import asked, mapping, matrix, normal, told
from runtime.sections import Dynamics, Salesforce


def org(**more: object) -> Salesforce:
    return Salesforce.model_validate(
        {"kind": "salesforce", "url": "https://org.example", "client_id": "id", "client_secret": "s"} | more
    )


def test_an_org_without_a_file_has_its_profiles_matrix() -> None:
    rules = matrix("main", org(profile="case")).concept("return")

    assert rules is not None
    assert (rules.object, rules.key) == ("Case", "Returns_Ref__c")
    asking = rules.of("Requested_Refund__c")
    assert asking is not None
    assert asking.asks is RequestKind.PARTIAL_REFUND


def test_an_org_with_a_file_has_that_files_matrix(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(shipped_path("salesforce", "case").read_text().replace('version: "1"', 'version: "7"'))

    assert matrix("main", org(profile="case", mapping=path)).version == "7"
    with pytest.raises(BadMapping, match="profile case, this org is salesforce with profile custom"):
        matrix("main", org(profile="custom", mapping=path))


def test_what_a_crm_tells_becomes_our_word() -> None:
    assert told(mapping(org()), "return", "Requested_Refund__c", 12.5) == "12.5"
    assert told(mapping(org()), "return", "Return_Reason__c", "damaged") == "damaged"
    with pytest.raises(Unmappable, match="does not say how it is read"):
        told(mapping(org()), "return", "Colour__c", "red")


def test_what_has_no_word_is_asked_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    text = shipped_path("salesforce", "case").read_text()
    table = "tables:\n  why: {values: {damaged: Kaputt}, otherwise: Sonst}\n"
    ours, theirs = "from: reason\n        steps: [{fit: 80}]", "from: reason\n        steps: [{table: why}]"
    path.write_text(text.replace("tables:\n", table, 1).replace(ours, theirs))
    own = mapping(org(profile="case", mapping=path))

    assert asked(own, "return", "Return_Reason__c", "Kaputt") == "damaged"
    assert asked(own, "return", "Return_Reason__c", "Gegessen") == "Gegessen"
    assert asked(own, "return", "Requested_Refund__c", 12.5) == "12.5"


def test_what_was_sent_and_what_is_told_are_compared_in_one_form() -> None:
    mine = Dynamics.model_validate(
        {"kind": "dynamics", "url": "https://org.example", "tenant": "t", "client_id": "id", "client_secret": "s"}
    )

    assert normal(mapping(mine), "return", "bh_lines", "a\r\nb") == normal(mapping(mine), "return", "bh_lines", "a\nb")
    assert normal(mapping(mine), "return", "bh_version", 3) == 3
