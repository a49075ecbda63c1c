"""The address of a row or a table: contacts, contacts(guid), contacts(bh_customerref='801'), with or without a host."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.dynamics.errors import bad_request, no_such_resource

PREFIX = "/api/data/v9.2/"
_SEGMENT = re.compile(r"^(?P<set>[A-Za-z_]\w*)(?:\((?P<key>.*)\))?$")
_KEY_VALUE = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*('(?:[^']|'')*'|[^,']+)\s*(?:,|$)")
# What is inside the quotes of an alternate key must not hold these (the platform cannot route them).
_RESERVED = re.compile(r"[/<>*%&:\\?+]")


@dataclass(frozen=True, slots=True)
class Address:
    """`guid` or `key` when it is one row; `rest` is what follows (an action, a property, $count)."""

    entity_set: str
    guid: str = ""
    key: dict[str, Any] = field(default_factory=dict)
    """Values in quotes are texts, others numbers or what else stands there."""
    rest: tuple[str, ...] = ()


def relative(target: str) -> str:
    """The path inside the service: absolute and relative addresses both occur in batches and binds."""
    path = urlsplit(target).path if "://" in target else target.partition("?")[0]
    if path.startswith(PREFIX):
        return path[len(PREFIX) :]
    return path.lstrip("/")


def parse(path: str) -> Address:
    """Raises 404 for an unreadable segment, 400 for a key the platform cannot route."""
    head, *rest = _split(path.strip("/"))
    match = _SEGMENT.match(unquote(head))
    if match is None:
        raise no_such_resource(head)
    entity_set, inside = match["set"], match["key"]
    if inside is None:
        return Address(entity_set, rest=tuple(rest))
    guid = as_guid(inside)
    if guid:
        return Address(entity_set, guid, rest=tuple(rest))
    return Address(entity_set, key=_key(inside), rest=tuple(rest))


def as_guid(text: str) -> str | None:
    try:
        return str(uuid.UUID(text)) if len(text) in (36, 38) else None
    except ValueError:
        return None


def _split(path: str) -> list[str]:
    """Split at slashes outside of parentheses and quotes."""
    parts, depth, quoted = [""], 0, False
    for letter in path:
        if letter == "'":
            quoted = not quoted
        depth += 0 if quoted else {"(": 1, ")": -1}.get(letter, 0)
        if letter == "/" and not quoted and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def written_key(key: dict[str, Any]) -> str:
    """The inverse of reading it: what stands between the parentheses."""
    parts = []
    for name, value in key.items():
        shown = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else value
        parts.append(f"{name}={shown}")
    return ",".join(parts)


def _key(inside: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    at = 0
    while at < len(inside):
        match = _KEY_VALUE.match(inside, at)
        if match is None:
            raise bad_request(f"Bad Request - Error in query syntax. The key '{inside}' cannot be read.")
        value: Any = match[2].strip()
        if re.fullmatch(r"-?\d+", value):
            value = int(value)
        elif as_guid(value):
            value = uuid.UUID(value)
        elif value.startswith("'"):
            value = value[1:-1].replace("''", "'")
            if _RESERVED.search(value):
                raise bad_request("Bad Request - Error in query syntax.")
        found[match[1]] = value
        at = match.end()
    if not found:
        raise bad_request("Bad Request - Error in query syntax. The key is empty.")
    return found
