"""Commands of those who decide who is who: the queue, accept and reject, merge and unmerge, and what is linked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import typer

from cli.identity.asking import Asker, By, Record, Reveal, Why, ask, meant, named, revealing
from cli.output import Json, show, table
from runtime.documents import document_of
from runtime.hub.parties import decision_of, party_of, review_of
from store.port import Decision, Linked, Review

Id = Annotated[int, typer.Argument(metavar="ID", help="The review's or decision's number.")]


def review(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many pairs are shown.")] = 20,
    by: Asker = "",
    reveal: Reveal = "",
    as_json: Json = False,
) -> None:
    """Pairs a person should look at, side by side, the likeliest first. Reads PostgreSQL only."""
    revealing(by, reveal)
    found = ask(lambda desk: desk.queue(limit, by, reveal))
    lines = [line for one in found for line in _side_by_side(one)] or ["nothing to look at"]
    show({"reviews": [document_of(review_of(one)) for one in found]}, lines, as_json)


def accept(review_id: Id, by: By, why: Why, as_json: Json = False) -> None:
    """The two records of a review are one party."""
    _tell(ask(lambda desk: desk.accept(review_id, named("by", by), named("why", why))), as_json)


def reject(review_id: Id, by: By, why: Why, as_json: Json = False) -> None:
    """The two records of a review are not one party, whatever any weights say from now on."""
    _tell(ask(lambda desk: desk.reject(review_id, named("by", by), named("why", why))), as_json)


def merge(
    keep: Annotated[str, typer.Argument(metavar="PARTY", help="The party that survives, by its id.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The party that becomes it.")],
    by: By,
    why: Why,
    as_json: Json = False,
) -> None:
    """Two parties are one. `identity unmerge` with the decision's number takes it back."""
    _tell(ask(lambda desk: desk.merge(keep, other, named("by", by), named("why", why))), as_json)


def unmerge(decision: Id, by: By, why: Why, as_json: Json = False) -> None:
    """Take a link back, a rule's or a person's: what it brought together is apart again, and stays so."""
    undone = ask(lambda desk: desk.unmerge(decision, named("by", by), named("why", why)))
    still = f"still one party by other decisions: see `identity links {undone.into}`"
    line = f"decision {undone.id} is taken back: {undone.one} and {undone.other} are {still if undone.into else 'two'}"
    show(document_of(decision_of(undone)), [line], as_json)


def links(
    party: Annotated[str | None, typer.Argument(metavar="[PARTY]", help="Its id.")] = None,
    record: Record = None,
    by: Asker = "",
    reveal: Reveal = "",
    as_json: Json = False,
) -> None:
    """All records of a party, and what was decided about them. Reads PostgreSQL only."""
    of = meant(party, record)
    revealing(by, reveal)
    found, linked, decisions = ask(lambda desk: desk.links(of, by, reveal))
    document = document_of(party_of((found, linked, decisions)))
    lines = [f"party {found}", *table(_row(one) for one in linked)]
    if decisions:
        lines += ["decisions", *table(_decision_row(one) for one in decisions)]
    show(document, lines, as_json)


def _tell(decision: Decision, as_json: bool) -> None:
    into = f", party {decision.into}" if decision.into else ""
    line = f"decision {decision.id}: {decision.one} and {decision.other} are {decision.outcome}{into}"
    show(document_of(decision_of(decision)), [line], as_json)


def _side_by_side(review: Review) -> Iterator[str]:
    by = review.rule or "weights"
    yield f"review {review.id}: {review.score:.1f} bits by {by}, {review.at:%Y-%m-%d %H:%M}"
    names = list(dict.fromkeys((*review.one.fields, *review.other.fields)))
    rows: list[Iterable[object]] = [("", review.one.ref, review.other.ref, "")]
    rows += [
        (name, review.one.fields.get(name), review.other.fields.get(name), review.features.get(name)) for name in names
    ]
    yield from (f"  {line}" for line in table(rows))


def _row(linked: Linked) -> tuple[object, ...]:
    into = f"into {linked.merged_to}" if linked.merged_to else ""
    return (linked.ref, linked.state, into, _evidence(linked.evidence), *linked.fields.values())


def _evidence(evidence: Mapping[str, str]) -> str:
    if not evidence:
        return ""
    return f"{evidence.get('rule') or 'weights or a person'}, decision {evidence.get('decision')}"


def _decision_row(decision: Decision) -> tuple[object, ...]:
    return (
        decision.id, decision.one, decision.other, decision.verdict, decision.outcome, decision.rule, decision.by,
        decision.why,
    )  # fmt: skip
