"""The topics of the org: a channel for every captured type, one for all of them, and its platform event."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.salesforce.capture import CAPTURED, EventSchema
from sandbox.salesforce.capture.schemas import event_name
from sandbox.salesforce.objects import find_type
from sandbox.salesforce.org import Org
from sandbox.salesforce.pubsub import notices

_ALL = "/data/ChangeEvents"


@dataclass(frozen=True, slots=True)
class Topic:
    """`carries` are the types of the bus's entries that appear on it; a channel of many has no schema of its own."""

    name: str
    carries: frozenset[str]
    schema: EventSchema | None
    publishes: bool = False


def find(org: Org, name: str) -> Topic | None:
    """None for what is no topic, and for types that are not selected or for which the org has no licence."""
    if name == notices.TOPIC:
        return Topic(name, frozenset({notices.NAME}), notices.schema(org.changes.schemas), publishes=True)
    selected = [each for each in org.settings()["change_data_capture"] if _licensed(org, each)]
    if name == _ALL:
        return Topic(name, frozenset(selected), None)
    captured = {f"/data/{event_name(each)}": each for each in CAPTURED}
    if captured.get(name) not in selected:
        return None
    of = find_type(captured[name])
    assert of is not None
    return Topic(name, frozenset({of.name}), org.changes.schemas.of(org.typed(of)))


def _licensed(org: Org, name: str) -> bool:
    of = find_type(name)
    return of is not None and org.licensed(of.licence)
