"""Salesforce's two spellings of one id: 15 characters whose capitals count, and 18 with a checksum of them."""

from __future__ import annotations

import re
from typing import Any

from adapters.crm.mapping.errors import Unfit

_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-5]{3})?", re.ASCII)
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def id18(value: Any) -> str:
    """The 18 characters of an id of 15 or 18. Raises Unfit for what is no id, or has another checksum."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unfit("a Salesforce id of 15 or 18 characters is needed")
    short = value[:15]
    # One letter for each five characters: bit n is set when character n is a capital.
    full = short + "".join(
        _CHECK[sum(1 << at for at, sign in enumerate(short[start : start + 5]) if "A" <= sign <= "Z")]
        for start in (0, 5, 10)
    )
    if len(value) == 18 and value[15:].upper() != full[15:]:
        raise Unfit("the id's checksum does not fit: some of its letters changed between small and capital")
    return full


def id15(value: Any) -> str:
    return id18(value)[:15]
