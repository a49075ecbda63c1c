"""The mail preflight against a real SMTP server: nothing wrong with it, then one thing after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.notify import preflight
from adapters.notify.preflight import MailPreflight
from adapters.notify.smtp import SmtpSettings
from domain.preflight import State
from tests.preflight.looking import findings, wrong

SENDER = "returns@shop.example"


@dataclass
class Server:
    """A mail server that takes mail from whom it likes, and remembers every message."""

    port: int = 0
    mail: str = "250 OK"
    taken: list[Envelope] = field(default_factory=list)

    def connected(self) -> SMTP:
        return SMTP(self, hostname="localhost", loop=asyncio.get_running_loop())

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail.startswith("250"):
            envelope.mail_from = address
        return self.mail

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 OK"

    def looked_at(self, **more: Any) -> MailPreflight:
        return MailPreflight(replace(SmtpSettings("127.0.0.1", self.port, SENDER, "none"), **more))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    one = Server()
    listening = await asyncio.get_running_loop().create_server(one.connected, "127.0.0.1", 0)
    one.port = listening.sockets[0].getsockname()[1]
    yield one
    listening.close()
    await listening.wait_closed()


async def test_nothing_is_wrong_with_a_server_that_takes_our_mail_and_nothing_is_sent(server: Server) -> None:
    assert [each.state for each in await findings(server.looked_at())] == [State.OK, State.OK]
    assert server.taken == []


@pytest.mark.parametrize(
    ("settings", "seen", "mend"),
    [
        ({"port": 9}, "no connection", "BACKHAUL_NOTIFY__PORT"),
        ({"security": "starttls"}, "does not offer", "BACKHAUL_NOTIFY__SECURITY"),
        ({"security": "tls"}, "no encrypted connection", "BACKHAUL_NOTIFY__SECURITY"),
        ({"username": "bot", "password": "x"}, "does not offer", "BACKHAUL_NOTIFY__USERNAME"),
    ],
)
async def test_a_connection_that_cannot_be_made_is_named_with_its_mend(
    server: Server, settings: dict[str, Any], seen: str, mend: str
) -> None:
    [found] = await wrong(server.looked_at(**settings))

    assert seen in found.seen
    assert mend in found.mend


async def test_a_sender_the_server_refuses_is_named_without_the_servers_words(server: Server) -> None:
    server.mail = "550 returns@shop.example is not known to anna@example.test"
    [found] = await wrong(server.looked_at())

    assert found.about == SENDER
    assert "(550)" in found.seen
    assert "anna" not in found.seen
    assert "BACKHAUL_NOTIFY__SENDER" in found.mend


async def test_mail_in_the_clear_to_another_machine_is_warned_of(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "_near", lambda host: False)
    [found] = await wrong(server.looked_at())

    assert found.state is State.WARNING
    assert "unencrypted" in found.seen


@pytest.mark.parametrize(("host", "near"), [("localhost", True), ("127.0.0.1", True), ("smtp.example", False)])
def test_only_this_machine_is_near(host: str, near: bool) -> None:
    assert preflight._near(host) is near
