"""What somebody sends who means harm: it is answered like any mistake, and costs no more."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from pydantic import BaseModel, ValidationError

from api import guard
from api.app import build
from runtime import inputs
from security.roles import ALLOWED, Role
from tests.api.office import KEYS, Office
from tests.api.test_roles import GUARDED, NAMES, body_for
from tests.stack.settings import least_settings


async def test_for_who_is_nobody_nothing_is_begun() -> None:
    """Nor is it told what of us is away, and where it should be."""
    app = build(least_settings(TEMPORAL_ADDRESS="127.0.0.1:1"))
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as web,
    ):
        for method, path, _ in GUARDED:
            answer = await web.request(method, path)
            assert (answer.status_code, "127.0.0.1" in answer.text) == (401, False), (method, path)


@pytest.mark.parametrize("sign", ["%00", "%0D%0ASet-Cookie:%20a=b"])
async def test_no_address_has_control_characters(office: Office, sign: str) -> None:
    for method, path, action in GUARDED:
        if "{" in path and action is not None:
            at = re.sub(r"\{\w+\}", f"R-{sign}", path)
            role = min(ALLOWED[action])
            answer = await office.ask(role, method, at, body_for(path) if method == "POST" else None)
            assert (answer.status_code, answer.headers["x-frame-options"]) == (404, "DENY"), (method, path)
            assert "set-cookie" not in answer.headers


async def test_an_address_is_never_corrected_to_the_host_that_the_caller_named(office: Office) -> None:
    for path in ("/returns/", "/holds/", "/sign-in/", "/console/"):
        answer = await office.http.get(path, headers={"Host": "elsewhere.example", "X-Forwarded-Host": "elsewhere"})
        assert (answer.status_code, "location" in answer.headers) == (404, False)


async def test_half_a_character_spoils_one_message_of_many_and_no_more(office: Office) -> None:
    raw = rb'{"receipts": [{"return_id": "\ud83d"}, {"return_id": "R-NONE-00000000"}, {"\udead": 1}]}'
    headers = {"Authorization": f"Bearer {KEYS[Role.WAREHOUSE]}"}
    answer = await office.http.post("/receipts", content=raw, headers=headers)
    assert answer.status_code == 200, answer.text
    assert [one["return_id"] for one in answer.json()["results"]] == [None, "R-NONE-00000000", None]
    assert answer.json()["failed"] == 3


def models(of: type[BaseModel] = inputs.Input) -> Iterator[type[BaseModel]]:
    for one in of.__subclasses__():
        if one.__module__.startswith("runtime.inputs"):
            yield one
            yield from models(one)


# What is checked elsewhere, before anything is done with it: domain/money.py, domain/webhooks.py, adapters/webhooks.
ELSEWHERE = {
    ("ConfirmInput", "amount"), ("ConfirmInput", "currency"), ("SubscriptionInput", "name"),
    ("SubscriptionInput", "url"), ("SubscriptionInput", "types"), ("ChangeInput", "by"),
}  # fmt: skip


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_no_text_that_is_sent_may_have_what_postgresql_does_not_take(model: type[BaseModel]) -> None:
    for name in model.model_fields:
        for sent in ("a\0b", "a@\0.example", ["a\0b"]):
            if (model.__name__, name) in ELSEWHERE:
                continue
            with pytest.raises(ValidationError) as refused:
                model.model_validate({name: sent})
            assert name in {fault["loc"][0] for fault in refused.value.errors()}, (model, name, sent)


async def test_a_search_for_the_parts_of_a_masked_address_finds_nobody(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    for path in ("/returns?text={}&return_id=" + return_id, "/console/returns?text={}"):
        for role in (Role.IT_ADMIN, Role.SUPPORT):
            whole = await office.ask(role, "GET", path.format("anna@example.test"))
            part = await office.ask(role, "GET", path.format("anna@example.tes"))
            assert (return_id in whole.text, return_id in part.text) == (True, False)


@pytest.mark.parametrize("path", ["/returns?text=", "/console/returns?text=", "/console/bench?scan="])
async def test_a_search_for_many_words_is_refused(office: Office, path: str) -> None:
    answer = await office.ask(Role.WAREHOUSE, "GET", path + "+".join("word" for _ in range(9)))
    assert answer.status_code == 400
    assert "at most 8 words" in answer.text


async def test_numbers_of_thousands_of_digits_are_wrong_numbers(office: Office) -> None:
    digits = "9" * 5000
    return_id = await office.confirmed()
    answer = await office.ask(Role.SUPPORT, "GET", f"/console/returns?older_than_days={digits}")
    assert answer.status_code == 400
    async with office.signed_in(Role.WAREHOUSE) as browser:
        page = await browser.get(f"/console/bench/{return_id}")
        form = Office.form(page.text, inspection_id="i-1", line_id="70011", disposition="restock", accepted="yes")
        for field in ("percent", "quantity"):
            answer = await browser.post(f"/console/bench/{return_id}/inspections", data=form | {field: digits})
            assert answer.status_code == 400, (field, answer.text)


async def test_a_body_that_does_not_come_is_not_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.1)
    headers = {"Authorization": f"Bearer {KEYS[Role.WAREHOUSE]}"}

    async def for_ever() -> Any:
        yield b'{"receipts": '
        await asyncio.Event().wait()

    for path, status in (("/receipts", 408), ("/sign-in", 408), ("/webhooks/mail/bounces", 408)):
        answer = await office.http.post(path, content=for_ever(), headers=headers)
        assert (answer.status_code, "within" in answer.json()["detail"]) == (status, True), path


async def test_who_is_refused_leaves_a_trace(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    secret = "bh_support_" + "A" * 43
    with caplog.at_level(logging.WARNING, "api.access"):
        await office.http.get("/returns", headers={"Authorization": f"Bearer {secret}"})
        async with office.browser() as browser:
            page = await browser.get("/sign-in")
            await browser.post("/sign-in", data=Office.form(page.text, user="support", password="guessed-it"))
            await browser.get("/sign-in/callback?state=a&code=b")
        async with office.signed_in(Role.SUPPORT) as browser:
            await browser.post("/console/returns/R-1/withdrawal", data={"csrf_token": "of another"})
    lines = [record.getMessage() for record in caplog.records if record.name == "api.access"]
    kinds = ("a key or a token", "a sign-in", "a sign-in", "a form")
    assert [line.startswith(f"{kind} from ") for kind, line in zip(kinds, lines, strict=True)] == [True] * 4
    assert not any(told in line for line in lines for told in (secret, "guessed", "of another"))
    await office.ask(Role.WAREHOUSE, "GET", f"/console/identity?{NAMES['org']}=1")
    acts = (await office.ask(Role.AUDITOR, "GET", "/audit?action=access:refuse&actor=warehouse")).json()["acts"]
    assert acts[0]["after"] == {"request": "GET /console/identity", "wanted": "identity:see"}


async def test_nothing_tells_a_return_of_others_from_one_that_is_not_there(office: Office) -> None:
    theirs, nobodys = (await office.started())["return_id"], "R-9999-00000000"
    named = NAMES | {"notice": "confirmation", "language": "en"}
    for method, path, action in GUARDED:
        if "{return_id}" not in path or action is None:
            continue
        body = body_for(path) if method == "POST" else None
        said = []
        for return_id in (theirs, nobodys):
            at = path.replace("{return_id}", return_id)
            for name, value in named.items():
                at = at.replace(f"{{{name}}}", value)
            answer = await office.ask(min(ALLOWED[action]), method, at, body, abroad=True, headers={"If-Match": '"1"'})
            said.append((answer.status_code, answer.text.replace(return_id, "…"), set(answer.headers)))
        assert said[0][0] == 404
        assert said[0] == said[1], (method, path)


async def test_nothing_tells_an_erasure_of_others_from_one_that_is_not_there(office: Office) -> None:
    await office.started()
    officer = Role.PRIVACY_OFFICER
    asked = await office.ask(officer, "POST", "/privacy/erasures", {"customer_id": "801", "why": "by letter"})
    request_id = asked.json()["request_id"]
    try:
        for method, ending in (("GET", ""), ("POST", "/again"), ("POST", "/withdrawal")):
            said = []
            for one in (request_id, "E-0123456789AB"):
                answer = await office.ask(officer, method, f"/privacy/erasures/{one}{ending}", abroad=True)
                said.append((answer.status_code, answer.text.replace(one, "…")))
            assert said[0][0] == 404
            assert said[0] == said[1], ending
    finally:
        await office.ask(officer, "POST", f"/privacy/erasures/{request_id}/withdrawal")


async def test_whatever_is_written_leaves_an_act(office: Office) -> None:
    """What is done is the return's own chain to tell; that somebody was let in to do it stands in theirs."""
    return_id = (await office.started())["return_id"]
    named = NAMES | {"return_id": return_id, "notice": "confirmation"}
    wanted: dict[Role, set[str]] = {}
    for method, path, action in GUARDED:
        # The doctor asks every counterpart, and tells of it as all others do.
        if method == "GET" or action is None or path == "/console/doctor":
            continue
        at, role = path.format(**named), min(ALLOWED[action])
        answer = await office.ask(role, method, at, body_for(path))
        assert answer.status_code < 500, answer.text
        wanted.setdefault(role, set()).add(f"{method} {at}")
    for role, requests in wanted.items():
        stream = f"access:{KEYS[role].split('_')[1]}"
        acts = (await office.ask(Role.AUDITOR, "GET", f"/audit?stream={stream}&limit=500")).json()["acts"]
        assert requests <= {act["after"]["request"] for act in acts}, role


async def test_what_people_write_is_text_wherever_it_is_shown(office: Office) -> None:
    evil = """<img src=x onerror=alert(1)>"'{{7*7}}javascript:alert(1)"""
    return_id = await office.confirmed()
    mug = {"line_id": "70011", "quantity": 1}
    unit = mug | {"serial": evil}
    verdict = unit | {"disposition": "scrap", "accepted": True, "note": evil, "photos": [evil]}
    parcel = {"receipt_id": "P1", "lines": [unit, {"sku": evil, "quantity": 1}, mug]}
    for role, path, body in (
        (Role.SUPPORT, "changes", {"note": evil}),
        (Role.SUPPORT, "changes", {"partial_refund": "1.00 EUR"}),
        (Role.WAREHOUSE, "receipts", parcel),
        (Role.WAREHOUSE, "inspections", {"inspection_id": "I1", "verdicts": [verdict]}),
    ):
        answer = await office.ask(role, "POST", f"/returns/{return_id}/{path}", body)
        assert answer.status_code in (200, 202), answer.text
    hold = await office.held(return_id)
    at = f"/returns/{return_id}/holds/{hold['hold_id']}/resolution"
    answer = await office.ask(Role(hold["owner"]), "POST", at, {"choice": "decline", "note": evil})
    assert answer.status_code == 200, answer.text
    shown = 0
    for method, path, action in GUARDED:
        if method != "GET" or not path.startswith("/console") or action is None or path == "/console/doctor":
            continue
        at = path.format(**NAMES | {"return_id": return_id, "notice": "confirmation", "language": "en"})
        for role in ALLOWED[action] if "{return_id}" in path else (min(ALLOWED[action]),):
            key = {"Authorization": f"Bearer {KEYS[role]}"}
            page = await office.http.get(at, params={"text": evil, "org": evil}, headers=key)
            assert "<img src=x" not in page.text, (path, role)
            assert not re.search(r"""(?:href|src|action)=["']?\s*javascript:""", page.text), (path, role)
            shown += "&lt;img src=x" in page.text
    assert shown > 5, "it is shown somewhere"
