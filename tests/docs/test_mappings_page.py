"""The pages about mappings say what the files and the code have."""

from __future__ import annotations

from pathlib import Path

from adapters.crm.mapping.conditions import FUNCTIONS as CONDITION_FUNCTIONS
from adapters.crm.mapping.document import WORDS
from adapters.crm.mapping.paths import FUNCTIONS
from adapters.crm.mapping.schema import FieldEntry
from adapters.crm.mapping.steps import KNOWN
from cli.mapping import pages
from domain.mapping import Mode, Rule
from runtime import mappings
from tests.docs.test_docs import DOCS, quoted, rows_of

PAGE = DOCS / "crm" / "mapping.md"


def test_the_page_of_the_shipped_mappings_is_what_the_command_prints() -> None:
    assert (DOCS / "crm" / "mappings.md").read_text() == "\n".join(pages(None, mappings.every())) + "\n"


def test_every_shipped_file_is_in_the_folder_that_is_packaged() -> None:
    assert [each.name for each in mappings.every()] == sorted(path.stem for path in Path("mappings").iterdir())


def explained(first: str) -> set[str]:
    return {word for cells in rows_of(PAGE, first) for word in quoted(cells[0])}


def test_every_step_rule_switch_and_word_is_explained_and_no_other() -> None:
    assert explained("step") == set(KNOWN)
    assert explained("rule") == {str(rule) for rule in Rule}
    assert explained("switch") == {str(mode) for mode in Mode}
    words = {word for word, below in WORDS.items() if not below}
    words |= {f"{word}.{name}" for word, below in WORDS.items() for name in below or ()}
    assert explained("word") == words
    fields = {field.alias or name for name, field in FieldEntry.model_fields.items()}
    assert explained("entry") == fields


def test_every_function_of_paths_and_conditions_is_named() -> None:
    text = PAGE.read_text()

    assert {name for name in (*FUNCTIONS, *CONDITION_FUNCTIONS) if f"`{name}`" not in text} == set()
