"""The client's shapes are the API's documents, field by field."""

from __future__ import annotations

from typing import Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from activities.crm_backfill import Told
from adapters.crm.mapping.page import MappingData
from api.changes import AskedChange, Note
from api.holds import HeldReturn
from api.mappings import OfOrg, Shipped
from client import shapes
from domain.change_request import Answered
from domain.returns import Snapshot
from runtime import inputs
from runtime.audit import ActView, VerdictView
from runtime.documents import schema_of
from runtime.hub.backfills import BackfillView
from runtime.hub.coverage import CoverageView
from runtime.hub.findings import Findings
from runtime.hub.items import ItemView
from runtime.hub.letters import LetterView, ReplayedLetters
from runtime.hub.listening import OrgHeard
from runtime.hub.overview import QualityView, StatusView
from runtime.hub.parties import DecisionView, PartyView, ReviewView
from runtime.hub.quota import AllowanceView
from runtime.hub.reconciliations import ComparisonReport
from runtime.hub.rehearsals import RehearsedReturn
from runtime.notices import Preview
from runtime.views.crm import OrgView
from runtime.views.messages import MessageView
from runtime.views.money import MoneyDocument
from runtime.views.stock import StockView
from store.port import Conflict, DeadLetter, Delivery, Erasure, Subscription, TimelineEvent
from workflows import messages as m

OUT = [
    (shapes.Return, Snapshot), (shapes.Answer, m.RequestAnswer), (shapes.Ack, m.Ack), (shapes.HeldReturn, HeldReturn),
    (shapes.TimelineEvent, TimelineEvent), (shapes.DeadLetter, DeadLetter), (shapes.MoneyView, MoneyDocument),
    (shapes.StockView, StockView), (shapes.ShownInOrg, OrgView), (shapes.SentMessage, MessageView),
    (shapes.ChangeAsked, AskedChange), (shapes.Note, Note), (shapes.ChangeAnswer, Answered),
    (shapes.ReplayedLetters, ReplayedLetters), (shapes.CrmLetter, LetterView), (shapes.Allowance, AllowanceView),
    (shapes.CrmStatus, StatusView), (shapes.CrmCoverage, CoverageView), (shapes.DataQuality, QualityView),
    (shapes.Backfill, BackfillView), (shapes.ComparisonReport, ComparisonReport), (shapes.OrgHeard, OrgHeard),
    (shapes.Item, ItemView), (shapes.Conflict, Conflict), (shapes.Forecast, Told), (shapes.Mapping, MappingData),
    (shapes.OrgMapping, OfOrg), (shapes.MappingHead, Shipped), (shapes.Findings, Findings),
    (shapes.RehearsedReturn, RehearsedReturn), (shapes.Review, ReviewView), (shapes.Party, PartyView),
    (shapes.Decision, DecisionView), (shapes.AuditAct, ActView), (shapes.AuditVerdict, VerdictView),
    (shapes.Erasure, Erasure), (shapes.Subscription, Subscription), (shapes.Delivery, Delivery),
    (shapes.NoticePreview, Preview),
]  # fmt: skip
IN = [
    (shapes.AskedLine, inputs.LineInput), (shapes.ReceivedLine, inputs.ReceiptLineInput),
    (shapes.Verdict, inputs.VerdictInput),
]  # fmt: skip


def form(schema: dict[str, Any]) -> Any:
    """Types and names without words: what two descriptions of one thing have in common. An enumeration is text here."""
    if "anyOf" in schema:
        return sorted((form(one) for one in schema["anyOf"]), key=str)
    if "properties" in schema:
        return {name: form(part) for name, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [form(schema["items"])]
    if schema.get("type") == "object":
        return {"*": form(schema["additionalProperties"])}
    return schema.get("type")


_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def hinted(hint: Any) -> Any:
    """The same of a type."""
    inside = get_args(hint)
    if is_typeddict(hint):
        return {name: hinted(part) for name, part in get_type_hints(hint).items()}
    if get_origin(hint) is list:
        return [hinted(inside[0])]
    if get_origin(hint) is dict:
        return {"*": hinted(inside[1])}
    return sorted((hinted(one) for one in inside), key=str) if inside else _NAMES[hint]


@pytest.mark.parametrize(("shape", "kind"), OUT, ids=[shape.__name__ for shape, _ in OUT])
def test_what_comes_back_is_what_the_api_says(shape: Any, kind: Any) -> None:
    assert hinted(shape) == form(schema_of(kind))


@pytest.mark.parametrize(("shape", "kind"), IN, ids=[shape.__name__ for shape, _ in IN])
def test_what_is_sent_is_what_the_api_takes(shape: Any, kind: Any) -> None:
    assert hinted(shape) == form(schema_of(kind))
    hints = get_type_hints(shape, include_extras=True)
    needed = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
    assert needed == {name for name, field in kind.model_fields.items() if field.is_required()}
