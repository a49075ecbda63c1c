"""Commands about how matching is done: new weights, which ones count, and how good the result is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.identity.asking import By, Why, ask, named
from cli.output import Json, show, table
from store.port import RuleCount


def train(by: By, as_json: Json = False) -> None:
    """Find weights from all pairs compared so far, without labels but with what people decided. They count only once
    `identity activate` says so."""
    found = ask(lambda desk: desk.train(named("by", by)))
    doubts = [{"code": doubt.code, "sentence": doubt.sentence} for doubt in found.doubts]
    document = {
        "version": found.version,
        "pairs": found.pairs,
        "decided": found.decided,
        "expected_matches": round(found.matches, 1),
        "links": found.links,
        "calibration": {"trusted": not doubts, "doubts": doubts},
    }
    lines = [
        f"weights {found.version} from {found.pairs} pairs, {found.decided} of them decided by people",
        f"{found.links} would be linked by weight, about {found.matches:.0f} should be",
        *(f"do not trust the calibration: {doubt.sentence}" for doubt in found.doubts),
        f"not active: `identity activate {found.version}`",
    ]
    show(document, lines, as_json)


def weights(as_json: Json = False) -> None:
    """The versions of the weights, and which one counts. Reads PostgreSQL only."""
    found = ask(lambda desk: desk.versions())
    shipped = not any(one.active for one in found)
    document = [{"version": 0, "active": shipped, "records": None, "by": "", "at": None, "weights": None}] + [
        {"version": one.version, "active": one.active, "records": one.records, "by": one.by}
        | {"at": one.at.isoformat(), "weights": dict(one.document)}
        for one in found
    ]
    rows: list[tuple[object, ...]] = [(0, "shipped", "", "", "active" if shipped else "")]
    rows += [
        (one.version, f"of {one.records} records", one.by, f"{one.at:%Y-%m-%d %H:%M}", "active" if one.active else "")
        for one in found
    ]
    show({"versions": document}, table(rows), as_json)


def activate(
    version: Annotated[int, typer.Argument(min=0, metavar="VERSION", help="A number of `weights`; 0: the shipped.")],
    by: By,
    why: Why,
    as_json: Json = False,
) -> None:
    """From now on records that come in are weighed with this version. Nobody who is linked is parted by it."""
    ask(lambda desk: desk.activate(version, named("by", by), named("why", why)))
    show({"active": version}, [f"weights {version or 'as shipped'} count from now on"], as_json)


def duplicates(as_json: Json = False) -> None:
    """How many records of each source are one party twice, and how right each rule was. Reads PostgreSQL only."""
    found = ask(lambda desk: desk.quality())
    age = (datetime.now(UTC) - found.oldest_review).total_seconds() if found.oldest_review else None
    document = {
        "sources": [
            {"system": one.system, "org": one.org, "object": one.object, "records": one.records}
            | {"parties": one.parties, "parties_with_several": one.several, "reviews": one.reviews}
            | {"duplicate_rate": (one.records - one.parties) / one.records}
            for one in found.sources
        ],
        "rules": [
            {"rule": one.rule, "linked": one.linked, "undone": one.undone, "precision": _precision(one)}
            for one in found.rules
        ],
        "open_reviews": found.open_reviews,
        "oldest_review_seconds": round(age, 1) if age is not None else None,
    }
    rows: list[tuple[object, ...]] = [("source", "records", "parties", "with several", "reviews")]
    rows += [(f"{one.org}:{one.object}", one.records, one.parties, one.several, one.reviews) for one in found.sources]
    lines = table(rows)
    lines += [
        f"{one.rule}: {one.linked + one.undone} links, {one.undone} taken back ({_precision(one):.1%} stood)"
        for one in found.rules
    ]
    lines.append(f"{found.open_reviews} pairs to look at")
    show(document, lines, as_json)


def _precision(rule: RuleCount) -> float:
    """Of all the links the rule made, those that nobody took back. A rule that made none is not listed."""
    return rule.linked / (rule.linked + rule.undone)
