"""Which request a fault plan meets: told by its text, after others, and named in the log; mail among them."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.stack.sandbox import Sandbox, trust


@pytest.fixture(autouse=True)
def quiet(sandbox: Sandbox) -> Iterator[None]:
    sandbox.heal()
    sandbox.control.delete("/calls").raise_for_status()
    yield
    sandbox.heal()


def planned(sandbox: Sandbox, **wish: Any) -> str:
    answer = sandbox.control.post("/faults", json=wish)
    assert answer.status_code == 200, answer.text
    return str(answer.json()[-1]["id"])


def asked(sandbox: Sandbox, text: str) -> int:
    """The status of a request whose body holds `text`."""
    context: ssl.SSLContext = trust(sandbox.ca_file)
    with httpx.Client(base_url=sandbox.url("shopify"), verify=context, trust_env=False, timeout=20) as http:
        return http.post("/admin/oauth/access_token", data={"client_id": text}).status_code


def log(sandbox: Sandbox, vendor: str) -> list[tuple[int, str | None]]:
    """(status, id of the plan met) of each request."""
    recent = sandbox.control.get("/calls").json()["recent"]
    return [(call["status"], call["plan"]) for call in recent if call["vendor"] == vendor]


def test_a_plan_lets_some_requests_pass_first(sandbox: Sandbox) -> None:
    plan = planned(sandbox, vendor="shopify", operation="TOKEN", kind="down", contains="mine", skip=2)
    statuses = [asked(sandbox, text) for text in ("mine", "other", "mine", "other", "mine", "mine")]
    assert [status == 503 for status in statuses] == [False, False, False, False, True, False]
    assert [met for _, met in log(sandbox, "shopify")] == [None, None, None, None, plan, None]


def test_a_request_that_one_plan_lets_pass_meets_the_next(sandbox: Sandbox) -> None:
    planned(sandbox, vendor="shopify", operation="TOKEN", kind="down", skip=1)
    planned(sandbox, vendor="shopify", operation="TOKEN", kind="html")
    assert [asked(sandbox, "any") for _ in range(2)] == [502, 503]


def test_a_plan_that_is_slow_by_a_millisecond_marks_its_requests(sandbox: Sandbox) -> None:
    wish = {"vendor": "shopify", "operation": "*", "kind": "slow", "delay_ms": 1, "times": None}
    mine, yours = (planned(sandbox, **wish, contains=text) for text in ("mine", "yours"))
    for text in ("mine", "yours", "nobodys", "mine"):
        asked(sandbox, text)
    assert [met for _, met in log(sandbox, "shopify")] == [mine, yours, None, mine]


@pytest.mark.parametrize("skip", [-1, "2", None, 1.5])
def test_what_is_no_number_of_requests_is_refused(sandbox: Sandbox, skip: object) -> None:
    wish = {"vendor": "shopify", "kind": "down", "skip": skip}
    answer = sandbox.control.post("/faults", json=wish)
    assert (answer.status_code, "skip" in answer.text) == ((200, True) if skip is None else (422, True))


@pytest.mark.parametrize(("kind", "kept"), [("drop_after", True), ("drop_before", False)])
def test_a_mail_whose_answer_is_lost(sandbox: Sandbox, kind: str, kept: bool) -> None:
    plan = planned(sandbox, vendor="smtp", operation="MAIL", kind=kind, contains=f"lost-{kind}")
    _send(sandbox, f"other-{kind}")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        _send(sandbox, f"lost-{kind}")
    subjects = [mail["subject"] for mail in sandbox.control.get("/mail").json()]
    assert (f"other-{kind}" in subjects, f"lost-{kind}" in subjects) == (True, kept)
    assert log(sandbox, "smtp") == [(250, None), (0, plan)]


def _send(sandbox: Sandbox, subject: str) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.ports["smtp"]) as client:
        client.sendmail("a@shop.example", ["b@example.test"], f"Subject: {subject}\r\n\r\nHello")
