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
from runtime.inputs.holds import ClaimInput, ResolveInput
from runtime.inputs.parties import MergeInput, WhyInput
from runtime.inputs.people import DisclosureInput, EndSessionsInput, ErasureInput, PersonInput
from runtime.inputs.returns import ConfirmInput, ConsentInput, LineInput, StartInput, WithdrawInput
from runtime.inputs.subscriptions import RedeliveryInput, RotationInput, SubscriptionInput, SwitchInput

__all__ = [
    "ChangeInput",
    "ClaimInput",
    "ConfirmInput",
    "ConsentInput",
    "DecisionInput",
    "DisclosureInput",
    "EndSessionsInput",
    "ErasureInput",
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
    "StartInput",
    "SubscriptionInput",
    "SwitchInput",
    "TrackInput",
    "Units",
    "VerdictInput",
    "Why",
    "WhyInput",
    "WithdrawInput",
]
