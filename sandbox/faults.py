"""Fault plans: what goes wrong, at which vendor and operation, and how often. Persisted, applied in gate.py."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sandbox.books import Books

KINDS = ("throttle", "error", "html", "truncate", "slow", "drop_before", "drop_after", "down")


class BadPlan(ValueError):
    """The fault plan cannot be used; the message says why."""


@dataclass(frozen=True)
class Plan:
    """`times` counts the requests still to be hit; None hits until the plan is cleared.

    `contains` narrows a plan to requests whose path or body holds that text, so that one order's trouble stays its own.
    `skip` lets so many requests that would fit pass first.
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
    skip: int = 0


_FIELDS = tuple(field.name for field in fields(Plan) if field.name != "id")
Complaint = Callable[[str], str | None]
"""Why a plan cannot name this operation; None when a request may have that name."""


class Faults:
    """The plans in force. `take` hands out the first that fits a request and counts it down."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def add(self, wish: dict[str, Any], servers: Mapping[str, Complaint]) -> Plan:
        """`servers` are those that can be disturbed, each with its say about names of operations."""
        if not isinstance(wish, dict):
            raise BadPlan(f"a plan is an object with {', '.join(_FIELDS)}")
        if unknown := sorted(set(wish) - set(_FIELDS)):
            raise BadPlan(f"unknown field {unknown[0]!r}; a plan has {', '.join(_FIELDS)}")
        kind, vendor, operation = wish.get("kind"), wish.get("vendor"), wish.get("operation") or "*"
        if kind not in KINDS:
            raise BadPlan(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        if not isinstance(vendor, str) or vendor not in servers:
            raise BadPlan(f"vendor must be one of {', '.join(servers)}, not {vendor!r}")
        if operation != "*" and (complaint := servers[vendor](str(operation))):
            raise BadPlan(f"{vendor} has no operation {operation!r}: {complaint}")
        plan = Plan(
            id=f"fault-{self._books.next_number('faults')}",
            vendor=vendor,
            operation=str(operation),
            kind=kind,
            times=_number(wish, "times", 1, least=1, nothing=True),
            status=int(_number(wish, "status", 500, least=400, most=599) or 500),
            delay_ms=int(_number(wish, "delay_ms", 0) or 0),
            retry_after=float(_number(wish, "retry_after", 1.0) or 1.0),
            contains=str(wish.get("contains") or ""),
            skip=_number(wish, "skip", 0),
        )
        if kind == "slow" and not plan.delay_ms:
            raise BadPlan("a plan of the kind 'slow' needs delay_ms, more than 0")
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
            if plan.skip:
                self._books.put("faults.plan", plan.id, asdict(plan) | {"skip": plan.skip - 1})
                continue
            if plan.times is not None:
                if plan.times <= 1:
                    self._books.delete("faults.plan", plan.id)
                else:
                    self._books.put("faults.plan", plan.id, asdict(plan) | {"times": plan.times - 1})
            return plan
        return None


def _number(
    wish: dict[str, Any], name: str, default: Any, *, least: float = 0, most: float = 10**9, nothing: bool = False
) -> Any:
    """A number of the plan, whole when its default is; None stands for no limit where `nothing` allows it."""
    value = wish.get(name, default)
    if value is None:
        return None if nothing else default
    whole = isinstance(default, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not least <= value <= most:
        kind = "a whole number" if whole else "a number"
        raise BadPlan(f"{name} must be {kind} from {least} to {most}{' or null' if nothing else ''}, not {value!r}")
    return value
