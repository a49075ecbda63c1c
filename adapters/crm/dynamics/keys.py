"""Alternate keys: our keys in letters an address can carry, and back."""

from __future__ import annotations

import re

# The platform cannot route / < > * % & : \ ? + inside a key, and our line keys hold a colon.
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_ESCAPED = re.compile(r"~([0-9a-f]+)\.")


def alternate(key: str) -> str:
    """'R-5001-9F:70011' -> 'R-5001-9F~3a.70011'. One to one, so two keys never meet."""
    return _UNSAFE.sub(lambda match: f"~{ord(match[0]):x}.", key)


def original(text: str) -> str:
    """The inverse of `alternate`."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def row(entity_set: str, column: str, key: str) -> str:
    """The address of a row under its alternate key, for paths and for @odata.bind."""
    return f"{entity_set}({column}='{alternate(key)}')"
