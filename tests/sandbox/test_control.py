"""The control server, the mail sink, and what survives a kill."""

import smtplib
from collections.abc import Iterator

import pytest

from tests.stack.orders import order
from tests.stack.sandbox import Sandbox


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of this file's own, to be killed."""
    one = Sandbox(tmp_path_factory.mktemp("own"))
    one.start()
    yield one
    one.stop()


def send(sandbox: Sandbox, subject: str) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.ports["smtp"]) as client:
        client.sendmail("a@shop.example", ["b@example.test"], f"Subject: {subject}\r\n\r\nHello")


def test_an_order_is_seeded_at_every_vendor(own: Sandbox) -> None:
    assert set(own.seed(order(660_001))) == {"shopify", "netsuite", "salesforce", "dynamics"}


def test_orders_come_in_bulk_all_or_none(own: Sandbox) -> None:
    answer = own.control.post("/orders/bulk", json=[order(660_002), order(660_003)])
    assert len(answer.json()) == 2
    answer = own.control.post("/orders/bulk", json=[order(660_004), {"order_id": 660_005}])
    assert answer.status_code == 422
    assert "660004" not in own.books("shopify")["orders"]


def test_a_fault_plan_that_makes_no_sense_is_refused(own: Sandbox) -> None:
    answer = own.control.post("/faults", json={"vendor": "shopify", "kind": "sulk"})
    assert answer.status_code == 422
    assert "throttle" in answer.json()["error"]


def test_the_page_shows_books_faults_calls_and_mail(own: Sandbox) -> None:
    own.seed(order(660_006))
    own.fault("shopify", "returnProcess", "drop_after", times=None)
    send(own, "Your <return>")
    page = own.control.get("/").text
    own.heal()
    assert "returnProcess" in page
    assert "until cleared" in page
    assert "salesorders (" in page
    assert "Your &lt;return&gt;" in page


def test_an_unknown_vendor_has_no_books(own: Sandbox) -> None:
    assert own.control.get("/books/nobody").status_code == 404


def test_mail_is_kept_and_can_be_refused(own: Sandbox) -> None:
    send(own, "one")
    own.fault("smtp", "*", "down")
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(own, "two")
    assert caught.value.smtp_code == 421
    send(own, "three")
    subjects = [mail["subject"] for mail in own.control.get("/mail").json()]
    assert "one" in subjects
    assert "two" not in subjects
    assert subjects[-1] == "three"


def test_a_kill_loses_nothing_and_moves_nothing(own: Sandbox) -> None:
    own.seed(order(660_007))
    own.fault("netsuite", "*", "down", times=None)
    own.control.post("/clock", json={"advance_seconds": 3600})
    before, ports, ca = own.books("shopify"), dict(own.ports), own.ca_file.read_bytes()
    faults = own.control.get("/faults").json()
    own.kill()
    own.start()
    assert (own.ports, own.ca_file.read_bytes()) == (ports, ca)
    assert own.books("shopify") == before
    assert own.control.get("/faults").json() == faults
    assert own.control.get("/clock").json()["offset_seconds"] == 3600
    own.heal()
