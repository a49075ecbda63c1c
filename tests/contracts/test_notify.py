"""What every way to the customer promises: the double of the workflow tests is held to the same as SMTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Protocol

import pytest

from adapters.errors import Retryable
from adapters.notify.port import Message, Notifier
from adapters.notify.smtp import SmtpNotifier, SmtpSettings
from tests.doubles.world import FakeNotifier, FakeWorld
from tests.stack.sandbox import Sandbox

PEOPLE = count(1)


@dataclass(frozen=True)
class Mail:
    message_id: str
    subject: str
    text: str


class Post(Protocol):
    door: Notifier
    address: str

    def mails(self) -> list[Mail]:
        """What the customer got, oldest first."""
        ...

    def go_away(self) -> None:
        """The next message is not taken."""
        ...


class Remembered:
    address = "anna@example.test"

    def __init__(self) -> None:
        self.world = FakeWorld()
        self.door: Notifier = FakeNotifier(self.world)

    def mails(self) -> list[Mail]:
        return [Mail(mail.key, mail.subject, mail.text) for mail in self.world.mails if mail.to == self.address]

    def go_away(self) -> None:
        self.world.fail("send", Retryable("post", "send", "away"))


class OverSmtp:
    def __init__(self, sandbox: Sandbox) -> None:
        sender = "returns@shop.example"
        self.smtp = SmtpNotifier(SmtpSettings("127.0.0.1", sandbox.ports["smtp"], sender, security="none"))
        self.door: Notifier = self.smtp
        self.address = f"notify-contract-{next(PEOPLE)}@example.test"
        self.sandbox = sandbox

    def mails(self) -> list[Mail]:
        found = [mail for mail in self.sandbox.control.get("/mail").json() if mail["to"] == [self.address]]
        return [Mail(mail["message_id"], mail["subject"], mail["text"]) for mail in found]

    def go_away(self) -> None:
        self.sandbox.fault("smtp", "*", "down", times=1)


@pytest.fixture(params=["double", "smtp"])
async def post(request: pytest.FixtureRequest) -> AsyncIterator[Post]:
    if request.param == "double":
        yield Remembered()
        return
    sandbox: Sandbox = request.getfixturevalue("sandbox")
    over = OverSmtp(sandbox)
    yield over
    await over.smtp.aclose()
    sandbox.heal()


@pytest.fixture
def message(post: Post) -> Message:
    text = "Dear Änna,\n\nWe have credited 12.30 EUR — your return is complete.\n"
    return Message("R-1-A.confirmation", post.address, "Your return R-1-A is confirmed – ✓", text)


async def test_a_message_arrives_as_it_was_written(post: Post, message: Message) -> None:
    await post.door.send(message)
    (mail,) = post.mails()
    assert (mail.subject, mail.text.replace("\r\n", "\n")) == (message.subject, message.text)
    assert mail.message_id


async def test_a_repeat_bears_the_same_message_id_and_another_message_another(post: Post, message: Message) -> None:
    for _ in range(2):
        await post.door.send(message)
    await post.door.send(replace(message, key="R-1-A.inspection"))
    first, again, other = (mail.message_id for mail in post.mails())
    assert first == again != other


async def test_what_is_not_taken_may_be_sent_again(post: Post, message: Message) -> None:
    post.go_away()
    with pytest.raises(Retryable):
        await post.door.send(message)
    assert post.mails() == []
    await post.door.send(message)
    assert len(post.mails()) == 1
