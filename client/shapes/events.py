"""What is not a document: a move as it happens, a return with its version."""

from __future__ import annotations

from dataclasses import dataclass

from client.shapes.returns import Return


@dataclass(frozen=True, slots=True)
class Event:
    """A return moved. `kind` 'reset': more was missed than is told, look at everything anew; the rest is empty then."""

    kind: str
    return_id: str = ""
    version: int = 0
    stage: str = ""
    held: bool = False
    at: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A return as it was looked at. Give `etag` as `seen` to have something done only if it has not moved since."""

    document: Return
    etag: str
