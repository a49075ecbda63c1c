"""The ways through the console: each is shown to those who may go it, in the order of this list."""

from __future__ import annotations

from dataclasses import dataclass

from security.roles import Action, Principal, may


@dataclass(frozen=True, slots=True)
class Way:
    title: str
    path: str
    action: Action


WAYS = (
    Way("Today", "/console", Action.CONSOLE_OPEN),
    Way("Bench", "/console/bench", Action.RETURN_RECEIVE),
    Way("Returns", "/console/returns", Action.RETURN_SEARCH),
    Way("Holds", "/console/holds", Action.HOLD_SEE),
    Way("Money", "/console/money", Action.MONEY_SEE),
    Way("CRMs", "/console/crm", Action.KPI_SEE),
    Way("Dead letters", "/console/dead-letters", Action.DEAD_LETTER_SEE),
    Way("For people", "/console/crm/items", Action.ITEM_SEE),
    Way("Who is who", "/console/identity", Action.IDENTITY_SEE),
    Way("Mappings", "/console/mappings", Action.MAPPING_SEE),
    Way("Doctor", "/console/doctor", Action.VENDOR_EXAMINE),
    Way("Webhooks", "/console/webhooks", Action.WEBHOOK_SEE),
    Way("Notices", "/console/notices", Action.NOTICE_SEE),
    Way("Privacy", "/console/privacy", Action.ERASURE_SEE),
    Way("Audit", "/console/audit", Action.AUDIT_SEE),
)


def ways(who: Principal) -> tuple[Way, ...]:
    return tuple(way for way in WAYS if may(who, way.action))


def here(path: str, found: tuple[Way, ...]) -> str:
    """The way a page belongs to: the longest that its address begins with."""
    fitting = [way.path for way in found if path == way.path or path.startswith(f"{way.path}/")]
    return max(fitting, key=len, default="")
