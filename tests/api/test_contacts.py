"""The customer of a return: masked for all who may look, whole for a reason, and then written down."""

from __future__ import annotations

import pytest

from security.roles import Role
from store.port import EVERYTHING, see
from store.port.audit import ActSearch, stream_of_return
from tests.api.office import Office


async def test_the_customer_is_shown_masked_to_everybody_who_may_look(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    see(EVERYTHING)
    whole = await office.app.state.stores.returns.contact(return_id)
    for role in (Role.WAREHOUSE, Role.SUPPORT, Role.FINANCE, Role.AUDITOR, Role.PRIVACY_OFFICER):
        answer = await office.ask(role, "GET", f"/returns/{return_id}/contact")
        shown = answer.json()["contact"]
        assert shown["email"].endswith("@" + whole.email.partition("@")[2])
        assert not any(one in answer.text for one in (whole.name, whole.email))


async def test_the_customer_is_told_for_a_reason_and_the_act_is_kept_without_what_was_told(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    see(EVERYTHING)
    whole = await office.app.state.stores.returns.contact(return_id)
    asked = {"reason": "the customer called and asked where it is"}
    answer = await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/contact/disclosure", asked)
    assert answer.json()["contact"] == {"name": whole.name, "email": whole.email}
    search = ActSearch(stream=stream_of_return(return_id), action="contact:unmask")
    (act,) = (await office.app.state.stores.audit.search(search)).entries
    assert (act.actor, act.reason, act.personal) == ("support", asked["reason"], True)
    assert not any(one in act.after for one in (whole.name, whole.email))


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 501}, {"reason": 7}])
async def test_without_a_reason_nothing_is_told(office: Office, body: dict[str, object]) -> None:
    return_id = (await office.started())["return_id"]
    answer = await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/contact/disclosure", body)
    assert (answer.status_code, answer.json()["field"]) == (400, "reason")


async def test_what_cannot_be_written_down_is_not_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    return_id = (await office.started())["return_id"]

    async def away(act: object) -> None:
        raise OSError

    monkeypatch.setattr(office.app.state.stores.audit, "append", away)
    answer = await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/contact/disclosure", {"reason": "a call"})
    assert answer.status_code == 500
    assert "@" not in answer.text


async def test_of_a_return_without_a_customer_nothing_is_shown(office: Office) -> None:
    """As after the person was erased."""
    return_id = (await office.started())["return_id"]
    await office.forget_contact(return_id)
    for method, path, body in (("GET", "contact", None), ("POST", "contact/disclosure", {"reason": "a call"})):
        answer = await office.ask(Role.SUPPORT, method, f"/returns/{return_id}/{path}", body)
        assert (answer.status_code, answer.json()["contact"]) == (200, None)
