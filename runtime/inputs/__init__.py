"""What callers may say to a return, checked field by field before anything happens; each model makes its message."""

from runtime.inputs.changes import ChangeInput, DecisionInput
from runtime.inputs.crm import ItemInput, RehearsalInput, ReplayInput
from runtime.inputs.fields import Id, Input, Key, Name, Note, Number, OrderId, Part, Photo, ReturnId, Units, Why
from runtime.inputs.goods import (
    InspectionInput,
    InspectionOf,
    LostInput,
    ManyInspections,
    ManyReceipts,
    ReceiptInput,
    ReceiptLineInput,
    ReceiptOf,
    TrackInput,
    VerdictInput,
)
from runtime.inputs.holds import ApprovalInput, ClaimInput, ResolveInput
from runtime.inputs.orgs import CompareInput, FillInput, ScheduleInput, SteeringInput, WholeInput
from runtime.inputs.parties import MergeInput, PartyDisclosureInput, WhyInput
from runtime.inputs.people import DisclosureInput, EndSessionsInput, ErasureInput, PersonInput
from runtime.inputs.returns import ConfirmInput, ConsentInput, LineInput, StartInput, WithdrawInput
from runtime.inputs.subscriptions import RedeliveryInput, RotationInput, SubscriptionInput, SwitchInput

__all__ = [
    "ApprovalInput",
    "ChangeInput",
    "ClaimInput",
    "CompareInput",
    "ConfirmInput",
    "ConsentInput",
    "DecisionInput",
    "DisclosureInput",
    "EndSessionsInput",
    "ErasureInput",
    "FillInput",
    "Id",
    "Input",
    "InspectionInput",
    "InspectionOf",
    "ItemInput",
    "Key",
    "LineInput",
    "LostInput",
    "ManyInspections",
    "ManyReceipts",
    "MergeInput",
    "Name",
    "Note",
    "Number",
    "OrderId",
    "Part",
    "PartyDisclosureInput",
    "PersonInput",
    "Photo",
    "ReceiptInput",
    "ReceiptLineInput",
    "ReceiptOf",
    "RedeliveryInput",
    "RehearsalInput",
    "ReplayInput",
    "ResolveInput",
    "ReturnId",
    "RotationInput",
    "ScheduleInput",
    "StartInput",
    "SteeringInput",
    "SubscriptionInput",
    "SwitchInput",
    "TrackInput",
    "Units",
    "VerdictInput",
    "WholeInput",
    "Why",
    "WhyInput",
    "WithdrawInput",
]
