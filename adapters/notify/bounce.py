"""Delivery reports as mail systems send them back (RFC 3464): which message of ours reached nobody, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail

# Status codes of RFC 3463; whatever else stands there may quote an address.
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_ID = re.compile(r"<\s*([0-9a-f]{32})@[^<>\s]+>")
_FAILED = "failed"
# A report has three parts and what it brings back two more. Whoever writes to our sender's address may send any mail,
# also one of thousands of parts within each other, and reading that costs seconds or all of the stack.
_MOST_PARTS = 50


@dataclass(frozen=True, slots=True)
class Bounce:
    """`message_id` is what stood before the @; `status` a code such as 5.1.1."""

    message_id: str
    status: str


def bounce_of(raw: bytes) -> Bounce | None:
    """None for anything but a report that a message of ours failed for good: an answer, a delay, somebody else's."""
    if raw.lower().count(b"content-type:") > _MOST_PARTS:
        return None
    report = message_from_bytes(raw)
    if report.get_content_type() != "multipart/report":
        return None
    statuses = [status for part in report.walk() for status in _failures(part)]
    found = next((found for part in report.walk() if (found := _original(part))), None)
    return Bounce(found, statuses[0]) if statuses and found else None


def _failures(part: Mail) -> list[str]:
    """Of each recipient whose delivery failed, the status."""
    if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
        return []
    blocks = [block for block in part.get_payload() if isinstance(block, Mail)]
    failed = [block for block in blocks if str(block.get("Action", "")).strip().lower() == _FAILED]
    return [(_STATUS.findall(str(block.get("Status", ""))) or ["5.0.0"])[0] for block in failed]


def _original(part: Mail) -> str | None:
    """The id of the message that is reported on, from the copy of it or of its header."""
    kind = part.get_content_type()
    if kind == "message/rfc822" and part.is_multipart():
        first = next((one for one in part.get_payload() if isinstance(one, Mail)), None)
        text = str(first.get("Message-ID", "")) if first is not None else ""
    elif kind == "text/rfc822-headers":
        payload = part.get_payload(decode=True)
        text = str(message_from_bytes(payload).get("Message-ID", "")) if isinstance(payload, bytes) else ""
    else:
        return None
    found = _ID.search(text)
    return found.group(1) if found else None
