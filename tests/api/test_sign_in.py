"""People at the console: signing in and out with a password, what a cookie is worth, and what it is not."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.__main__ import main as serve
from runtime import admission
from runtime.access import Unproven
from runtime.complaints import BadSettings
from runtime.sign_in import form_proof, own_path
from security.roles import Role
from store.port import EVERYTHING, see
from store.port.audit import ActSearch
from tests.api.office import PASSWORD, Office, served
from tests.stack.settings import least_settings


def handle(browser: httpx.AsyncClient) -> str:
    found = browser.cookies["backhaul"]
    assert found
    return found


async def test_a_person_sees_by_the_cookie_what_the_role_may(office: Office) -> None:
    async with office.signed_in(Role.WAREHOUSE) as browser:
        assert (await browser.get("/returns")).status_code == 200
        refused = await browser.get("/dead-letters")
    assert (refused.status_code, refused.json()["detail"]) == (403, "warehouse has no role that may dead_letter:see")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(office: Office) -> None:
    async with office.browser() as browser:
        page = await browser.get("/sign-in")
        answer = await browser.post("/sign-in", data=office.form(page.text, user="support", password=PASSWORD))
    (kept,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("backhaul=")]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(kept.split("; "))
    assert "Domain" not in kept
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"user": "nobody"}, {"password": ""}])
async def test_a_wrong_password_signs_nobody_in_and_says_so(office: Office, fields: dict[str, str]) -> None:
    async with office.browser() as browser:
        page = await browser.get("/sign-in")
        form = office.form(page.text, user="support", password=PASSWORD) | fields
        answer = await browser.post("/sign-in", data=form)
        assert answer.status_code == 401
        assert "This name or this password is wrong" in answer.text
        assert "backhaul" not in browser.cookies


async def test_who_guesses_is_told_to_wait_and_a_right_key_is_not(office: Office) -> None:
    few = office.settings.model_copy(update={"api": admission.Api(failures_per_minute=3)})
    async with served(replace(office, settings=few)) as it, it.browser() as browser:
        page = await browser.get("/sign-in")
        form = it.form(page.text, user="support", password="guess")
        assert [(await browser.post("/sign-in", data=form)).status_code for _ in range(4)] == [401, 401, 401, 429]
        late = await browser.post("/sign-in", data=form | {"password": PASSWORD})
        assert late.status_code == 429
        assert 1 <= int(late.headers["retry-after"]) <= 60
        assert late.headers["ratelimit"].startswith('"calls";r=0;t=')
        wrong = await it.http.get("/returns", headers={"Authorization": "Bearer bh_nobody_x"})
        assert wrong.status_code == 429
        assert (await it.ask(Role.SUPPORT, "GET", "/returns")).status_code == 200
        assert (await it.ask(None, "GET", "/returns")).status_code == 401


async def test_a_form_of_another_browser_signs_nobody_in(office: Office) -> None:
    """Or somebody could have others work in a session of his."""
    async with office.browser() as mine, office.browser() as theirs:
        page = await mine.get("/sign-in")
        await theirs.get("/sign-in")
        form = office.form(page.text, user="support", password=PASSWORD)
        answer = await theirs.post("/sign-in", data=form)
        assert answer.status_code == 401
        assert "backhaul" not in theirs.cookies


async def test_signing_out_ends_the_session_wherever_the_cookie_is(office: Office) -> None:
    async with office.signed_in(Role.SUPPORT) as browser, office.browser() as copy:
        copy.cookies.set("backhaul", handle(browser))
        assert (await copy.get("/returns")).status_code == 200
        answer = await browser.post("/sign-out", data={"csrf_token": form_proof(handle(browser))})
        assert answer.status_code == 303
        assert "backhaul" not in browser.cookies
        assert (await copy.get("/returns")).status_code == 401


async def test_signing_out_needs_the_proof_too(office: Office) -> None:
    async with office.signed_in(Role.SUPPORT) as browser:
        assert (await browser.post("/sign-out")).status_code == 403
        assert (await browser.get("/returns")).status_code == 200


async def test_every_sign_in_has_a_handle_of_its_own_and_ends_the_one_before(office: Office) -> None:
    async with office.browser() as browser, office.browser() as copy:
        browser.cookies.set("backhaul", "planted", domain="api.local")
        handles = []
        for _ in range(2):
            page = await browser.get("/sign-in")
            await browser.post("/sign-in", data=office.form(page.text, user="support", password=PASSWORD))
            handles.append(browser.cookies.get("backhaul", domain="api.local"))
        assert len({"planted", *handles}) == 3
        copy.cookies.set("backhaul", handles[0] or "")
        assert (await copy.get("/returns")).status_code == 401


@pytest.mark.parametrize(
    "change", [lambda it: it[:-1] + ("A" if it[-1] != "A" else "B"), lambda it: it + "x", str.upper]
)
async def test_a_cookie_that_was_changed_is_nobodys(office: Office, change: object) -> None:
    assert callable(change)
    async with office.signed_in(Role.SUPPORT) as browser, office.browser() as forged:
        forged.cookies.set("backhaul", change(handle(browser)))
        answer = await forged.get("/returns")
    assert (answer.status_code, answer.json()["detail"]) == (401, "the session has ended; sign in again")


async def test_what_a_cookie_changes_needs_the_proof_and_a_key_needs_none(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    path, key = f"/returns/{return_id}/withdrawal", {"Idempotency-Key": "w-1"}
    async with office.signed_in(Role.SUPPORT) as browser:
        for proof in ("", "0" * 64, form_proof("another session")):
            answer = await browser.post(path, json={}, headers=key | ({"X-CSRF-Token": proof} if proof else {}))
            assert answer.status_code == 403
            assert "load its page again" in answer.json()["detail"]
        mine = {"X-CSRF-Token": form_proof(handle(browser))}
        assert (await browser.post(path, json={}, headers=key | mine)).status_code == 200
    assert (await office.ask(Role.SUPPORT, "POST", path, {}, key="w-1")).status_code == 200


async def test_the_proof_may_come_in_the_form_itself(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    async with office.signed_in(Role.SUPPORT) as browser:
        form = {"csrf_token": form_proof(handle(browser))}
        answer = await browser.post(f"/returns/{return_id}/withdrawal", data=form, headers={"Idempotency-Key": "w-2"})
        # Past the proof: what is wrong now is that this route wants JSON.
        assert answer.status_code == 415, answer.text


async def test_a_key_in_the_header_counts_and_not_the_cookie_beside_it(office: Office) -> None:
    async with office.signed_in(Role.SUPPORT) as browser:
        answer = await browser.get("/returns", headers={"Authorization": "Bearer bh_nobody_x"})
    assert answer.status_code == 401


async def test_a_session_ends_when_it_is_not_used_and_at_the_latest_when_its_time_is_over(office: Office) -> None:
    access, desk = office.app.state.access, office.app.state.sign_in
    idle, most = timedelta(minutes=60), timedelta(minutes=720)
    began = datetime.now(UTC)
    unused = await desk.enter("support", PASSWORD, began)
    assert (await access.by_session(unused, began + idle - timedelta(seconds=1))).name == "person:support"
    later = began + idle * 2 - timedelta(seconds=2)
    assert (await access.by_session(unused, later)).roles == {Role.SUPPORT}
    with pytest.raises(Unproven, match="has ended"):
        await access.by_session(unused, later + idle)
    busy = await desk.enter("support", PASSWORD, began)
    for minutes in range(30, 720, 30):
        await access.by_session(busy, began + timedelta(minutes=minutes))
    with pytest.raises(Unproven, match="has ended"):
        await access.by_session(busy, began + most)


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        ({}, True),
        ({"Accept": "text/event-stream"}, False),
        ({"HX-Request": "true"}, False),
        ({"HX-Request": "true", "HX-Boosted": "true"}, True),
    ],
)
async def test_an_open_page_does_not_keep_its_session_by_itself(
    office: Office, headers: dict[str, str], counts: bool
) -> None:
    """Only what a person does begins the hour anew."""
    access, desk, now = office.app.state.access, office.app.state.sign_in, datetime.now(UTC)
    old = await desk.enter("support", PASSWORD, now - timedelta(minutes=59))
    async with office.browser(**headers) as browser:
        browser.cookies.set("backhaul", old)
        assert (await browser.get("/holds")).status_code == 200
    later = access.by_session(old, now + timedelta(minutes=2))
    if counts:
        assert (await later).roles == {Role.SUPPORT}
    else:
        with pytest.raises(Unproven, match="has ended"):
            await later


async def test_a_person_without_a_session_is_led_to_the_page_and_back(office: Office) -> None:
    async with office.browser() as browser:
        wanted = await browser.get("/returns?stage=closed", headers={"Accept": "text/html,*/*"})
        assert wanted.status_code == 303
        page = await browser.get(wanted.headers["location"])
        form = office.form(page.text, user="support", password=PASSWORD)
        answer = await browser.post("/sign-in", data=form)
    assert answer.headers["location"] == "/returns?stage=closed"


@pytest.mark.parametrize(
    "goal", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/a\nb", "/" + "a" * 600]
)
def test_nobody_is_led_elsewhere_by_a_sign_in(goal: str) -> None:
    assert own_path(goal) == "/"


def test_passwords_are_refused_outside_of_the_embedded_stack() -> None:
    login = {"BACKHAUL_LOGINS__ANNA__DIGEST": "0" * 64, "BACKHAUL_LOGINS__ANNA__ROLES": "it_admin"}
    with pytest.raises(BadSettings, match="BACKHAUL_LOGINS is wrong: they are for the embedded stack alone"):
        least_settings(**login)
    assert least_settings(**login, BACKHAUL_STACK="/stack").logins["anna"].roles == {Role.IT_ADMIN}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", ""])
def test_with_passwords_the_api_listens_on_this_machine_alone(
    host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    login = {"BACKHAUL_LOGINS__ANNA__DIGEST": "0" * 64, "BACKHAUL_LOGINS__ANNA__ROLES": "it_admin"}
    monkeypatch.setattr(sys, "argv", ["api", "--host", host])
    monkeypatch.setattr("api.__main__.read", lambda: least_settings(**login, BACKHAUL_STACK="/stack"))
    monkeypatch.setattr("api.serving.server", None)
    with pytest.raises(SystemExit) as ended:
        serve()
    assert ended.value.code == 2
    assert "BACKHAUL_LOGINS are for this machine alone" in capsys.readouterr().err


async def test_the_sign_in_page_has_no_script_and_no_style_in_it(office: Office) -> None:
    async with office.browser() as browser:
        page = (await browser.get("/sign-in?to=/a%22%3E%3Cscript%3E")).text
    assert not re.search(r"<script(?! src=./console/static/)|<style|style=|onload", page)


async def test_beginning_and_end_of_a_session_are_acts(office: Office) -> None:
    async with office.signed_in(Role.AUDITOR) as browser:
        await browser.post("/sign-out", data={"csrf_token": form_proof(handle(browser))})
    see(EVERYTHING)
    found = await office.app.state.stores.audit.search(ActSearch(stream="access", subject="person:auditor"))
    assert [one.action for one in found.entries] == ["session:end", "session:begin"]
    assert '"roles": "auditor"' in found.entries[1].after or '"roles":"auditor"' in found.entries[1].after


async def test_who_left_is_signed_out_everywhere_with_the_reason(office: Office) -> None:
    async with office.signed_in(Role.FINANCE) as one, office.signed_in(Role.FINANCE) as two:
        answer = await office.ask(Role.IT_ADMIN, "POST", "/sessions/ending", {"person": "finance", "why": "left us"})
        assert answer.json() == {"person": "finance", "ended": 2}
        for browser in (one, two):
            assert (await browser.get("/returns")).status_code == 401
    search = ActSearch(stream="access", subject="person:finance", actor="it-admin")
    see(EVERYTHING)
    (act,) = (await office.app.state.stores.audit.search(search)).entries
    assert (act.action, act.reason) == ("session:end", "left us")
