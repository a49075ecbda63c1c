"""Who owns which field of a CRM's record of a return, and which way it goes: the matrix of the shipped profiles."""

from __future__ import annotations

from domain.change_request import RequestKind
from domain.mapping import Direction, FieldRule, Matrix, ObjectRules, Rule
from runtime import sections

_SALESFORCE = {"return_order": "ReturnOrder", "case": "Case", "custom": "Return__c"}
_DYNAMICS = {"rma": "msdyn_rma", "case": "incident", "custom": "new_return"}
_STAGES = ("Return_Stage__c", "Customer_Stage__c", "bh_stage", "bh_customerstage")
_REASONS = ("Return_Reason__c", "bh_reason")
_SALESFORCE_FIELDS = (
    "Return_Version__c", "Return_Stage__c", "Customer_Stage__c", "Return_Reason__c", "Hold_Reason__c", "Next_Step__c",
    "Quoted_Amount__c", "Credited_Amount__c", "Refund_Amount__c", "Return_Lines__c", "Return_Updated_At__c",
)  # fmt: skip
_DYNAMICS_FIELDS = (
    "bh_version", "bh_stage", "bh_customerstage", "bh_reason", "bh_hold", "bh_nextstep", "bh_lines",
)  # fmt: skip


def matrix(org: str, section: sections.Salesforce | sections.Dynamics) -> Matrix:
    if isinstance(section, sections.Salesforce):
        returned = ObjectRules("return", _SALESFORCE[section.profile], "Returns_Ref__c", _rules(_SALESFORCE_FIELDS))
    else:
        returned = ObjectRules("return", _DYNAMICS[section.profile], "bh_returnref", _rules(_DYNAMICS_FIELDS))
    return Matrix(org, "1", (returned,))


def _rules(names: tuple[str, ...]) -> tuple[FieldRule, ...]:
    return tuple(_rule(name) for name in names)


def _rule(name: str) -> FieldRule:
    if name in _REASONS:
        return FieldRule(name, Direction.BOTH, rule=Rule.REQUEST_ONLY, asks=RequestKind.REASON)
    return FieldRule(name, Direction.PUSH, rule=Rule.MONOTONIC_STATE if name in _STAGES else Rule.OWNER_WINS)
