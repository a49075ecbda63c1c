"""Reading a request's body: JSON with exact numbers, its names and values held against the record type."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.netsuite.catalog import TYPES, RecordType
from sandbox.netsuite.desk import Doc
from sandbox.netsuite.errors import Refused, invalid_content, invalid_value
from sandbox.netsuite.fields import kind_of

_NAMES, _VALUES = "X-NetSuite-PropertyNameValidation", "X-NetSuite-PropertyValueValidation"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ASSIGNED = frozenset({"inventoryStatus", "toInventoryStatus", "quantity", "links", "refName"})
_TAXES = frozenset({"taxDetails", "taxDetailsOverride"})


@dataclass
class Reading:
    """How strictly a body is read, and what was left out of it in silence."""

    names: str = "Warning"
    values: str = "Error"
    hidden: frozenset[str] = frozenset()
    """Fields this account does not show: those of a feature that is off."""
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, headers: Mapping[str, str], hidden: frozenset[str] = frozenset()) -> "Reading":
        return cls(_level(headers, _NAMES, "Warning"), _level(headers, _VALUES, "Error"), hidden)

    def record(self, kind: str, body: Doc) -> Doc:
        """The fields of the body that the record type knows, spelt as it spells them, with values of their kind."""
        entry, known = TYPES[kind], Doc()
        for given, value in body.items():
            name = entry.spelling.get(given.lower())
            if name is None or name in self.hidden:
                self._unknown(kind, given, given)
            elif name in entry.sublists:
                known[name] = self._sublist(entry, name, value)
            elif self._fits(name, value, name):
                known[name] = value
        return known

    def _sublist(self, entry: RecordType, name: str, value: Any) -> Any:
        if value is None or (isinstance(value, dict) and value.get("items", 0) is None):
            return None
        if not isinstance(value, dict) or not isinstance(value.get("items"), list):
            raise invalid_content(f"Invalid content for the sublist {name}: it needs a list named items.", name)
        allowed = {each.lower(): each for each in entry.sublists[name]}
        lines = []
        for place, line in enumerate(value["items"]):
            path = f"{name}.items[{place}]"
            if not isinstance(line, dict):
                raise invalid_content("A sublist line must be an object.", path)
            lines.append(self._line(entry.name, line, allowed, path))
        return {"items": lines}

    def _line(self, kind: str, line: Doc, allowed: dict[str, str], path: str) -> Doc:
        known = Doc()
        for given, each in line.items():
            name = allowed.get(given.lower())
            if name is None or name in self.hidden:
                self._unknown(kind, given, f"{path}.{given}")
            elif name == "inventoryDetail":
                known[name] = self._detail(kind, each, f"{path}.{name}")
            elif self._fits(name, each, f"{path}.{name}"):
                known[name] = each
        return known

    def _detail(self, kind: str, detail: Any, path: str) -> Any:
        """An inventory detail's assignments. The account has no bins and no numbered items."""
        rows = detail.get("inventoryAssignment") if isinstance(detail, dict) else None
        if not isinstance(rows, dict) or not isinstance(rows.get("items"), list):
            return detail
        allowed = {name.lower(): name for name in _ASSIGNED}
        where = f"{path}.inventoryAssignment"
        lines = [
            self._line(kind, row, allowed, f"{where}.items[{place}]") if isinstance(row, dict) else row
            for place, row in enumerate(rows["items"])
        ]
        return detail | {"inventoryAssignment": {"items": lines}}

    def _unknown(self, kind: str, name: str, path: str) -> None:
        sentence = f"The record type {kind} has no field {name}."
        if self.names == "Error":
            raise invalid_content(sentence, path)
        if self.names == "Warning":
            self.warnings.append(sentence)

    def _fits(self, name: str, value: Any, path: str) -> bool:
        """Whether the value is of the field's kind. A wrong one is refused, or left out, as the header says."""
        if value is None or _is(kind_of(name), value):
            return True
        if self.values == "Error":
            raise invalid_value(value, path)
        if self.values == "Warning":
            self.warnings.append(f"The value of the field {name} is invalid.")
        return False


def parse(raw: bytes) -> Doc:
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw, parse_float=Decimal)
    except ValueError:
        raise Refused(400, "INVALID_CONTENT", "Invalid content in the request body: it is not JSON.") from None
    if not isinstance(body, dict):
        raise invalid_content("Invalid content in the request body: it is not a record.")
    return body


def hidden_without(suite_tax: bool) -> frozenset[str]:
    """Fields an account does not show: with legacy tax, REST web services know no tax details."""
    return frozenset() if suite_tax else _TAXES


def _level(headers: Mapping[str, str], header: str, default: str) -> str:
    # Clients in the field write the values in either case.
    value = headers.get(header, default).strip().capitalize()
    if value not in ("Error", "Warning", "Ignore"):
        raise Refused(400, "INVALID_HEADER", f"Invalid value {value}.", header=header)
    return value


def _is(kind: str, value: Any) -> bool:
    match kind:
        case "number" | "integer":
            return not isinstance(value, bool) and isinstance(value, int | str | Decimal) and _number(value)
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, str) and _day(value)
        case "reference" | "enum":
            scalar = isinstance(value, str | int) and not isinstance(value, bool)
            return scalar or (isinstance(value, dict) and bool(value.keys() & {"id", "externalId", "refName"}))
        case "string" | "date-time":
            return isinstance(value, str | int | Decimal) and not isinstance(value, bool)
    return True


def _number(value: int | str | Decimal) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False
