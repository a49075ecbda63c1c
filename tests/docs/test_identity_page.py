"""docs/identity.md says of fields, rules, doubts and bands what the code has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from domain.identity import calibration, certain, clusters, placing, rarity
from domain.identity.party import FIELDS
from domain.identity.weights import shipped
from store import candidates
from tests.docs.test_docs import DOCS, quoted, rows_of

PAGE = DOCS / "identity.md"


def texts_of(module_file: str | None) -> set[str]:
    assert module_file is not None
    nodes = ast.walk(ast.parse(Path(module_file).read_text()))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_field_is_explained() -> None:
    assert {field for cells in rows_of(PAGE, "field") for field in quoted(cells[0])} == set(FIELDS)


def test_every_rule_is_explained() -> None:
    written = {quoted(line.strip().strip("|"))[0] for line in re.findall(r"^   \| `\w+` \|.*$", PAGE.read_text(), re.M)}
    assert written == {text for text in texts_of(certain.__file__) if re.fullmatch(r"\w+_and_\w+", text)}


def test_every_rule_at_intake_is_explained() -> None:
    written = {name for cells in rows_of(PAGE, "rule at intake") if (name := quoted(cells[0]))}
    assert written == {(placing.VERIFIED,), (placing.ORDER,), (placing.LOYALTY,)}


def test_every_doubt_is_explained() -> None:
    source = Path(calibration.__file__).read_text()
    assert {quoted(cells[0])[0] for cells in rows_of(PAGE, "doubt")} == set(re.findall(r'Doubt\(\s*"(\w+)"', source))


def test_the_bands_and_bounds_are_those_of_the_code() -> None:
    page = " ".join(PAGE.read_text().split())
    weights = shipped()
    assert f"From `{weights.link:g}` bits on a pair is linked" in page
    assert f"from `{weights.review:g}` on a person looks" in page
    assert f"up to {clusters.MOST_TOGETHER} records" in page
    assert f"better by {clusters.WEAKER_BY:g} bits" in page
    assert f"more than {rarity.SHARED_BY} records have" in page
    assert f"at least {placing.FEWEST_RECORDS:,} are assumed" in page
    assert f"more than {rarity.SHARED_BY} parties" in page
    assert (
        f"at most {candidates.MOST_OF_CODE} records share, and at most {candidates.MOST_COMPARED} are compared" in page
    )
    assert f"the party has {clusters.MOST_TOGETHER} records" in page
    assert f"fit alike (within {clusters.WEAKER_BY:g} bits)" in page
