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
# Only ours: shown there, and shown again when somebody changes it.
_SALESFORCE_SHOWN = (
    "Return_Version__c", "Return_Stage__c", "Customer_Stage__c", "Hold_Reason__c", "Next_Step__c", "Quoted_Amount__c",
    "Credited_Amount__c", "Refund_Amount__c", "Return_Lines__c", "Return_Updated_At__c",
)  # fmt: skip
_DYNAMICS_SHOWN = ("bh_version", "bh_stage", "bh_customerstage", "bh_hold", "bh_nextstep", "bh_lines")
_STAGES = ("Return_Stage__c", "Customer_Stage__c", "bh_stage", "bh_customerstage")


def matrix(org: str, section: sections.Salesforce | sections.Dynamics) -> Matrix:
    """Who owns which field, which way it goes and by which rule."""
    if isinstance(section, sections.Salesforce):
        returned = _returned(_SALESFORCE[section.profile], "Returns_Ref__c", _SALESFORCE_FIELDS, _SALESFORCE_SHOWN)
        parties = (("contact", "Contact"), ("account", "Account"))
        key = "Shop_Customer_Ref__c"
    else:
        returned = _returned(_DYNAMICS[section.profile], "bh_returnref", _DYNAMICS_FIELDS, _DYNAMICS_SHOWN)
        parties = (("contact", "contact"), ("account", "account"))
        key = "bh_customerref"
    return Matrix(org, "1", (returned, *(ObjectRules(concept, of, key, ()) for concept, of in parties)))


def _returned(of: str, key: str, fields: tuple[str, ...], shown: tuple[str, ...]) -> ObjectRules:
    reason, refund, cancellation, note = fields
    return ObjectRules(
        "return", of, key,
        (
            FieldRule(reason, Direction.BOTH, rule=Rule.REQUEST_ONLY, asks=RequestKind.REASON),
            _asked(refund, RequestKind.PARTIAL_REFUND), _asked(cancellation, RequestKind.CANCELLATION),
            _asked(note, RequestKind.NOTE, Mask.PERSONAL),
            *(_shown(name) for name in shown),
        ),
    )  # fmt: skip


def _asked(name: str, kind: RequestKind, mask: Mask = Mask.OPEN) -> FieldRule:
    return FieldRule(name, Direction.PULL, Side.CRM, Rule.REQUEST_ONLY, mask=mask, asks=kind)


def _shown(name: str) -> FieldRule:
    return FieldRule(name, Direction.PUSH, rule=Rule.MONOTONIC_STATE if name in _STAGES else Rule.OWNER_WINS)
