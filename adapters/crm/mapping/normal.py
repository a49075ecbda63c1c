"""One form for what a CRM answers, what it tells in a feed and what was sent to it: only then can values be compared.

Salesforce writes +0000 where we write Z, Dataverse gives back lines with carriage returns, an empty text is none, and
12.5 and 12.50 are one number. What is compared unequally would be written again for ever.
"""

from __future__ import annotations

from adapters.crm.mapping.errors import Unfit
from adapters.crm.mapping.steps import Kind
from adapters.crm.mapping.steps.days import moment
from adapters.crm.port import Scalar

_NUMBERS = (Kind.NUMBER, Kind.AMOUNT)


def normal(kind: Kind, value: Scalar) -> Scalar:
    """The value in the form in which it may be compared. What does not fit its kind stays as it is."""
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").strip()
        if kind is Kind.MOMENT and text:
            try:
                return moment(text)
            except Unfit:
                return text
        return text or None
    if kind in _NUMBERS and isinstance(value, float) and value.is_integer():
        return int(value)
    return value
