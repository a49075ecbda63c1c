"""A report that comes back by mail is recorded at the notice it is about, and nothing else is."""

from __future__ import annotations

from email.message import EmailMessage, Message

import pytest

from adapters.notify.bounce import Bounce, bounce_of
from adapters.notify.mail import composed
from adapters.notify.port import Message as Notice
from domain.notices import message_id
from runtime.notices import Sendings
from store.port import Move, Outgoing
from tests.doubles.stores import memory_stores
from tests.notices.case import SNAPSHOT

KEY = f"{SNAPSHOT.return_id}.confirmation"
SENT = composed(Notice(KEY, "anna@example.test", "Your return", "Dear Anna,\n"), "returns@shop.example")


def report(
    action: str = "failed", status: str = "5.1.1 (unknown)", original: Message | None = SENT, whole: bool = True
) -> bytes:
    """As a mail system writes it."""
    parts = [f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; anna@example.test\nAction: {action}\n"]
    parts[0] += f"Status: {status}\n"
    kinds = ["message/delivery-status"]
    if original is not None:
        text = original.as_string()
        kinds.append("message/rfc822" if whole else "text/rfc822-headers")
        parts.append(text if whole else text.partition("\n\n")[0] + "\n")
    said = "".join(
        f"--edge\nContent-Type: {kind}\n\n{part}\n"
        for kind, part in zip(["text/plain", *kinds], ["It failed.", *parts], strict=True)
    )
    head = 'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="edge"\n\n'
    return (head + said + "--edge--\n").encode()


@pytest.mark.parametrize("whole", [True, False])
def test_a_failure_names_our_message_and_its_code(whole: bool) -> None:
    assert bounce_of(report(whole=whole)) == Bounce(message_id(KEY), "5.1.1")


@pytest.mark.parametrize(("status", "told"), [("4.4.7", "4.4.7"), ("anna@example.test", "5.0.0"), ("", "5.0.0")])
def test_a_code_is_a_code_and_nothing_else_that_stands_there(status: str, told: str) -> None:
    assert bounce_of(report(status=status)) == Bounce(message_id(KEY), told)


def foreign() -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = "<newsletter-17@shop.example>"
    mail.set_content("News")
    return mail


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\xff\x00", b"Subject: Out of office\n\nBack on Monday.\n", SENT.as_bytes(), report(action="delayed"),
        report(action="delivered"), report(original=None), report(original=foreign()),
        b'Content-Type: multipart/report; boundary="edge"\n\n--edge\nContent-Type: message/delivery-status\n\n',
    ],
)  # fmt: skip
def test_what_is_no_failure_of_ours_is_left_alone(raw: bytes) -> None:
    assert bounce_of(raw) is None


async def test_a_report_is_recorded_once_at_its_notice() -> None:
    stores = memory_stores()
    await stores.returns.record(Move(SNAPSHOT, (), (Outgoing("notice", "confirmation"),)))
    sendings = Sendings(stores)
    assert await sendings.bounced(report()) is None, "nothing was sent under that id"
    await stores.notices.sent(SNAPSHOT.return_id, "confirmation", message_id(KEY))
    for _ in range(2):
        assert await sendings.bounced(report()) == (SNAPSHOT.return_id, "confirmation")
    (event,) = await stores.returns.timeline(SNAPSHOT.return_id)
    assert (event.kind, "5.1.1" in event.text, "anna" in str(event)) == ("notice_bounced", True, False)
    (dead,) = await stores.outbox.dead_letters()
    assert dead.reason == "bounced: 5.1.1"


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed; boundary=edge"])
def test_a_mail_of_thousands_of_parts_in_each_other_is_no_report(kind: str) -> None:
    inner = f"Content-Type: {kind}\n\n--edge\n" if kind.startswith("multipart") else f"Content-Type: {kind}\n\n"
    head = b"Content-Type: multipart/report; boundary=edge\n\n--edge\n"
    assert bounce_of(head + inner.encode() * 5_000) is None
