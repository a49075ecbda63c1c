"""What goes to the API of a return's units."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class AskedLine(TypedDict):
    """Units of an order line that are to go back; `reason` such as too_small."""

    line_id: str
    quantity: int
    reason: NotRequired[str]


class ReceivedLine(TypedDict):
    """What was in a parcel: by `line_id` or by `sku`."""

    quantity: int
    line_id: NotRequired[str | None]
    sku: NotRequired[str | None]
    serial: NotRequired[str | None]


class Verdict(TypedDict):
    """On received units. `disposition` such as restock; `value_fraction` between 0 and 1, as text."""

    line_id: str
    quantity: int
    disposition: str
    accepted: bool
    value_fraction: NotRequired[str]
    serial: NotRequired[str | None]
    note: NotRequired[str | None]
    photos: NotRequired[list[str]]
