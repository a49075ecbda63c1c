"""An event is signed and sent to the address that was checked, and every answer is one of our errors."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from adapters.errors import Gone, Permanent, Retryable, VendorError
from adapters.webhooks import sender as sending
from adapters.webhooks.sender import WebhookSender
from domain.webhooks import STAGE_CHANGED, Event, Parcel, secret_for
from sandbox.tls import certificates
from security.boxes import Box
from security.keys import Keyring
from security.webhook_signing import is_signed, new_secret
from tests.webhooks.receiver import Listener, listening

BOX = Box(Keyring("a", {"a": b"k" * 32}))
OLD, NEW = new_secret(), new_secret()
EVENT = Event(
    "R-5001-9F2C41AB:7:stage_changed", STAGE_CHANGED, "R-5001-9F2C41AB", 7, {"stage": "quoted", "order_name": "№ 5001"},
    datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
)  # fmt: skip


def parcel(url: str, *secrets: str) -> Parcel:
    sealed = tuple(BOX.seal(secret, secret_for("erp")) for secret in secrets or (NEW,))
    return Parcel(url, sealed, EVENT, failures=0, wait=0.0, age=0.0)


class Names:
    """A name server that says something else each time it is asked."""

    def __init__(self, *answers: str | Sequence[str]) -> None:
        self._answers = [(one,) if isinstance(one, str) else one for one in answers]
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


@pytest.fixture
async def receiver() -> AsyncIterator[Listener]:
    async with listening() as one:
        yield one


@pytest.fixture
async def sender() -> AsyncIterator[WebhookSender]:
    one = WebhookSender(BOX, None, near=True)
    yield one
    await one.aclose()


async def error_of(sender: WebhookSender, parcel: Parcel) -> VendorError:
    with pytest.raises(VendorError) as caught:
        await sender.hand_over("erp", parcel)
    assert caught.value.__cause__ is None
    return caught.value


async def test_an_event_arrives_as_cloudevents_and_standard_webhooks_want_it(
    receiver: Listener, sender: WebhookSender
) -> None:
    await sender.hand_over("erp", parcel(receiver.url))
    (taken,) = receiver.taken
    assert taken.headers[":request"] == "POST /hooks?from=us HTTP/1.1"
    assert taken.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert taken.headers["webhook-id"] == EVENT.event_id
    Webhook(NEW).verify(taken.body, taken.headers)
    assert taken.event == {
        "specversion": "1.0", "id": EVENT.event_id, "source": "/backhaul/returns", "type": STAGE_CHANGED,
        "subject": "R-5001-9F2C41AB", "time": "2026-11-22T09:30:00+00:00", "datacontenttype": "application/json",
        "data": {"stage": "quoted", "order_name": "№ 5001"},
    }  # fmt: skip


async def test_while_a_secret_takes_anothers_place_both_prove_the_sender(
    receiver: Listener, sender: WebhookSender
) -> None:
    await sender.hand_over("erp", parcel(receiver.url, NEW, OLD))
    (taken,) = receiver.taken
    for secret, good in ((NEW, True), (OLD, True), (new_secret(), False)):
        assert is_signed(taken.headers, taken.body, secret) is good
    assert not is_signed(taken.headers, taken.body + b" ", NEW)
    assert not is_signed(taken.headers | {"webhook-timestamp": "1700000000"}, taken.body, NEW)
    assert not is_signed(taken.headers | {"webhook-signature": "nonsense"}, taken.body, NEW)
    assert not is_signed({}, taken.body, NEW)


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        ("400 Bad Request", Permanent, None),
        ("413 Too Large", Permanent, None),
        ("422 Unprocessable", Permanent, None),
        ("401 Unauthorized", Retryable, None),
        ("404 Not Found", Retryable, None),
        ("410 Gone", Gone, None),
        ("429 Too Many\r\nRetry-After: 7", Retryable, 7.0),
        ("500 Oops", Retryable, None),
        ("503 Busy\r\nRetry-After: 120", Retryable, 120.0),
        ("302 Found\r\nLocation: http://169.254.169.254/", Retryable, None),
        ("nonsense", Retryable, None),
    ],
)
async def test_every_answer_says_what_comes_next(
    receiver: Listener, sender: WebhookSender, answer: str, kind: type[VendorError], wait: float | None
) -> None:
    receiver.answer = f"{answer}\r\nContent-Length: 0\r\n\r\n"
    error = await error_of(sender, parcel(receiver.url))
    assert type(error) is kind
    assert getattr(error, "retry_after", None) == wait
    assert len(receiver.taken) == 1, "nobody is followed anywhere"


async def test_a_receiver_that_says_no_end_of_things_is_not_listened_to(
    receiver: Listener, sender: WebhookSender
) -> None:
    receiver.answer = "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "400\r\n" + "x" * 1024 + "\r\n"
    await sender.hand_over("erp", parcel(receiver.url))


async def test_a_receiver_that_never_answers_is_tried_again(
    receiver: Listener, sender: WebhookSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_SECONDS", 0.2)
    receiver.answer = ""
    assert type(await error_of(sender, parcel(receiver.url))) is Retryable


async def test_nobody_there_is_tried_again_and_its_address_is_not_told(sender: WebhookSender) -> None:
    error = await error_of(sender, parcel("http://127.0.0.1:9/"))
    assert type(error) is Retryable
    assert "127.0.0.1" not in str(error)


async def test_the_address_is_asked_for_once_and_the_one_that_was_looked_at_is_the_one_spoken_to(
    receiver: Listener,
) -> None:
    names = Names("127.0.0.1", "10.0.0.1")
    sender = WebhookSender(BOX, None, near=True, resolve=names)
    await sender.hand_over("erp", parcel(f"http://hooks.example:{receiver.port}/"))
    assert names.asked == 1
    assert receiver.taken[0].headers["host"] == f"hooks.example:{receiver.port}"
    error = await error_of(sender, parcel(f"http://hooks.example:{receiver.port}/"))
    assert type(error) is Permanent
    assert len(receiver.taken) == 1
    await sender.aclose()


async def test_of_several_addresses_the_first_that_is_reached_gets_it(receiver: Listener) -> None:
    sender = WebhookSender(BOX, None, near=True, resolve=Names(("127.0.0.2", "127.0.0.1", "127.0.0.1")))
    await sender.hand_over("erp", parcel(receiver.url.replace("127.0.0.1", "hooks.example.test")))
    assert len(receiver.taken) == 1
    await sender.aclose()


@pytest.mark.parametrize("leads_to", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", ("93.184.216.34", "10.0.0.1")])
async def test_a_public_name_that_leads_into_our_network_is_not_followed(
    receiver: Listener, leads_to: str | Sequence[str]
) -> None:
    sender = WebhookSender(BOX, None, resolve=Names(leads_to))
    error = await error_of(sender, parcel(f"https://hooks.example:{receiver.port}/"))
    assert type(error) is Permanent
    assert "its name leads to" in str(error)
    assert receiver.taken == []
    await sender.aclose()


async def test_a_name_without_an_address_is_tried_again() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    for resolve in (unknown, Names(())):
        sender = WebhookSender(BOX, None, resolve=resolve)
        assert type(await error_of(sender, parcel("https://hooks.example/"))) is Retryable
        await sender.aclose()


async def test_the_certificate_must_be_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    ca, cert, key = certificates(tmp_path, "hooks.example")
    trusted = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trusted.load_cert_chain(cert, key)
    sender = WebhookSender(BOX, str(ca), near=True, resolve=Names("127.0.0.1"))
    async with listening(trusted) as receiver:
        await sender.hand_over("erp", parcel(f"https://hooks.example:{receiver.port}/"))
        assert type(await error_of(sender, parcel(f"https://other.example:{receiver.port}/"))) is Retryable
        assert len(receiver.taken) == 1
    await sender.aclose()


async def test_a_secret_that_cannot_be_read_keeps_the_event(receiver: Listener) -> None:
    for box in (None, Box(Keyring("b", {"b": b"k" * 32})), Box(Keyring("a", {"a": b"o" * 32}))):
        sender = WebhookSender(box, None, near=True)
        error = await error_of(sender, parcel(receiver.url))
        assert type(error) is Retryable
        assert "secret cannot be read" in str(error)
        await sender.aclose()
    assert receiver.taken == []


async def test_a_secret_sealed_for_one_subscription_signs_for_no_other(
    receiver: Listener, sender: WebhookSender
) -> None:
    stolen = replace(parcel(receiver.url), secrets=(BOX.seal(NEW, secret_for("other")),))
    assert "cannot be read" in str(await error_of(sender, stolen))


def test_what_is_sealed_is_not_there_to_be_read() -> None:
    sealed = BOX.seal(NEW, "x")
    assert NEW.encode() not in sealed
    assert sealed != BOX.seal(NEW, "x")
    assert Box(Keyring("b", {"b": b"n" * 32, "a": b"k" * 32})).open(sealed, "x") == NEW
