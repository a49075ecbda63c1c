"""The CRM orgs: figures of them, what they are owed, what they leave to people, filling and comparing them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from client.calls import Calls, at, new_key
from client.shapes import (
    Allowance,
    Backfill,
    ComparisonReport,
    Conflict,
    CrmCoverage,
    CrmStatus,
    DataQuality,
    Forecast,
    Item,
    OrgHeard,
    ReplayedLetters,
)


class Crm:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def status(self, org: str | None = None, days: int | None = None) -> CrmStatus:
        return cast("CrmStatus", self._calls.get("/crm/status", org=org, days=days))

    def coverage(self, org: str | None = None, days: int | None = None, limit: int | None = None) -> CrmCoverage:
        return cast("CrmCoverage", self._calls.get("/crm/coverage", org=org, days=days, limit=limit))

    def quality(self, org: str | None = None, days: int | None = None) -> DataQuality:
        return cast("DataQuality", self._calls.get("/crm/quality", org=org, days=days))

    def quota(self, org: str | None = None) -> list[Allowance]:
        return cast("list[Allowance]", self._calls.get("/crm/quota", org=org)["orgs"])

    def close_breakers(self, org: str, why: str) -> int:
        """How many were open."""
        return cast("int", self._calls.say(at("crm", "orgs", org, "breakers", "closing"), {"why": why})["closed"])

    def listening(self, org: str | None = None) -> list[OrgHeard]:
        return cast("list[OrgHeard]", self._calls.get("/crm/listening", org=org)["orgs"])

    def items(self, org: str | None = None, resolved: bool = False) -> list[Item]:
        """What is left to people, oldest first."""
        return cast("list[Item]", self._calls.get("/crm/items", org=org, resolved=resolved)["items"])

    def resolve_item(self, item_id: int, choice: str, note: str = "") -> Item:
        told = {"choice": choice, "note": note}
        return cast("Item", self._calls.say(at("crm", "items", item_id, "resolution"), told))

    def conflicts(self, org: str | None = None, record: str | None = None, limit: int | None = None) -> list[Conflict]:
        """Why values are as they are, newest first."""
        return cast(
            "list[Conflict]", self._calls.get("/crm/conflicts", org=org, record=record, limit=limit)["conflicts"]
        )

    def replay(
        self, org: str | None = None, cause: str | None = None, return_ids: Sequence[str] = (), patience: int = 20
    ) -> ReplayedLetters:
        """Show dead letters again: those that fit, or all."""
        told = {"org": org, "cause": cause, "return_ids": list(return_ids), "patience_seconds": patience}
        return cast("ReplayedLetters", self._calls.say("/dead-letters/replay", told))

    def backfills(self, org: str | None = None) -> list[Backfill]:
        """How far the newest of each org is."""
        return cast("list[Backfill]", self._calls.get("/crm/backfills", org=org)["backfills"])

    def forecast(self, org: str, stages: str = "open", since: str | None = None) -> Forecast:
        """What a backfill would take; `stages` is open or all, `since` a day."""
        told = {"stages": stages, "since": since}
        return cast("Forecast", self._calls.say(at("crm", "orgs", org, "backfills", "forecast"), told))

    def fill(
        self, org: str, stages: str = "open", since: str | None = None, portion: int = 2000, *, key: str | None = None
    ) -> None:
        """Begin a backfill; `backfills` says how far it is."""
        told = {"stages": stages, "since": since, "portion": portion}
        self._calls.say(at("crm", "orgs", org, "backfills"), told, key or new_key())

    def steer(self, org: str, act: str) -> None:
        """pause, resume or cancel the backfill that is under way."""
        self._calls.say(at("crm", "orgs", org, "backfills", "steering"), {"act": act})

    def reconciliations(self, org: str | None = None, limit: int | None = None) -> list[ComparisonReport]:
        """What the last comparison of each org found."""
        found = self._calls.get("/crm/reconciliations", org=org, limit=limit)
        return cast("list[ComparisonReport]", found["reconciliations"])

    def compare(
        self, org: str, sample: int = 0, heal: bool = False, heal_at_most: int = 500, *, key: str | None = None
    ) -> None:
        """Begin a comparison; `reconciliations` says what it found."""
        told = {"sample": sample, "heal": heal, "heal_at_most": heal_at_most}
        self._calls.say(at("crm", "orgs", org, "reconciliations"), told, key or new_key())

    def schedule(self, org: str, every: str, sample: int = 0, heal: bool = False, heal_at_most: int = 500) -> None:
        """Have it compared so often: 6h, 1d, or off."""
        told = {"every": every, "sample": sample, "heal": heal, "heal_at_most": heal_at_most}
        self._calls.say(at("crm", "orgs", org, "reconciliations", "schedule"), told)
