"""A change event in our words: one change for each record it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adapters.crm.port import Change, ChangeKind, Evidence, Scalar, Watch
from adapters.crm.salesforce.feed.ids import widened
from adapters.crm.salesforce.feed.moments import of_milliseconds
from adapters.crm.salesforce.feed.shape import Shape, Unreadable

_KINDS = {
    "CREATE": ChangeKind.CREATED,
    "UPDATE": ChangeKind.UPDATED,
    "DELETE": ChangeKind.DELETED,
    "UNDELETE": ChangeKind.UNDELETED,
    "GAP_OVERFLOW": ChangeKind.OVERFLOW,
}
# What an event's bytes can be wrong by: Avro, its text, its numbers, our reading of its header.
MALFORMED = (EOFError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError)
_CLIENT = ";client="


@dataclass(frozen=True, slots=True)
class Told:
    """A change, and the watched fields of it whose values the event does not say."""

    change: Change
    unread: tuple[str, ...] = ()


def told(event: Any, shape: Shape, watch: Watch, client: str) -> Iterator[Told]:
    """`event` is a ConsumerEvent of this shape. Raises one of MALFORMED when it cannot be understood."""
    content = shape.opened(event.event.payload)
    header = content["ChangeEventHeader"]
    kind = _KINDS.get(str(header["changeType"]), ChangeKind.GAP)
    records = [widened(str(each)) for each in header["recordIds"]]
    name = event.event.id or event.replay_id.hex()
    at = of_milliseconds(int(header["commitTimestamp"]))
    origin, writer = str(header["changeOrigin"]), widened(str(header["commitUser"]))
    own = origin.partition(_CLIENT)[2] == client if _CLIENT in origin else None
    # `001*` stands for any records of the object.
    if kind is ChangeKind.OVERFLOW or any(each.endswith("*") for each in records):
        yield Told(Change(watch.object, "", ChangeKind.OVERFLOW, at, name, own=own, writer=writer))
        return
    fields, unread = _fields(kind, content, header, shape, watch)
    evidence = Evidence.POSSIBLE if kind is ChangeKind.GAP else Evidence.CERTAIN
    for record in records:
        change = Change(
            watch.object, record, kind, at, f"{name}:{record}", evidence, fields=dict(fields), own=own, writer=writer
        )
        yield Told(change, unread)


def _fields(
    kind: ChangeKind, content: dict[str, Any], header: dict[str, Any], shape: Shape, watch: Watch
) -> tuple[dict[str, Scalar], tuple[str, ...]]:
    """(values, fields without a readable one) of the watched fields this event tells.

    A new record's event has every field; a changed one's leaves all others null, so only the bitmaps count. Of a long
    text that changed a little it has the difference, which is no value."""
    if kind in (ChangeKind.CREATED, ChangeKind.UNDELETED):
        changed = set(shape.fields)
    elif kind is ChangeKind.UPDATED:
        changed = set(shape.named(header["changedFields"])) | set(shape.named(header["nulledFields"]))
    else:
        return {}, ()
    differences = set(shape.named(header["diffFields"]))
    found: dict[str, Scalar] = {}
    unread: list[str] = []
    for name in watch.fields:
        if name not in changed:
            continue
        try:
            if name in differences:
                raise Unreadable(name)
            found[name] = shape.value(content, name)
        except Unreadable:
            unread.append(name)
    return found, tuple(unread)
