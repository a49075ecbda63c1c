"""The format of a mapping file, version 1, as a strict schema: what is not known here is refused, not ignored."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from adapters.crm.mapping.errors import Unfit
from adapters.crm.mapping.steps import Kind
from adapters.crm.mapping.steps.ids import id18
from domain.change_request import RequestKind
from domain.mapping import Direction, Mask, Mode, Nulls, Rule, Side

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=100)]
Value = bool | int | float | str
Vendor = Literal["salesforce", "dynamics"]
Concept = Literal["return", "line", "contact", "account", "product"]
Bare = Literal[
    "text", "email", "upper", "lower", "strip", "first_name", "last_name", "lines_in_words", "amount", "whole",
    "moment", "id18", "id15",
]  # fmt: skip


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError("is no time zone such as Europe/Berlin or UTC") from None
    return name


def _record_type(given: str) -> str:
    try:
        return id18(given)
    except Unfit as error:
        raise ValueError(str(error)) from None


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Fit(Strict):
    fit: Annotated[int, Field(ge=1, le=131_072)]


class Join(Strict):
    join: Annotated[str, StringConstraints(max_length=20)]


class Default(Strict):
    default: Value


class InTable(Strict):
    table: Word


class Signs(Strict):
    point: Literal[",", "."]
    group: Literal[",", ".", " ", "'", ""] = ""

    @model_validator(mode="after")
    def _differ(self) -> Signs:
        if self.point == self.group:
            raise ValueError("point and group must differ")
        return self


class LocaleDecimal(Strict):
    locale_decimal: Signs


class DateOnly(Strict):
    date_only: Annotated[str, AfterValidator(_zone)]


StepEntry = Bare | Fit | Join | Default | InTable | LocaleDecimal | DateOnly


class Table(Strict):
    """Our words on the left, the CRM's values on the right. A value that stands for several words of ours is told back
    as the first of them."""

    values: dict[str, Value] = Field(min_length=1)
    otherwise: Value | None = Field(default=None, description="for a word that is not on the left")


class FieldEntry(Strict):
    """One field of the CRM. `from` or `value` says what is shown in it; one that is only read has neither."""

    source: str | None = Field(default=None, alias="from", description="JMESPath into the document of a return")
    value: Value | None = Field(default=None, description="always this")
    steps: tuple[StepEntry, ...] = Field(default=(), description="done one after the other")
    kind: Kind | None = Field(default=None, description="what the field is in the CRM, where the steps do not say it")
    when: str | None = Field(default=None, description="CEL: shown only when this holds, else left alone")
    direction: Direction = Direction.PUSH
    owner: Side = Side.HUB
    rule: Rule = Rule.OWNER_WINS
    nulls: Nulls = Nulls.CLEAR
    mask: Mask = Mask.OPEN
    asks: RequestKind | None = Field(default=None, description="an edit of it asks this of the return")
    about: str = Field(default="", description="one sentence for the page of the matrix")

    @model_validator(mode="after")
    def _whole(self) -> FieldEntry:
        filled = self.source is not None or self.value is not None
        if self.source is not None and self.value is not None:
            raise ValueError("has both `from` and `value`; keep one")
        if self.direction.pushes and not filled:
            raise ValueError("is pushed and does not say what: give it `from` or `value`, or direction pull")
        if self.steps and not filled and self.source is None and not self.direction.pulls:
            raise ValueError("has steps and nothing to do them on: give it `from`")
        if (self.rule is Rule.REQUEST_ONLY) != (self.asks is not None):
            raise ValueError("rule request_only and `asks` go together: an edit asks reason, partial_refund, ...")
        if self.asks is not None and not self.direction.pulls:
            raise ValueError("asks something and is not pulled: give it direction pull or both")
        if self.rule is Rule.MONOTONIC_STATE and self.owner is not Side.HUB:
            raise ValueError("rule monotonic_state is for a status of ours: give it owner hub")
        return self


class ObjectEntry(Strict):
    object: Word
    key: Word = Field(description="the CRM's field with our reference")
    mode: Mode = Mode.LIVE
    record_type: Annotated[str, AfterValidator(_record_type)] | None = Field(
        default=None, description="the id of the record type of new records; Salesforce only"
    )
    fields: dict[Word, FieldEntry] = Field(default_factory=dict)


class Mapping(Strict):
    format: Literal[1]
    name: Word
    version: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        description="the file's own; raise it with every change"
    )
    vendor: Vendor
    profile: Literal["return_order", "rma", "case", "custom"]
    regions: dict[str, Mode] = Field(default_factory=dict)
    tables: dict[Word, Table] = Field(default_factory=dict)
    objects: dict[Concept, ObjectEntry]


def json_schema() -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Mapping.model_json_schema(by_alias=True)


def step_name(entry: StepEntry) -> tuple[str, Any]:
    """The step's name in the register and its argument."""
    if isinstance(entry, str):
        return entry, None
    [name] = type(entry).model_fields
    return name, getattr(entry, name)
