"""Reports of undelivered notices over HTTP are taken from whoever signs them, and from nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.notify.mail import composed
from adapters.notify.port import Message
from domain.notices import message_id, notice_key
from runtime.notices import MOST_REPORT_BYTES
from security.roles import Role
from security.webhook_signing import new_secret, signed
from tests.api.office import Office, confirmation
from tests.notices.test_bounces import report
from tests.stack.settings import BOUNCE_SECRET

AT = "/webhooks/mail/bounces"


async def test_a_signed_report_becomes_a_bounce_of_its_return(office: Office) -> None:
    quoted = await office.started()
    name = quoted["return_id"]
    await office.ask(Role.STOREFRONT, "POST", f"/returns/{name}/confirmation", confirmation(quoted))
    while not (found := (await office.ask(Role.SUPPORT, "GET", f"/returns/{name}/messages")).json()["messages"]) or (
        found[0]["sent_at"] is None
    ):
        pass
    sent = composed(Message(notice_key(name, "confirmation"), "a@example.test", "s", "t"), "returns@shop.example")
    assert message_id(notice_key(name, "confirmation")) in sent["Message-ID"]
    body = report(original=sent)
    for secret, status in ((new_secret(), 401), (BOUNCE_SECRET, 200)):
        headers = signed("report-1", datetime.now(UTC), body.decode(), [secret])
        answer = await office.http.post(AT, content=body, headers=headers)
        assert answer.status_code == status, answer.text
    assert answer.json() == {"status": "recorded", "return_id": name}
    (told,) = (await office.ask(Role.SUPPORT, "GET", f"/returns/{name}/messages")).json()["messages"]
    assert (told["reason"], told["bounced_at"] is not None) == ("bounced: 5.1.1", True)


async def test_what_is_not_signed_or_too_large_is_not_read(office: Office) -> None:
    assert (await office.http.post(AT, content=report())).status_code == 401
    assert (await office.http.post(AT, content=b"x" * (MOST_REPORT_BYTES + 1))).status_code == 413
    body = b"Subject: Out of office\n\nBack on Monday.\n"
    headers = signed("report-2", datetime.now(UTC), body.decode(), [BOUNCE_SECRET])
    assert (await office.http.post(AT, content=body, headers=headers)).json() == {"status": "ignored"}
