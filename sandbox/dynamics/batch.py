"""$batch: a multipart body of requests and change sets; a change set is one transaction, the rest stands alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from functools import partial
from http import HTTPStatus
from typing import Any

from sandbox.chance import Chance
from sandbox.dynamics.errors import Fault, bad_request
from sandbox.dynamics.reply import Ask, Reply

_MOST = 1000
_REQUEST_LINE = re.compile(r"([A-Za-z]+) +(.+?)(?: +HTTP/[\d.]+)?$")
_REFERENCE = re.compile(r"^/?\$(\w+)")
Step = Callable[[list[Reply]], Ask]
"""Makes a request once the answers to those before it in its change set are known."""
Run = Callable[[list[Step]], list[Reply]]


def answer(content_type: str, raw: bytes, keep_going: bool, run: Run, chance: Chance) -> Reply:
    """`run` executes one group of requests in one transaction and raises the Fault that undid it."""
    outer = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + raw)
    if not outer.is_multipart():
        raise bad_request("The batch body is not multipart/mixed.")
    parts = _parts(outer)
    if sum(len(_parts(part)) if part.is_multipart() else 1 for part in parts) > _MOST:
        raise bad_request(f"The batch request exceeds the limit of {_MOST} operations.")
    boundary = f"batchresponse_{chance.guid('dynamics.batch')}"
    texts: list[str] = []
    for part in parts:
        text, ok = _change_set(part, run, chance) if part.is_multipart() else _single(part, run)
        texts.append(text)
        if not ok and not keep_going:
            break
    body = "".join(f"--{boundary}\r\n{text}\r\n" for text in texts) + f"--{boundary}--\r\n"
    return Reply(200, body, {"Content-Type": f"multipart/mixed; boundary={boundary}"})


def _single(part: Message, run: Run) -> tuple[str, bool]:
    try:
        ask = _ask(part)
        reply = run([lambda _: ask])[0]
        if isinstance(reply.body, bytes):
            raise bad_request("The content of a file cannot be read within a batch.")
    except Fault as fault:
        reply = Reply(fault.status, fault.as_body())
    return _http(reply, str(part.get("Content-ID") or "")), reply.status < 400


def _change_set(part: Message, run: Run, chance: Chance) -> tuple[str, bool]:
    """All answers in a multipart of their own; when one request fails, its error is the only answer."""
    parts = _parts(part)
    names = [str(each.get("Content-ID") or "") for each in parts]
    try:
        asks = [_ask(each) for each in parts]
        if "" in names or len(set(names)) != len(names):
            raise bad_request("Content-ID must be given and unique in a change set.")
        if any(ask.method == "GET" for ask in asks):
            raise bad_request("A GET request is not allowed in a change set.")
        replies = run([partial(_resolved, ask, names, asks) for ask in asks])
    except Fault as fault:
        return _http(Reply(fault.status, fault.as_body()), ""), False
    boundary = f"changesetresponse_{chance.guid('dynamics.batch')}"
    inner = "".join(f"--{boundary}\r\n{_http(reply, name)}\r\n" for reply, name in zip(replies, names, strict=True))
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n{inner}--{boundary}--", True


def _resolved(ask: Ask, names: list[str], asks: list[Ask], earlier: list[Reply]) -> Ask:
    """`$1` in an address or in a bind stands for the row that the request with Content-ID 1 has made or changed."""

    def address(text: str) -> str:
        match = _REFERENCE.match(text)
        if match is None or match[1] == "batch":
            return text
        at = names.index(match[1]) if match[1] in names else len(earlier)
        if at >= len(earlier):
            raise bad_request(f"Content-ID Reference: '{match[0]}' does not exist in the batch context.")
        row = earlier[at].headers.get("OData-EntityId") or asks[at].target.partition("?")[0]
        return row + text[match.end() :]

    body = ask.body
    if isinstance(body, dict):
        body = {
            name: address(value) if name.endswith(("@odata.bind", "@odata.id")) and isinstance(value, str) else value
            for name, value in body.items()
        }
    return Ask(ask.method, address(ask.target), ask.headers, body)


def _ask(part: Message) -> Ask:
    raw = part.get_payload(decode=True)
    if part.get_content_type() != "application/http" or not isinstance(raw, bytes):
        raise bad_request("Every part of a batch must be application/http.")
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode().strip().split("\n")
    # Some clients leave the blanks of a query as they are.
    line = _REQUEST_LINE.match(first.strip())
    if line is None:
        raise bad_request(f"'{first}' is not a request line.")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    try:
        content: Any = json.loads(body) if body.strip() else None
    except ValueError:
        raise bad_request("An error occurred while reading a part's body.") from None
    return Ask(line[1].upper(), line[2], headers, content)


def _http(reply: Reply, content_id: str) -> str:
    named = f"Content-ID: {content_id}\r\n" if content_id else ""
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{named}"
    headers = reply.headers | {"OData-Version": "4.0"}
    if reply.body is not None:
        headers = {"Content-Type": "application/json; odata.metadata=minimal"} | headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    # A text is what it is: one property's raw value, or the CSDL document.
    body = reply.body if isinstance(reply.body, str) else "" if reply.body is None else json.dumps(reply.body)
    reason = HTTPStatus(reply.status).phrase
    return f"{head}\r\nHTTP/1.1 {reply.status} {reason}\r\n{lines}\r\n{body}"


def _parts(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
