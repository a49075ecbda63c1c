"""Settings and meters of the pretended org: licences, the daily call limit, records that are locked for a while."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.schema import Record
from sandbox.world import World

LOCK = "UNABLE_TO_LOCK_ROW"
"""The operation of a fault plan that meets single records instead of requests."""
_DEFAULTS: dict[str, Any] = {
    "return_order_licence": True,
    "order_management": False,
    "locked_writes": 0,
    "duplicate_rules": "off",
    "bulk_seconds": 0,
    "daily_limit": 100_000,
    "session_seconds": 7200,
}


class Org:
    """What an administrator may set (`POST /salesforce/org` on the control server) and what the org counts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._met: list[str] = []

    def settings(self) -> dict[str, Any]:
        return _DEFAULTS | (self._world.books.get("salesforce.org", "settings") or {})

    def change(self, wishes: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(wishes) - set(_DEFAULTS))
        if unknown:
            raise ValueError(f"unknown settings {', '.join(unknown)}; known are {', '.join(_DEFAULTS)}")
        if wishes.get("duplicate_rules", "off") not in ("off", "alert", "block"):
            raise ValueError("duplicate_rules is off, alert or block")
        self._world.books.put("salesforce.org", "settings", self.settings() | wishes)
        return self.settings()

    def licensed(self, licence: str) -> bool:
        return licence != "ReturnOrder" or bool(self.settings()["return_order_licence"])

    def check_activated(self, name: str, before: Record | None, after: Record) -> None:
        """With an Order Management licence a return order starts in an activated status; a draft is refused."""
        if name != "ReturnOrder" or before is not None or not self.settings()["order_management"]:
            return
        if after["Status"] not in ("Submitted", "Approved"):
            message = "A return order must be created with a status in the Activated category."
            raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, ["Status"])

    def lock(self, what: str) -> None:
        """Refuse while somebody else holds the record: by the setting `locked_writes`, or by a plan for this record."""
        if self._held(what):
            self._met.append(what)
            raise Refusal(LOCK, "unable to obtain exclusive access to this record or 1 records")

    def begin(self) -> None:
        self._met.clear()

    def meet_again(self) -> None:
        """After a rollback: the locks that were met stay met, or an all-or-none request would meet them for ever."""
        for what in self._met:
            self._held(what)

    def _held(self, what: str) -> bool:
        left = int(self.settings()["locked_writes"])
        if left > 0:
            self.change({"locked_writes": left - 1})
            return True
        # A plan for every operation is the gate's: it must not be used up here, so locks wait until it is gone.
        asked = {plan.operation for plan in self._world.faults.plans() if plan.vendor == "salesforce"}
        return LOCK in asked and "*" not in asked and self._world.faults.take("salesforce", LOCK, what) is not None

    def count_call(self) -> None:
        day = self._today()
        used = self.used() + 1
        self._world.books.put("salesforce.calls", day, {"used": used})

    def used(self) -> int:
        row = self._world.books.get("salesforce.calls", self._today())
        return 0 if row is None else int(row["used"])

    def exhausted(self) -> bool:
        return self.used() >= int(self.settings()["daily_limit"])

    def limit_info(self) -> str:
        return f"api-usage={self.used()}/{self.settings()['daily_limit']}"

    def _today(self) -> str:
        return self._world.clock.now().date().isoformat()
