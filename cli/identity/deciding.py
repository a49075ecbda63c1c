"""Commands of those who decide who is who: the queue, accept and reject, merge and unmerge, and what is linked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated

import typer

from cli.desk import Url, either
from cli.identity.asking import Asker, By, Record, Reveal, Why, ask, meant, named, revealing
from cli.output import Json, show, table
from cli.remote import read
from client import Backhaul
from runtime.documents import document_of
from runtime.hub.parties import DecisionView, PartyView, RecordView, ReviewView, decision_of, party_of, review_of
from runtime.identity import Deciding
from store.port import Decision

Id = Annotated[int, typer.Argument(metavar="ID", help="The review's or decision's number.")]


def review(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many pairs are shown.")] = 20,
    by: Asker = "",
    reveal: Reveal = "",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Pairs a person should look at, side by side, the likeliest first."""

    def far(api: Backhaul) -> tuple[ReviewView, ...]:
        found = read(tuple[ReviewView, ...], api.identity.reviews(limit))
        # Each is shown whole by an act of its own.
        return (
            tuple(read(ReviewView, api.identity.disclose_review(one.id, reveal)) for one in found) if reveal else found
        )

    def near() -> tuple[ReviewView, ...]:
        revealing(by, reveal)
        return tuple(review_of(one) for one in ask(lambda desk: desk.queue(limit, by, reveal)))

    found = either(url, far, near)
    lines = [line for one in found for line in _side_by_side(one)] or ["nothing to look at"]
    show({"reviews": [document_of(one) for one in found]}, lines, as_json)


def accept(review_id: Id, by: By, why: Why, url: Url = None, as_json: Json = False) -> None:
    """The two records of a review are one party."""
    reason = named("why", why)
    near = partial(_asked, lambda desk: desk.accept(review_id, named("by", by), reason))
    _tell(either(url, lambda api: read(DecisionView, api.identity.accept(review_id, reason)), near), as_json)


def reject(review_id: Id, by: By, why: Why, url: Url = None, as_json: Json = False) -> None:
    """The two records of a review are not one party, whatever any weights say from now on."""
    reason = named("why", why)
    near = partial(_asked, lambda desk: desk.reject(review_id, named("by", by), reason))
    _tell(either(url, lambda api: read(DecisionView, api.identity.reject(review_id, reason)), near), as_json)


def merge(
    keep: Annotated[str, typer.Argument(metavar="PARTY", help="The party that survives, by its id.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The party that becomes it.")],
    by: By,
    why: Why,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Two parties are one. `identity unmerge` with the decision's number takes it back."""
    reason = named("why", why)
    near = partial(_asked, lambda desk: desk.merge(keep, other, named("by", by), reason))
    _tell(either(url, lambda api: read(DecisionView, api.identity.merge(keep, other, reason)), near), as_json)


def unmerge(decision: Id, by: By, why: Why, url: Url = None, as_json: Json = False) -> None:
    """Take a link back, a rule's or a person's: what it brought together is apart again, and stays so."""
    reason = named("why", why)
    near = partial(_asked, lambda desk: desk.unmerge(decision, named("by", by), reason))
    undone = either(url, lambda api: read(DecisionView, api.identity.undo(decision, reason)), near)
    still = f"still one party by other decisions: see `identity links {undone.into}`"
    line = f"decision {undone.id} is taken back: {undone.one} and {undone.other} are {still if undone.into else 'two'}"
    show(document_of(undone), [line], as_json)


def links(
    party: Annotated[str | None, typer.Argument(metavar="[PARTY]", help="Its id.")] = None,
    record: Record = None,
    by: Asker = "",
    reveal: Reveal = "",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """All records of a party, and what was decided about them."""
    of = meant(party, record)

    def far(api: Backhaul) -> PartyView:
        told = api.identity.disclose_party(reveal, party, record) if reveal else api.identity.party(party, record)
        return read(PartyView, told)

    def near() -> PartyView:
        revealing(by, reveal)
        return party_of(ask(lambda desk: desk.links(of, by, reveal)))

    found = either(url, far, near)
    lines = [f"party {found.party}", *table(_row(one) for one in found.links)]
    if found.decisions:
        lines += ["decisions", *table(_decision_row(one) for one in found.decisions)]
    show(document_of(found), lines, as_json)


def _asked(question: Callable[[Deciding], Awaitable[Decision]]) -> DecisionView:
    return decision_of(ask(question))


def _tell(decision: DecisionView, as_json: bool) -> None:
    into = f", party {decision.into}" if decision.into else ""
    line = f"decision {decision.id}: {decision.one} and {decision.other} are {decision.outcome}{into}"
    show(document_of(decision), [line], as_json)


def _side_by_side(review: ReviewView) -> Iterator[str]:
    by = review.rule or "weights"
    yield f"review {review.id}: {review.score:.1f} bits by {by}, {review.since:%Y-%m-%d %H:%M}"
    names = list(dict.fromkeys((*review.one.fields, *review.other.fields)))
    rows: list[Iterable[object]] = [("", review.one.record, review.other.record, "")]
    rows += [
        (name, review.one.fields.get(name), review.other.fields.get(name), review.features.get(name)) for name in names
    ]
    yield from (f"  {line}" for line in table(rows))


def _row(linked: RecordView) -> tuple[object, ...]:
    into = f"into {linked.merged_to}" if linked.merged_to else ""
    return (linked.record, linked.state, into, _evidence(linked.evidence), *linked.fields.values())


def _evidence(evidence: Mapping[str, str]) -> str:
    if not evidence:
        return ""
    return f"{evidence.get('rule') or 'weights or a person'}, decision {evidence.get('decision')}"


def _decision_row(decision: DecisionView) -> tuple[object, ...]:
    return (
        decision.id, decision.one, decision.other, decision.verdict, decision.outcome, decision.rule, decision.by,
        decision.why,
    )  # fmt: skip
