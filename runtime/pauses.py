"""How often something is done by itself, as an operator writes it: 30m, 6h, 1d, or off."""

from __future__ import annotations

import re
from datetime import timedelta

_WRITTEN = re.compile(r"([1-9]\d*)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def pause(text: str) -> timedelta | None:
    """None: never. Raises ValueError."""
    if text == "off":
        return None
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError("it must be a pause such as 30m, 6h or 1d, or off")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
