"""The $batch format: groups of operations become one multipart body, and the answer becomes results per group."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import CloseBoundaryNotFoundDefect
from email.message import Message
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One request inside a batch; `path` is relative to the service and already encoded."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    status: int
    body: Any


class Unreadable(ValueError):
    """The answer is cut off or is no batch response."""


def write(groups: Sequence[Sequence[Operation]], service: str) -> tuple[str, bytes]:
    """(content type, body). A group of one GET stands alone; every other group is a change set, all or nothing."""
    boundary = f"batch_{uuid.uuid4()}"
    parts: list[str] = []
    number = 0
    for group in groups:
        if len(group) == 1 and group[0].method == "GET":
            parts.append(_http(group[0], service, ""))
            continue
        inner = f"changeset_{uuid.uuid4()}"
        texts = []
        for operation in group:
            # A Content-ID must be unique in the whole batch, not only in its change set.
            number += 1
            texts.append(f"--{inner}\r\n{_http(operation, service, str(number))}\r\n")
        parts.append(f"Content-Type: multipart/mixed; boundary={inner}\r\n\r\n{''.join(texts)}--{inner}--")
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    return f"multipart/mixed; boundary={boundary}", body.encode()


def read(content_type: str, raw: bytes, expected: int) -> list[list[Outcome]]:
    """The outcomes of each group, in order; a change set that was undone has one outcome, its error."""
    outer = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + raw)
    # The parser takes what it gets for the whole.
    if f"--{outer.get_boundary()}--".encode() not in raw:
        raise Unreadable("it has no end")
    parts = _parts(outer)
    if len(parts) != expected:
        raise Unreadable(f"{len(parts)} of {expected} parts answered")
    return [[_outcome(each) for each in _parts(part)] if part.is_multipart() else [_outcome(part)] for part in parts]


def _http(operation: Operation, service: str, content_id: str) -> str:
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
    if content_id:
        head += f"Content-ID: {content_id}\r\n"
    headers = {"Accept": "application/json", **operation.headers}
    if operation.body is not None:
        headers["Content-Type"] = "application/json"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = "" if operation.body is None else json.dumps(operation.body)
    return f"{head}\r\n{operation.method} {service}{operation.path} HTTP/1.1\r\n{lines}\r\n{body}"


def _outcome(part: Message) -> Outcome:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        raise Unreadable("a part is not an HTTP response")
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    words = head.decode("utf-8", "replace").strip().split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        raise Unreadable("a part has no status line")
    try:
        return Outcome(int(words[1]), json.loads(body) if body.strip() else None)
    except ValueError as error:
        raise Unreadable("a part's body is cut off") from error


def _parts(message: Message) -> list[Message]:
    if any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in message.defects):
        # Cut off between two headers of a part, what is left would read as an answer without a body.
        raise Unreadable("it ends before its last boundary")
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
