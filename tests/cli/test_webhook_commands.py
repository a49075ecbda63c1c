"""Other systems are told of events, by the command line: from a subscription to a signed event of a real return."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook

from tests.stack.desk import Desk
from tests.stack.inbox import Inbox

BY = ("--by", "ida")


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    one = Inbox()
    yield one
    one.close()


def test_a_system_that_subscribes_is_told_of_every_stage_in_order_and_can_prove_by_whom(
    desk: Desk, inbox: Inbox
) -> None:
    secret = desk.answer("webhooks", "add", "erp", inbox.url, *BY)["secret"]
    tested = desk.say("webhooks", "test", "erp", *BY)
    assert (tested.code, ": delivered 20" in tested.out) == (0, True), tested
    name = desk.authorized()

    def told() -> list[tuple[dict[str, str], bytes]]:
        return [one for one in inbox.taken if json.loads(one[1]).get("subject") == name]

    inbox.wait(lambda: bool(told()) and json.loads(told()[-1][1])["data"]["stage"] == "awaiting_goods")
    events = [json.loads(body) for _, body in told()]
    versions = [event["data"]["version"] for event in events]
    assert versions == sorted(versions)
    assert events[0]["data"]["stage"] == "quoted"
    assert events[-1]["data"]["agreed"] == {"amount": "11.90", "currency": "EUR"}
    for headers, body in inbox.taken:
        Webhook(secret).verify(body, headers)
        assert b"anna" not in body.lower()
    listed = desk.say("webhooks", "list").out
    assert listed.startswith(f"erp  active  {inbox.url}")
    assert secret not in listed
    assert secret not in str(desk.answer("webhooks", "deliveries", "erp"))


def test_a_secret_is_rotated_and_the_old_one_goes_on_for_a_while(desk: Desk, inbox: Inbox) -> None:
    only = ("--type", "dev.backhaul.return.held.v1")
    first = desk.answer("webhooks", "add", "rotating", inbox.url, *only, *BY)["secret"]
    second = desk.answer("webhooks", "rotate", "rotating", "--overlap", "1", *BY)["secret"]
    assert desk.answer("webhooks", "test", "rotating", *BY)["delivered"]
    third = desk.answer("webhooks", "rotate", "rotating", "--overlap", "0", *BY)["secret"]
    assert desk.answer("webhooks", "test", "rotating", *BY)["delivered"]
    both, one = inbox.taken
    for secret in (first, second):
        Webhook(secret).verify(both[1], both[0])
    Webhook(third).verify(one[1], one[0])
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(second).verify(one[1], one[0])


def test_what_cannot_be_done_is_said_with_what_can(desk: Desk, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, said in (
        (("add", "Erp!", inbox.url), "small letters"),
        (("add", "far", "https://10.0.0.1/"), "url: 10.0.0.1 is"),
        (("add", "far", inbox.url, "--type", "all"), "dev.backhaul.return.stage_changed.v1"),
        (("test", "nobody"), "there is no subscription 'nobody'"),
        (("off", "nobody"), "there is no subscription 'nobody'"),
        (("rotate", "nobody"), "there is no subscription 'nobody'"),
    ):
        assert said in desk.say("webhooks", *words, *BY).sentence
    desk.answer("webhooks", "add", "quiet", inbox.url, *BY)
    assert "already" in desk.say("webhooks", "add", "quiet", inbox.url, *BY).sentence
    desk.answer("webhooks", "off", "quiet", *BY)
    assert "switched off" in desk.say("webhooks", "test", "quiet", *BY).sentence
    desk.answer("webhooks", "on", "quiet", *BY)
    assert desk.answer("webhooks", "replay", "quiet", *BY)["again"] == 0
    monkeypatch.delenv("BACKHAUL_WEBHOOKS__KEYS")
    assert "BACKHAUL_WEBHOOKS__KEYS: is not set" in desk.say("webhooks", "add", "keyless", inbox.url, *BY).sentence
