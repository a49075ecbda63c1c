"""Fault plans: what goes wrong, at which vendor and operation, and how often. Persisted, applied in server.py."""

from dataclasses import asdict, dataclass
from typing import Any

from sandbox.books import Books

KINDS = ("throttle", "error", "html", "truncate", "slow", "drop_before", "drop_after", "down")


class BadPlan(ValueError):
    """The fault plan cannot be used; the message says why."""


@dataclass(frozen=True)
class Plan:
    """`times` counts the requests still to be hit; None hits until the plan is cleared.

    `contains` narrows a plan to requests whose path or body holds that text, so that one order's trouble stays its own.
    """

    id: str
    vendor: str
    operation: str
    kind: str
    times: int | None = 1
    status: int = 500
    delay_ms: int = 0
    retry_after: float = 1.0
    contains: str = ""


class Faults:
    """The plans in force. `take` hands out the first that fits a request and counts it down."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def add(self, wish: dict[str, Any]) -> Plan:
        kind, vendor = wish.get("kind"), wish.get("vendor")
        if kind not in KINDS:
            raise BadPlan(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        if not isinstance(vendor, str) or not vendor:
            raise BadPlan("vendor must name the server to disturb: shopify, netsuite, salesforce, dynamics or smtp")
        times = wish.get("times", 1)
        plan = Plan(
            id=f"fault-{self._books.next_number('faults')}",
            vendor=vendor,
            operation=str(wish.get("operation") or "*"),
            kind=kind,
            times=None if times is None else int(times),
            status=int(wish.get("status") or 500),
            delay_ms=int(wish.get("delay_ms") or 0),
            retry_after=float(wish.get("retry_after") or 1.0),
            contains=str(wish.get("contains") or ""),
        )
        self._books.put("faults.plan", plan.id, asdict(plan))
        return plan

    def plans(self) -> list[Plan]:
        return [Plan(**doc) for doc in self._books.all("faults.plan")]

    def clear(self, contains: str | None = None) -> None:
        """Lift every plan, or only those narrowed to exactly this text."""
        with self._books.transaction():
            for plan in self.plans():
                if contains in (None, plan.contains):
                    self._books.delete("faults.plan", plan.id)

    def take(self, vendor: str, operation: str, request: str = "") -> Plan | None:
        for plan in self.plans():
            if plan.vendor != vendor or plan.operation not in ("*", operation) or plan.contains not in request:
                continue
            if plan.times is not None:
                if plan.times <= 1:
                    self._books.delete("faults.plan", plan.id)
                else:
                    self._books.put("faults.plan", plan.id, asdict(plan) | {"times": plan.times - 1})
            return plan
        return None
