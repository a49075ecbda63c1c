"""Bad mapping files: each complaint names the line and says how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.crm.mapping import BadMapping, load, loads
from tests.adapters.mapping.files import LEAST

STAGE = "      Stage__c: {from: stage}"


def entry(text: str) -> str:
    """The file, its field Stage__c written so. It stands in line 15."""
    return LEAST.replace(STAGE, f"      Stage__c: {text}")


# What is written, the line it is told in, what is told.
BAD = {
    "no YAML": ("objects: [", 1, "is no YAML"),
    "a tab": ("format:\n\t- 1", 2, "is no YAML"),
    "an alias": ("a: &x 1\nb: *x", 1, "anchors and aliases are not allowed"),
    "a key twice": (LEAST.replace(STAGE, f"{STAGE}\n{STAGE}"), 16, "stands twice; remove one"),
    "another format": (LEAST.replace("format: 1", "format: 2"), 1, "format must be 1"),
    "no version": (LEAST.replace('version: "1"\n', ""), 1, "lacks `version`: add it"),
    "a number for a version": (LEAST.replace('"1"', "1"), 3, "should be a valid string"),
    "an unknown word": (LEAST + "colour: red\n", 17, "colour is not known here: remove it"),
    "an unknown word of a field": (entry("{from: stage, colour: red}"), 15, "colour is not known here"),
    "an unknown vendor": (LEAST.replace("salesforce", "sugar"), 4, "must be 'salesforce' or 'dynamics'"),
    "no return": (LEAST.replace("  return:", "  account:"), 10, "objects lack `return`"),
    "an unknown way": (entry("{from: stage, direction: sideways}"), 15, "must be 'push', 'pull', 'both' or 'off'"),
    "an unknown rule": (entry("{from: stage, rule: mine}"), 15, "must be 'owner_wins'"),
    "nothing to push": (entry("{steps: [upper]}"), 15, "give it `from` or `value`"),
    "two sources": (entry("{from: stage, value: x}"), 15, "keep one"),
    "a request nobody asks": (entry("{from: stage, rule: request_only}"), 15, "go together"),
    "a request nobody reads": (entry("{from: stage, rule: request_only, asks: reason}"), 15, "direction pull or both"),
    "a state of theirs": (entry("{from: stage, rule: monotonic_state, owner: crm}"), 15, "give it owner hub"),
    "no path": (entry("{from: 'stage['}"), 15, "is no JMESPath"),
    "a path to nowhere": (entry("{from: stages}"), 15, "stages is not in the document; there are return_id"),
    "a path below nowhere": (entry("{from: contact.phone}"), 15, "contact.phone is not in the document"),
    "a sum of money": (entry("{from: 'sum(lines[].requested)'}"), 15, "the function sum is not allowed"),
    "a path that is too long": (entry("{from: " + "stage || " * 40 + "stage}"), 15, "at most 300 characters"),
    "a path that is too deep": (entry("{from: '" + "[" * 14 + "stage" + "]" * 14 + "'}"), 15, "at most 12 levels"),
    "no condition": (entry("{from: stage, when: 'hold =='}"), 15, "is no CEL"),
    "a condition on nothing": (entry("{from: stage, when: 'colour == 1'}"), 15, "colour is not in the document"),
    "a condition in a loop": (
        entry("{from: stage, when: 'lines.all(a, lines.all(b, true))'}"), 15, "at most one of all",
    ),
    "a condition that matches": (entry("{from: stage, when: 'stage.matches(\"a+\")'}"), 15, "matches is not allowed"),
    "a condition that is too deep": (entry("{from: stage, when: " + "(" * 9 + "true" + ")" * 9 + "}"), 15, "8 levels"),
    "a condition that is too long": (entry("{from: stage, when: '" + "true && " * 40 + "true'}"), 15, "300 characters"),
    "an unknown step": (entry("{from: stage, steps: [shout]}"), 15, "is no step; steps are fit: ..., text"),
    "a step without its argument": (entry("{from: stage, steps: [fit]}"), 15, "is no step; steps are"),
    "a wrong argument": (entry("{from: stage, steps: [{fit: long}]}"), 15, "wrong argument for fit: input should be"),
    "no time zone": (entry("{from: changed_at, steps: [{date_only: Mars}]}"), 15, "is no time zone"),
    "one sign for two": (
        entry("{from: amounts.paid, steps: [{locale_decimal: {point: '.', group: '.'}}]}"), 15, "must differ",
    ),
    "a moment as it is": (entry("{from: changed_at}"), 15, "a moment needs a step"),
    "no such table": (entry("{from: stage, steps: [{table: stages}]}"), 15, "no table stages; there are reasons"),
    "an unused table": (LEAST.replace(", steps: [{table: reasons}]", ""), 7, "no field uses the table reasons"),
    "a table with a gap": (LEAST.replace("    otherwise: Other\n", ""), 15, "has no value for changed_mind"),
    "a request nobody can read": (
        entry("{from: reason, steps: [upper], direction: both, rule: request_only, asks: reason}"), 15, "no way back",
    ),
    "two ask the same": (
        LEAST + "".join(
            f"      {name}__c: {{direction: pull, rule: request_only, asks: note}}\n" for name in ("A", "B")
        ), 18, "both ask note",
    ),
    "a record type that is no id": (LEAST.replace("    fields:", "    record_type: Web\n    fields:"), 14, "15 or 18"),
    "a record type in Dataverse": (
        LEAST.replace("salesforce", "dynamics").replace("    fields:", "    record_type: 012000000000001\n    fields:"),
        14, "only Salesforce has record types",
    ),
    "a step of the other vendor": (
        entry("{from: stage, steps: [id18]}").replace("salesforce", "dynamics"), 15, "is for salesforce only",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_with_its_line_and_mend(name: str) -> None:
    text, line, told = BAD[name]

    with pytest.raises(BadMapping) as refused:
        loads("own.yaml", text)

    assert any(each.startswith(f"own.yaml:{line}: ") and told in each for each in refused.value.complaints), (
        refused.value.complaints
    )
    assert len(refused.value.complaints) <= 2, refused.value.complaints


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(BadMapping) as refused:
        loads("own.yaml", entry("{from: stages}") + "      Next__c: {from: nexts}\n")

    assert len(refused.value.complaints) == 2


def test_a_file_that_is_not_there_or_no_text_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match=r"none\.yaml: cannot be read"):
        load(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadMapping, match="is not UTF-8"):
        load(tmp_path / "bytes.yaml")
    (tmp_path / "long.yaml").write_text("# " + "x" * 200_000)
    with pytest.raises(BadMapping, match="more than 200000 bytes"):
        load(tmp_path / "long.yaml")


def test_off_is_a_word_and_an_arabic_digit_no_number() -> None:
    own = loads("own.yaml", LEAST.replace("    key:", "    mode: off\n    key:")).own

    assert own.mode.value == "off"
