"""How notices read, what became of those of a return, and one sent again, over HTTP."""

from __future__ import annotations

from adapters.errors import Undeliverable
from security.roles import Role
from tests.api.office import Office, confirmation


async def test_a_preview_shows_a_returns_numbers_and_never_its_customer(office: Office) -> None:
    quoted = await office.started()
    listed = (await office.ask(Role.SUPPORT, "GET", "/notices")).json()
    assert "confirmation" in listed["notices"]
    assert listed["languages"] == ["de", "en", "fr"]
    at = f"/notices/confirmation/de/preview?return_id={quoted['return_id']}"
    shown = (await office.ask(Role.SUPPORT, "GET", at)).json()
    amount = quoted["quote"]["total"]["amount"].replace(".", ",")
    assert quoted["return_id"] in shown["subject"]
    assert amount in shown["text"]
    assert amount in shown["html"]
    assert "Vogel" not in str(shown)
    example = (await office.ask(Role.SUPPORT, "GET", "/notices/confirmation/fr/preview")).json()
    assert example["text"].startswith("Bonjour Alex Example,")
    assert (await office.ask(Role.SUPPORT, "GET", at, abroad=True)).status_code == 404


async def test_a_preview_of_what_is_not_there_names_what_is(office: Office) -> None:
    for path, there in (("/notices/hello/de/preview", "consent"), ("/notices/confirmation/tlh/preview", "de, en, fr")):
        answer = await office.ask(Role.SUPPORT, "GET", path)
        assert (answer.status_code, there in answer.json()["detail"]) == (404, True)


async def test_a_notice_that_bounced_is_seen_and_sent_again_once(office: Office) -> None:
    world = office.desk.world
    world.fail("send", Undeliverable("smtp", "send", "the server answered 550", "550"))
    quoted = await office.started()
    name = quoted["return_id"]
    await office.ask(Role.STOREFRONT, "POST", f"/returns/{name}/confirmation", confirmation(quoted))
    while not (found := (await office.ask(Role.SUPPORT, "GET", f"/returns/{name}/messages")).json()["messages"]) or (
        found[0]["given_up_at"] is None
    ):
        pass
    assert (found[0]["subject"], found[0]["reason"], found[0]["sent_at"]) == ("confirmation", "bounced: 550", None)
    told = (await office.ask(Role.SUPPORT, "GET", f"/returns/{name}/timeline")).json()["timeline"]
    assert [one["actor"] for one in told if one["kind"] == "notice_bounced"] == ["mail"]
    again = f"/returns/{name}/notices/confirmation/sending"
    assert (await office.ask(Role.SUPPORT, "POST", again)).status_code == 202
    while (await office.ask(Role.SUPPORT, "GET", f"/returns/{name}/messages")).json()["messages"][0]["sent_at"] is None:
        pass
    assert [mail.key for mail in world.mails if name in mail.key] == [f"{name}.confirmation.2"]
    repeated = await office.ask(Role.SUPPORT, "POST", again)
    assert repeated.status_code == 409
    assert "no dead letter" in repeated.json()["detail"]
    unknown = await office.ask(Role.SUPPORT, "POST", f"/returns/{name}/notices/withdrawn/sending")
    assert (unknown.status_code, "has no notice" in unknown.json()["detail"]) == (404, True)
