"""`identity evaluate`: how right a matching of two files is. It needs these files only: no settings, no server."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from cli.output import Json, show, table
from domain.errors import BadInput
from domain.identity.matching import Matching, match
from domain.identity.scoring import Score, Truth, scores
from domain.identity.weights import shipped
from runtime.tables import Columns, Source, check_fields, known_fields, read_map, read_source, read_truth

Left = Annotated[str, typer.Option("--left", metavar="CSV", help="Records, with a header.")]
Right = Annotated[
    str | None, typer.Option("--right", metavar="CSV", help="Records of another system. None: duplicates.")
]
TruthFile = Annotated[
    str, typer.Option("--truth", metavar="CSV", help="Two columns: the ids of a pair that is one party.")
]
Id = Annotated[str, typer.Option("--id", metavar="COLUMN", help="The column of the ids.")]
Fields = Annotated[
    str, typer.Option("--fields", metavar="LIST", help="What to compare by, with commas. None: all there is.")
]
Map = Annotated[str | None, typer.Option("--map", metavar="JSON", help='Columns of fields: {"surname": "last_name"}.')]


def evaluate(
    left: Left,
    truth: TruthFile,
    right: Right = None,
    id_column: Id = "id",
    fields: Fields = "",
    map_file: Map = None,
    as_json: Json = False,
) -> None:
    """Match records whose truth is known, and tell how right that was. See docs/identity.md."""
    columns = read_map(map_file) if map_file else ({}, {})
    wanted = _wanted(fields, left, right, columns)
    ours = read_source(left, _id(columns[0], id_column), wanted, columns[0])
    theirs = read_source(right, _id(columns[1], id_column), wanted, columns[1]) if right else None
    known = Truth(read_truth(truth, ours, theirs), one_source=theirs is None)
    started = time.monotonic()
    found = match(ours.records, theirs.records if theirs else None, wanted, shipped())
    at_shipped, at_best = scores(found, known)
    seconds = time.monotonic() - started
    notes = (*ours.notes, *(theirs.notes if theirs else ()))
    document = _document(found, at_shipped, at_best, ours, theirs) | {
        "fields": list(wanted), "notes": list(notes), "seconds": round(seconds, 2),
    }  # fmt: skip
    show(document, _lines(found, at_shipped, at_best, notes, seconds), as_json)


def _wanted(fields: str, left: str, right: str | None, columns: tuple[Columns, Columns]) -> tuple[str, ...]:
    listed = tuple(dict.fromkeys(filter(None, (field.strip() for field in fields.split(",")))))
    if listed or fields:
        check_fields(listed)
        return listed
    there = known_fields(left, columns[0])
    if right:
        both = set(known_fields(right, columns[1]))
        there = tuple(field for field in there if field in both)
    if not there:
        raise BadInput("--fields", "no column is called like a field; map columns to fields with --map")
    return there


def _id(columns: Columns, id_column: str) -> str:
    return columns.get("id", (id_column,))[0]


def _document(
    found: Matching, at_shipped: Score, at_best: Score, ours: Source, theirs: Source | None
) -> dict[str, Any]:
    links, reviews = found.bands()
    return {
        **_score(at_shipped),
        "best": _score(at_best),
        "true_pairs": at_shipped.wanted,
        "compared": found.compared,
        "bands": {"link": links, "review": reviews},
        "records": {"left": len(ours.records), "right": len(theirs.records) if theirs else None},
        "expected_matches": round(found.estimate.matches, 1),
        "calibration": {
            "trusted": not found.doubts,
            "doubts": [{"code": doubt.code, "sentence": doubt.sentence} for doubt in found.doubts],
        },
        "weights": found.weights.dump(),
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "threshold": round(score.threshold, 3),
        "pairs": score.pairs,
        "precision": round(score.precision, 6),
        "recall": round(score.recall, 6),
        "f1": round(score.f1, 6),
        "wrong": score.wrong,
        "missed": score.missed,
    }


def _lines(found: Matching, at_shipped: Score, at_best: Score, notes: tuple[str, ...], seconds: float) -> list[str]:
    rows: list[tuple[object, ...]] = [("threshold", "", "pairs", "precision", "recall", "F1", "wrong", "missed")]
    for name, score in (("shipped", at_shipped), ("best", at_best)):
        told = [f"{number:.4f}" for number in (score.precision, score.recall, score.f1)]
        rows.append((name, f"{score.threshold:.1f} bits", score.pairs, *told, score.wrong, score.missed))
    links, reviews = found.bands()
    lines = table(rows)
    lines.append(f"{at_shipped.wanted} true pairs, {found.compared} pairs compared in {seconds:.1f} s")
    lines.append(f"{links} pairs would be linked, {reviews} would be for a person to look at")
    lines += [f"note: {note}" for note in notes]
    lines += [f"do not trust the calibration: {doubt.sentence}" for doubt in found.doubts]
    return lines
