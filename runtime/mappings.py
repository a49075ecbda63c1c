"""Which fields of a CRM's records may be changed there, and what that means: the matrix of the shipped profiles."""

from __future__ import annotations

from domain.change_request import RequestKind
from domain.mapping import Direction, FieldRule, Mask, Matrix, ObjectRules, Rule, Side
from runtime import sections

_SALESFORCE = {"return_order": "ReturnOrder", "case": "Case", "custom": "Return__c"}
_DYNAMICS = {"rma": "msdyn_rma", "case": "incident", "custom": "new_return"}
# Reason, refund asked for, cancellation asked for, note.
_SALESFORCE_FIELDS = (
    "Return_Reason__c", "Requested_Refund__c", "Cancellation_Requested__c", "Note_To_Returns__c",
)  # fmt: skip
_DYNAMICS_FIELDS = ("bh_reason", "bh_requestedrefund", "bh_cancelrequested", "bh_notetoreturns")


def matrix(org: str, section: sections.Salesforce | sections.Dynamics) -> Matrix:
    """Who owns which field, which way it goes and by which rule."""
    if isinstance(section, sections.Salesforce):
        returned = _returned(_SALESFORCE[section.profile], "Returns_Ref__c", _SALESFORCE_FIELDS)
        parties = (("contact", "Contact"), ("account", "Account"))
        key = "Shop_Customer_Ref__c"
    else:
        returned = _returned(_DYNAMICS[section.profile], "bh_returnref", _DYNAMICS_FIELDS)
        parties = (("contact", "contact"), ("account", "account"))
        key = "bh_customerref"
    return Matrix(org, "1", (returned, *(ObjectRules(concept, of, key, ()) for concept, of in parties)))


def _returned(of: str, key: str, fields: tuple[str, ...]) -> ObjectRules:
    reason, refund, cancellation, note = fields
    return ObjectRules(
        "return", of, key,
        (
            FieldRule(reason, Direction.BOTH, rule=Rule.REQUEST_ONLY, asks=RequestKind.REASON),
            _asked(refund, RequestKind.PARTIAL_REFUND), _asked(cancellation, RequestKind.CANCELLATION),
            _asked(note, RequestKind.NOTE, Mask.PERSONAL),
        ),
    )  # fmt: skip


def _asked(name: str, kind: RequestKind, mask: Mask = Mask.OPEN) -> FieldRule:
    return FieldRule(name, Direction.PULL, Side.CRM, Rule.REQUEST_ONLY, mask=mask, asks=kind)
