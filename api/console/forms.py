"""What a page's form sends: plain fields, each once."""

from __future__ import annotations

from fastapi import Request

from domain.errors import BadInput

_MOST_FIELDS = 2000
_DIGITS = 7


async def form(request: Request) -> dict[str, str]:
    """Fields by name, without spaces around them. A field that comes twice, or a file, is none of our forms'."""
    fields: dict[str, str] = {}
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as sent:
        for name, value in sent.multi_items():
            if not isinstance(value, str) or name in fields:
                raise BadInput(name, "comes once, as text; load the page again and send its form")
            fields[name] = value.replace("\r\n", "\n").strip()
    return fields


def needed(fields: dict[str, str], name: str) -> str:
    """Raises BadInput when the field is empty or missing."""
    value = fields.get(name, "")
    if not value:
        raise BadInput(name, "is empty; fill it in and send the form again")
    return value


def check_sure(fields: dict[str, str]) -> None:
    """A decision is ticked before it is sent. Raises BadInput."""
    if fields.get("sure") != "yes":
        raise BadInput("sure", "is not ticked; nothing was decided")


def whole(fields: dict[str, str], name: str, digits: int = _DIGITS) -> int | None:
    """A count; None when the field is empty or missing. Raises BadInput."""
    return number(name, fields.get(name, ""), digits)


def number(name: str, value: str, digits: int = _DIGITS) -> int | None:
    """None for nothing. Raises BadInput, also for one of so many digits that it means harm."""
    if value and not (value.isascii() and value.isdecimal() and len(value) <= digits):
        raise BadInput(name, "is a whole number")
    return int(value) if value else None


def lines_of(fields: dict[str, str], name: str) -> list[str]:
    """What was written one to a line."""
    return [line.strip() for line in fields.get(name, "").split("\n") if line.strip()]


def within(address: str) -> str:
    """An address of the console, and nothing else: a form must not lead anywhere else."""
    local = address == "/console" or address.startswith(("/console/", "/console?"))
    return address if local and address.isprintable() and "\\" not in address else "/console"
