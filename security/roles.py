"""Who may do what: one table, deny by default. What is not in it nobody may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    STOREFRONT = "storefront"
    WAREHOUSE = "warehouse"
    SUPPORT = "support"
    FINANCE = "finance"
    IT_ADMIN = "it_admin"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"


class Action(StrEnum):
    """What can be done through a front door, named as noun and verb."""

    RETURN_START = "return:start"
    RETURN_CONFIRM = "return:confirm"
    RETURN_CONSENT = "return:consent"
    RETURN_WITHDRAW = "return:withdraw"
    RETURN_RECEIVE = "return:receive"
    RETURN_INSPECT = "return:inspect"
    RETURN_REPORT_LOST = "return:report_lost"
    RETURN_TRACK = "return:track"
    RETURN_SEE = "return:see"
    RETURN_SEARCH = "return:search"
    CONTACT_SEE = "contact:see"
    CONTACT_UNMASK = "contact:unmask"
    TIMELINE_SEE = "timeline:see"
    MONEY_SEE = "money:see"
    STOCK_SEE = "stock:see"
    CRM_SEE = "crm:see"
    MESSAGE_SEE = "message:see"
    HOLD_SEE = "hold:see"
    HOLD_TAKE = "hold:take"
    HOLD_RESOLVE = "hold:resolve"
    HOLD_APPROVE = "hold:approve"
    CHANGE_SEE = "change:see"
    CHANGE_ASK = "change:ask"
    CHANGE_DECIDE = "change:decide"
    NOTE_SEE = "note:see"
    DEAD_LETTER_SEE = "dead_letter:see"
    DEAD_LETTER_REPLAY = "dead_letter:replay"
    KPI_SEE = "kpi:see"
    BREAKER_CLOSE = "breaker:close"
    BACKFILL_STEER = "backfill:steer"
    RECONCILIATION_RUN = "reconciliation:run"
    ITEM_SEE = "item:see"
    ITEM_RESOLVE = "item:resolve"
    MAPPING_SEE = "mapping:see"
    MAPPING_CHECK = "mapping:check"
    VENDOR_EXAMINE = "vendor:examine"
    IDENTITY_SEE = "identity:see"
    IDENTITY_UNMASK = "identity:unmask"
    IDENTITY_DECIDE = "identity:decide"
    AUDIT_SEE = "audit:see"
    AUDIT_VERIFY = "audit:verify"
    AUDIT_EXPORT = "audit:export"
    PERSON_EXPORT = "person:export"
    ERASURE_ASK = "erasure:ask"
    ERASURE_SEE = "erasure:see"
    NOTICE_SEE = "notice:see"
    NOTICE_SEND = "notice:send"
    METRICS_SEE = "metrics:see"
    CONSOLE_OPEN = "console:open"
    WEBHOOK_SEE = "webhook:see"
    WEBHOOK_EDIT = "webhook:edit"
    SESSION_END = "session:end"


_SHOP, _STOCK, _HELP, _MONEY = Role.STOREFRONT, Role.WAREHOUSE, Role.SUPPORT, Role.FINANCE
_IT, _AUDIT, _PRIVACY = Role.IT_ADMIN, Role.AUDITOR, Role.PRIVACY_OFFICER

# Support may do for a customer what the customer may do in the shop. Whose word counts on a hold is the hold's owner
# (`decides`); here stands only who may decide any.
ALLOWED: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.RETURN_START: frozenset({_SHOP, _HELP}),
        Action.RETURN_CONFIRM: frozenset({_SHOP, _HELP}),
        Action.RETURN_CONSENT: frozenset({_SHOP, _HELP}),
        Action.RETURN_WITHDRAW: frozenset({_SHOP, _HELP}),
        Action.RETURN_RECEIVE: frozenset({_STOCK}),
        Action.RETURN_INSPECT: frozenset({_STOCK}),
        Action.RETURN_REPORT_LOST: frozenset({_HELP, _STOCK}),
        Action.RETURN_TRACK: frozenset({_SHOP, _STOCK, _HELP}),
        Action.RETURN_SEE: frozenset({_SHOP, _STOCK, _HELP, _MONEY, _IT, _AUDIT, _PRIVACY}),
        Action.RETURN_SEARCH: frozenset({_STOCK, _HELP, _MONEY, _IT, _AUDIT, _PRIVACY}),
        Action.CONTACT_SEE: frozenset({_STOCK, _HELP, _MONEY, _AUDIT, _PRIVACY}),
        Action.CONTACT_UNMASK: frozenset({_HELP, _PRIVACY}),
        Action.TIMELINE_SEE: frozenset({_HELP, _MONEY, _IT, _AUDIT, _PRIVACY}),
        Action.MONEY_SEE: frozenset({_HELP, _MONEY, _AUDIT}),
        Action.STOCK_SEE: frozenset({_STOCK, _HELP, _MONEY, _AUDIT}),
        Action.CRM_SEE: frozenset({_HELP, _IT, _AUDIT}),
        Action.MESSAGE_SEE: frozenset({_HELP, _IT, _AUDIT, _PRIVACY}),
        Action.HOLD_SEE: frozenset({_STOCK, _HELP, _MONEY, _IT, _AUDIT}),
        Action.HOLD_TAKE: frozenset({_STOCK, _HELP, _MONEY, _IT}),
        Action.HOLD_RESOLVE: frozenset({_STOCK, _HELP, _MONEY, _IT}),
        # Holds about money are finance's and support's.
        Action.HOLD_APPROVE: frozenset({_HELP, _MONEY}),
        Action.CHANGE_SEE: frozenset({_HELP, _MONEY, _AUDIT}),
        Action.CHANGE_ASK: frozenset({_SHOP, _HELP}),
        Action.CHANGE_DECIDE: frozenset({_HELP, _MONEY}),
        Action.NOTE_SEE: frozenset({_HELP, _PRIVACY}),
        Action.DEAD_LETTER_SEE: frozenset({_HELP, _IT, _AUDIT}),
        Action.DEAD_LETTER_REPLAY: frozenset({_IT}),
        Action.KPI_SEE: frozenset({_IT, _AUDIT}),
        Action.BREAKER_CLOSE: frozenset({_IT}),
        Action.BACKFILL_STEER: frozenset({_IT}),
        Action.RECONCILIATION_RUN: frozenset({_IT}),
        Action.ITEM_SEE: frozenset({_HELP, _IT, _AUDIT}),
        Action.ITEM_RESOLVE: frozenset({_HELP, _IT}),
        Action.MAPPING_SEE: frozenset({_IT, _AUDIT}),
        Action.MAPPING_CHECK: frozenset({_IT}),
        Action.VENDOR_EXAMINE: frozenset({_IT}),
        Action.IDENTITY_SEE: frozenset({_IT, _AUDIT, _PRIVACY}),
        Action.IDENTITY_UNMASK: frozenset({_IT, _PRIVACY}),
        Action.IDENTITY_DECIDE: frozenset({_IT}),
        # A privacy officer sees acts that touch the data of persons. Verifying tells nothing of what was done.
        Action.AUDIT_SEE: frozenset({_AUDIT, _PRIVACY}),
        Action.AUDIT_VERIFY: frozenset({_AUDIT, _IT}),
        Action.AUDIT_EXPORT: frozenset({_AUDIT}),
        Action.PERSON_EXPORT: frozenset({_PRIVACY}),
        Action.ERASURE_ASK: frozenset({_PRIVACY}),
        Action.ERASURE_SEE: frozenset({_PRIVACY, _AUDIT}),
        Action.NOTICE_SEE: frozenset({_HELP, _IT, _AUDIT, _PRIVACY}),
        Action.NOTICE_SEND: frozenset({_HELP}),
        Action.METRICS_SEE: frozenset({_IT, _AUDIT}),
        Action.CONSOLE_OPEN: frozenset({_STOCK, _HELP, _MONEY, _IT, _AUDIT, _PRIVACY}),
        Action.WEBHOOK_SEE: frozenset({_IT, _AUDIT}),
        Action.WEBHOOK_EDIT: frozenset({_IT}),
        Action.SESSION_END: frozenset({_IT}),
    }
)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who speaks. Empty `regions` or `shops` mean all of them; a region is a country code such as DE.

    `name` stands in the books; `shown` is what a person is called on their own screen, and stands nowhere else."""

    name: str
    roles: frozenset[Role]
    regions: frozenset[str] = frozenset()
    shops: frozenset[str] = frozenset()
    shown: str = ""

    @property
    def everywhere(self) -> bool:
        return not self.regions and not self.shops


def may(who: Principal, action: Action) -> bool:
    return bool(who.roles & ALLOWED.get(action, frozenset()))


def sees(who: Principal, region: str, shop: str) -> bool:
    """Whether a return of this region and shop is any of their business. One whose order is not known yet has neither,
    and is seen only by those who see all."""
    return (not who.regions or region in who.regions) and (not who.shops or shop in who.shops)


def decides(who: Principal, owner: str) -> bool:
    """A hold is decided by the role that owns it."""
    return owner in who.roles
