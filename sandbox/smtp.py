"""The mail sink: takes every mail on a plain loopback port and keeps it in the books. A "down" fault refuses them."""

import asyncio
import socket
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.world import World

_OPERATION = "MAIL"


class Sink:
    """The handler aiosmtpd calls; the method's name is aiosmtpd's. `down` and `error` refuse before storing."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        plan = self._world.faults.take("smtp", _OPERATION)
        if plan is not None and plan.kind == "slow":
            await asyncio.sleep(plan.delay_ms / 1000)
        elif plan is not None:
            return "421 4.3.2 Service not available, closing transmission channel"
        books = self._world.books
        with books.transaction():
            key = f"mail-{books.next_number('smtp.letter')}"
            books.put("smtp.letter", key, {"id": key, **_letter(envelope), "at": self._world.clock.now().isoformat()})
        return "250 2.0.0 OK"


def _letter(envelope: Envelope) -> dict[str, Any]:
    raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
    # Taken apart only when somebody looks (`mails`): that costs more than all the rest of taking a mail.
    return {"from": envelope.mail_from, "to": list(envelope.rcpt_tos), "raw": raw.decode("latin-1")}


def mails(world: World) -> list[dict[str, Any]]:
    """Every mail taken, in order, with its subject, headers and text."""
    return [_opened(letter) for letter in world.books.all("smtp.letter")]


def _opened(letter: dict[str, Any]) -> dict[str, Any]:
    message = message_from_bytes(letter["raw"].encode("latin-1"), policy=policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    return {
        "id": letter["id"],
        "from": letter["from"],
        "to": letter["to"],
        "subject": str(message["subject"] or ""),
        "message_id": str(message["message-id"] or ""),
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "text": body.get_content() if body is not None else "",
        "at": letter["at"],
    }


async def serve(world: World, sock: socket.socket) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SMTP(Sink(world), hostname="localhost", loop=loop), sock=sock)
