"""The mail sink: takes every mail on a plain loopback port and keeps it in the books. A "down" fault refuses them."""

import asyncio
import socket
import time
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.faults import Plan
from sandbox.world import Call, World

_OPERATION = "MAIL"
_TAKEN = "250 2.0.0 OK"


class Sink:
    """The handler aiosmtpd calls; the method's name is aiosmtpd's. A fault but `slow`, `drop_before` and `drop_after`
    refuses before storing."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        letter = _letter(envelope)
        plan = self._world.faults.take("smtp", _OPERATION, letter["raw"])
        at, started = self._world.clock.now(), time.perf_counter()
        answer = await self._answer(plan, letter)
        self._world.calls.add(
            Call(
                vendor="smtp",
                operation=_OPERATION,
                status=int(answer.partition(" ")[0] or 0),
                at=at.isoformat(timespec="milliseconds"),
                ms=round((time.perf_counter() - started) * 1000, 2),
                fault=None if plan is None else plan.kind,
                plan=None if plan is None else plan.id,
            )
        )
        if not answer and server.transport is not None:
            server.transport.close()
        return answer

    async def _answer(self, plan: Plan | None, letter: dict[str, Any]) -> str:
        """Empty when the connection is to be broken."""
        match None if plan is None else plan.kind:
            case "slow":
                assert plan is not None
                await asyncio.sleep(plan.delay_ms / 1000)
            case "drop_before":
                return ""
            case "drop_after":
                self._keep(letter)
                return ""
            case str():
                return "421 4.3.2 Service not available, closing transmission channel"
        self._keep(letter)
        return _TAKEN

    def _keep(self, letter: dict[str, Any]) -> None:
        books = self._world.books
        with books.transaction():
            key = f"mail-{books.next_number('smtp.letter')}"
            books.put("smtp.letter", key, {"id": key, **letter, "at": self._world.clock.now().isoformat()})


def _letter(envelope: Envelope) -> dict[str, Any]:
    raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
    # Taken apart only when somebody looks (`mails`): that costs more than all the rest of taking a mail.
    return {"from": envelope.mail_from, "to": list(envelope.rcpt_tos), "raw": raw.decode("latin-1")}


def complaint(operation: str) -> str | None:
    return None if operation == _OPERATION else f"its one operation is {_OPERATION}"


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
