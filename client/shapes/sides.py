"""One return's goods, what each CRM shows of it, and what its customer was told."""

from __future__ import annotations

from typing import TypedDict

from client.shapes.changes import Change
from client.shapes.parts import StockMove, UnexpectedGoods


class StockUnits(TypedDict):
    """`quantity` units of a line with one fate. `credited` is the part of their price, '1' for all of it."""

    quantity: int
    where: str
    reception: str
    acceptance: str
    disposition: str
    goes_to: str
    credited: str


class StockLine(TypedDict):
    line_id: str
    sku: str
    title: str
    reason: str
    asked: int
    units: list[StockUnits]


class StockView(TypedDict):
    """`moves` are what left pending inspection; `inspectable`: units that a verdict can be given on now."""

    return_id: str
    stage: str
    lines: list[StockLine]
    inspectable: int
    receipts: list[str]
    tracking: list[str]
    unexpected: list[UnexpectedGoods]
    moves: list[StockMove]


class AgreedField(TypedDict):
    """A field that people may edit in the CRM. `holds` is what it has there, as far as we know. `edited`: it is not
    what we sent. `frozen`: edits of it are not followed until a person has looked."""

    field: str
    holds: str
    edited: bool
    stands: bool
    frozen: bool


class EditInCrm(TypedDict):
    """An edit made in the CRM and what was decided. Personal values are not told."""

    field: str
    outcome: str
    rule: str
    reason: str
    theirs: str
    stands: str
    at: str


class OpenItem(TypedDict):
    """Something for people. Of each (org, object, record, field, kind) one is open. `detail` names no person."""

    org: str
    kind: str
    object: str
    record: str
    key: str
    field: str
    detail: str
    item_id: int
    opened_at: str | None
    resolved_at: str | None
    choice: str
    by: str
    note: str


class ShownInOrg(TypedDict):
    """`shown` is the version the org shows (0: none), of `version`; `behind_since`: it is owed something newer since
    then. `given_up` says why telling it was given up for now. `object` and `record` name its record there."""

    org: str
    current: bool
    shown: int
    version: int
    shown_stage: str
    shown_at: str | None
    behind_since: str | None
    given_up: str
    given_up_at: str | None
    object: str
    record: str
    record_state: str
    agreed: list[AgreedField]
    edits: list[EditInCrm]
    requests: list[Change]
    items: list[OpenItem]


class SentMessage(TypedDict):
    subject: str
    state: str
    owed_at: str
    sent_at: str | None
    given_up_at: str | None
    reason: str
    bounced_at: str | None
    may_have_two: bool
