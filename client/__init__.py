"""A client of the HTTP API, for programs in Python. It knows the API and nothing else of Backhaul."""

from client.backhaul import Backhaul
from client.errors import (
    BackhaulError,
    Conflict,
    NotAllowed,
    NotFound,
    Problem,
    Refused,
    Stale,
    TooFast,
    Unavailable,
    Unreachable,
    Wrong,
)
from client.shapes import Event, Seen

__all__ = [
    "Backhaul",
    "BackhaulError",
    "Conflict",
    "Event",
    "NotAllowed",
    "NotFound",
    "Problem",
    "Refused",
    "Seen",
    "Stale",
    "TooFast",
    "Unavailable",
    "Unreachable",
    "Wrong",
]
