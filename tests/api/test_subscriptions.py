"""Who is told of events, over HTTP: the secret once, everything else by those who run the installation."""

from __future__ import annotations

from security.roles import Role
from tests.api.office import Office
from tests.stack.inbox import Inbox


async def test_a_subscription_is_made_tested_rotated_and_switched_off(office: Office) -> None:
    inbox = Inbox()
    made = await office.ask(Role.IT_ADMIN, "POST", "/subscriptions", {"name": "wms", "url": inbox.url})
    assert made.status_code == 201, made.text
    secret = made.json()["secret"]
    tested = await office.ask(Role.IT_ADMIN, "POST", "/subscriptions/wms/test")
    assert tested.status_code == 202, tested.text
    at = "/subscriptions/wms/deliveries"
    while not (found := (await office.ask(Role.AUDITOR, "GET", at)).json()["deliveries"])[0]["delivered"]:
        pass
    assert [one["delivery_id"] for one in found] == [tested.json()["delivery_id"]]
    asked = {"delivery_ids": [found[0]["delivery_id"]]}
    assert (await office.ask(Role.IT_ADMIN, "POST", "/subscriptions/wms/replay", asked)).json()["again"] == 1
    inbox.wait(lambda: len(inbox.taken) == 2)
    assert inbox.taken[0][0]["webhook-id"] == inbox.taken[1][0]["webhook-id"]
    rotated = await office.ask(Role.IT_ADMIN, "POST", "/subscriptions/wms/secret", {"overlap_hours": 1})
    assert rotated.json()["secret"] != secret
    off = await office.ask(Role.IT_ADMIN, "POST", "/subscriptions/wms/state", {"active": False})
    assert off.json() == {"name": "wms", "active": False}
    listed = await office.ask(Role.AUDITOR, "GET", "/subscriptions")
    (one,) = [each for each in listed.json()["subscriptions"] if each["name"] == "wms"]
    assert (one["state"], one["url"], one["made_by"]) == ("off", inbox.url, "it-admin")
    assert secret not in listed.text
    assert rotated.json()["secret"] not in listed.text
    assert (await office.ask(Role.IT_ADMIN, "POST", "/subscriptions/wms/test")).status_code == 409
    inbox.close()


async def test_who_is_for_some_regions_only_has_no_say_in_events_of_all(office: Office) -> None:
    asked = {"name": "abroad", "url": "http://127.0.0.1:9/"}
    answer = await office.ask(Role.IT_ADMIN, "POST", "/subscriptions", asked, abroad=True)
    assert (answer.status_code, "for some only" in answer.json()["detail"]) == (403, True)


async def test_what_will_not_do_names_its_field(office: Office) -> None:
    for asked, field in (
        ({"name": "Wms", "url": "http://127.0.0.1:9/"}, "name"),
        ({"name": "wms2", "url": "https://169.254.169.254/"}, "url"),
        ({"name": "wms2", "url": "http://127.0.0.1:9/", "types": ["all"]}, "types"),
    ):
        answer = await office.ask(Role.IT_ADMIN, "POST", "/subscriptions", asked)
        assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert (await office.ask(Role.IT_ADMIN, "POST", "/subscriptions/nobody/test")).status_code == 404
