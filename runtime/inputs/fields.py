"""What a message is, and the fields that many messages have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.errors import BadInput


def clean(text: str) -> str:
    # PostgreSQL takes no NUL, a timeline no control characters.
    if any((sign < " " and sign not in "\n\t") or sign == "\x7f" for sign in text):
        raise ValueError("must not contain control characters")
    return text


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must say something")
    return text.strip()


def _named(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("must be printable text without spaces around it")
    return text


Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:#/-]+$")]
ReturnId = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{2,39}$")]
# It becomes a part of the return's id.
OrderId = Annotated[str, Field(min_length=1, max_length=28, pattern=r"^[A-Z0-9-]+$")]
Key = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Units = Annotated[int, Field(gt=0, le=1_000_000, strict=True)]
Part = Annotated[str, Field(pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$")]
Name = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_named)]
Photo = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_named)]
Why = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(clean), AfterValidator(_said)]
Note = Annotated[str, Field(max_length=500), AfterValidator(clean)]
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), AfterValidator(_named)]
# Of a row in PostgreSQL.
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Input(BaseModel):
    """Strict: nothing unknown, nothing guessed. Numbers are numbers, amounts are decimal strings."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def different(field: str, things: Iterable[tuple[str | None, ...]]) -> None:
    """What is named twice is a slip of somebody's: once too often, or two quantities that belong together."""
    seen: dict[tuple[str | None, ...], int] = {}
    for place, thing in enumerate(things):
        if thing in seen:
            raise BadInput(f"{field}.{place}", f"says the same as {field}.{seen[thing]}; add the quantities up")
        seen[thing] = place


def digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:24]
