"""Mail over a real SMTP server: what it answers is one of our errors, and no error tells an address."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.errors import Permanent, Retryable, Undeliverable, UnknownOutcome, VendorError
from adapters.notify.port import Message
from adapters.notify.smtp import SmtpNotifier, SmtpSettings

ANNA = Message("R-1.confirmation", "anna@example.test", "Your return R-1", "Dear Anna,\n\nübermorgen.\n")


@dataclass
class Server:
    """A mail server that answers as it is told; `breaks` names the command at which it hangs up."""

    port: int = 0
    rcpt: str = "250 OK"
    data: str = "250 OK"
    breaks: str = ""
    taken: list[Envelope] = field(default_factory=list)
    connections: int = 0
    notifiers: list[SmtpNotifier] = field(default_factory=list)

    def connected(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="localhost", loop=asyncio.get_running_loop(), enable_SMTPUTF8=True)

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.breaks == "RSET":
            server.transport.abort()  # type: ignore[union-attr]
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.breaks == "RCPT":
            server.transport.abort()  # type: ignore[union-attr]
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt.format(address)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data.startswith("250"):
            self.taken.append(envelope)
        if self.breaks == "DATA":
            server.transport.abort()  # type: ignore[union-attr]
        return self.data

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.breaks == "QUIT":
            server.transport.abort()  # type: ignore[union-attr]
        return "221 Bye"

    def notifier(self, **changes: Any) -> SmtpNotifier:
        one = SmtpNotifier(replace(SmtpSettings("127.0.0.1", self.port, "returns@shop.example", "none"), **changes))
        self.notifiers.append(one)
        return one


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    loop, one = asyncio.get_running_loop(), Server()
    listening = await loop.create_server(one.connected, "127.0.0.1", 0)
    one.port = listening.sockets[0].getsockname()[1]
    yield one
    for notifier in one.notifiers:
        await notifier.aclose()
    listening.close()
    await listening.wait_closed()


async def error_of(notifier: SmtpNotifier, message: Message = ANNA) -> VendorError:
    """The error, which with all its causes tells no address."""
    with pytest.raises(VendorError) as caught:
        await notifier.send(message)
    error = caught.value
    assert error.__cause__ is None, "a cause is kept in the history, with what the server said"
    assert "anna" not in "".join(traceback.format_exception_only(error))
    assert str(error).startswith("smtp send: ")
    return error


async def test_a_message_is_handed_over_once_with_an_id_of_its_own(server: Server) -> None:
    await server.notifier().send(ANNA)
    await server.notifier().send(ANNA)
    await server.notifier().send(Message("R-2.confirmation", ANNA.to, ANNA.subject, ANNA.text))
    mails = [message_from_bytes(envelope.content, policy=policy.default) for envelope in server.taken]  # type: ignore[arg-type]
    first, repeat, other = mails
    assert server.taken[0].rcpt_tos == ["anna@example.test"]
    assert (first["To"], first["From"], first["Subject"]) == ("anna@example.test", "returns@shop.example", ANNA.subject)
    assert first["Auto-Submitted"] == "auto-generated"
    body = first.get_body()
    assert body is not None
    assert body.get_content().splitlines() == ANNA.text.splitlines()
    assert first["Message-ID"] == repeat["Message-ID"] != other["Message-ID"]


@pytest.mark.parametrize(
    ("rcpt", "kind"),
    [
        ("450 4.2.0 <{}> greylisted", Retryable),
        ("452 4.2.2 <{}> mailbox full", Retryable),
        ("550 5.1.1 <{}> unknown", Undeliverable),
        ("553 5.1.3 <{}> bad", Undeliverable),
    ],
)
async def test_a_refused_recipient_is_tried_again_only_when_the_server_says_so(
    server: Server, rcpt: str, kind: type[VendorError]
) -> None:
    server.rcpt = rcpt
    error = await error_of(server.notifier())
    assert type(error) is kind
    assert error.code == rcpt[:3]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("421 4.3.2 closing for anna@example.test", Retryable),
        ("451 4.3.0 try later", Retryable),
        ("552 5.3.4 anna@example.test wants less", Permanent),
        ("554 5.7.1 spam", Permanent),
    ],
)
async def test_a_refused_message_is_not_taken(server: Server, data: str, kind: type[VendorError]) -> None:
    server.data = data
    assert type(await error_of(server.notifier())) is kind
    assert server.taken == []


async def test_a_connection_that_breaks_after_the_message_leaves_it_unknown(server: Server) -> None:
    server.breaks = "DATA"
    assert type(await error_of(server.notifier())) is UnknownOutcome
    assert len(server.taken) == 1


async def test_a_connection_that_breaks_before_is_tried_again(server: Server) -> None:
    server.breaks = "RCPT"
    assert type(await error_of(server.notifier())) is Retryable
    assert server.taken == []


async def test_messages_travel_over_one_connection_while_it_is_good(server: Server) -> None:
    notifier = server.notifier()
    await notifier.send(ANNA)
    await notifier.send(ANNA)
    assert (len(server.taken), server.connections) == (2, 1)


async def test_a_kept_connection_that_broke_is_replaced_and_the_message_goes_out_once(server: Server) -> None:
    notifier = server.notifier()
    await notifier.send(ANNA)
    server.breaks = "RSET"
    await notifier.send(ANNA)
    assert (len(server.taken), server.connections) == (2, 2)


async def test_a_refused_message_does_not_spoil_the_next_one(server: Server) -> None:
    notifier = server.notifier()
    server.rcpt = "550 5.1.1 <{}> unknown"
    assert type(await error_of(notifier)) is Undeliverable
    server.rcpt = "250 OK"
    await notifier.send(ANNA)
    assert server.taken[0].rcpt_tos == ["anna@example.test"]


async def test_messages_at_the_same_time_do_not_wait_for_each_other(server: Server) -> None:
    notifier = server.notifier()
    await asyncio.gather(*(notifier.send(ANNA) for _ in range(3)))
    assert (len(server.taken), server.connections) == (3, 3)


async def test_a_goodbye_that_fails_takes_nothing_back(server: Server) -> None:
    server.breaks = "QUIT"
    notifier = server.notifier()
    await notifier.send(ANNA)
    await notifier.aclose()
    assert len(server.taken) == 1


async def test_nobody_there_is_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert type(await error_of(Server(free.getsockname()[1]).notifier())) is Retryable


async def test_a_server_that_hangs_up_at_once_is_tried_again() -> None:
    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hangs_up, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        assert type(await error_of(Server(port).notifier())) is Retryable


async def test_a_server_without_encryption_is_not_spoken_to_in_the_clear(server: Server) -> None:
    error = await error_of(server.notifier(security="starttls"))
    assert type(error) is Permanent
    assert "BACKHAUL_NOTIFY__" in str(error)


@pytest.mark.parametrize(
    "to",
    ["", "anna", "anna@", "@example.test", "anna@example.test, eve@example.test", "anna@example.test\r\nBcc: e@x"],
)
async def test_what_is_not_one_address_is_never_sent(server: Server, to: str) -> None:
    assert type(await error_of(server.notifier(), Message("k", to, "s", "t"))) is Permanent
    assert server.taken == []


async def test_an_address_in_its_own_script_is_delivered(server: Server) -> None:
    await server.notifier().send(Message("k", "jürgen@bücher.example", "s", "t"))
    assert server.taken[0].rcpt_tos == ["jürgen@bücher.example"]


async def test_text_and_html_travel_together_under_the_shops_own_head(server: Server) -> None:
    html = "<p>Dear Anna,</p><p>übermorgen.</p>"
    outlet = replace(ANNA, html=html, sender="outlet@shop.example", reply_to="help@shop.example")
    await server.notifier().send(outlet)
    (envelope,) = server.taken
    assert envelope.mail_from == "outlet@shop.example"
    mail = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
    assert (mail["From"], mail["Reply-To"], mail["MIME-Version"]) == ("outlet@shop.example", "help@shop.example", "1.0")
    assert mail["Message-ID"].endswith("@shop.example>")
    text, shown = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert shown is not None
    assert mail.get_content_type() == "multipart/alternative"
    assert (text.get_content().splitlines(), shown.get_content().strip()) == (ANNA.text.splitlines(), html)
