"""A return has a version: what is known is not sent again, and what is said to an older one is not done."""

from __future__ import annotations

from api.app import build
from security.roles import ALLOWED, Role
from tests.api.office import Office, confirmation
from tests.api.test_returns import problem
from tests.api.test_roles import GUARDED, body_for
from tests.stack.settings import least_settings


async def test_what_the_caller_has_is_not_sent_again(office: Office) -> None:
    path = f"/returns/{await office.confirmed()}"
    for known in ("{}", '"older", {}', "W/{}", "*"):
        # While a CRM is shown the return, what there is to tell of it changes.
        status, tag = 200, '"1-other"'
        while status == 200:
            answer = await office.ask(Role.SUPPORT, "GET", path, headers={"If-None-Match": known.format(tag)})
            status, before, tag = answer.status_code, tag, answer.headers["etag"]
            assert known == "*" or (status == 200) == (tag != before)
            assert status == 304 or tag.startswith(f'"{answer.json()["version"]}-')
        assert (status, answer.content) == (304, b"")


async def test_what_is_said_to_an_older_version_is_not_done(office: Office) -> None:
    quoted = await office.started()
    path = f"/returns/{quoted['return_id']}"
    seen = await office.ask(Role.SUPPORT, "GET", path)
    await office.ask(Role.STOREFRONT, "POST", f"{path}/confirmation", confirmation(quoted))
    now = await office.until(quoted["return_id"], "awaiting_goods")
    for stale in (seen.headers["etag"], '"nonsense"', f'W/"{now["version"]}-x"', ""):
        answer = await office.ask(Role.STOREFRONT, "POST", f"{path}/withdrawal", {}, headers={"If-Match": stale})
        said = problem(answer, 412)
        assert (said["code"], f"version {now['version']} now" in said["detail"]) == ("stale", True)
    assert (await office.ask(Role.SUPPORT, "GET", path)).json()["stage"] == "awaiting_goods"
    track = await office.ask(
        Role.WAREHOUSE, "POST", f"{path}/tracking", {"number": "T-1"}, headers={"If-Match": seen.headers["etag"]}
    )
    problem(track, 412)
    fresh = (await office.ask(Role.SUPPORT, "GET", path)).headers["etag"]
    done = await office.ask(Role.STOREFRONT, "POST", f"{path}/withdrawal", {}, key="fresh", headers={"If-Match": fresh})
    assert done.status_code == 200, done.text
    await office.until(quoted["return_id"], "withdrawn")
    again = await office.ask(
        Role.STOREFRONT, "POST", f"{path}/withdrawal", {}, key="fresh", headers={"If-Match": fresh}
    )
    assert again.status_code == 200, "a repeat is answered as the first time, though the return moved by it"


async def test_whatever_is_said_to_take_a_version_does(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    described = build(least_settings()).openapi()["paths"]
    versioned = {path for path, methods in described.items() if "412" in methods.get("post", {}).get("responses", {})}
    assert len(versioned) == 11
    # A decision is about a request, which this return has none of.
    for path in versioned - {"/returns/{return_id}/changes/{request_id}/decision"}:
        (action,) = (action for method, at, action in GUARDED if (method, at) == ("POST", path))
        assert action is not None
        at = path.replace("{return_id}", return_id).replace("{hold_id}", "H1")
        role = sorted(ALLOWED[action])[0]
        answer = await office.ask(role, "POST", at, body_for(path), headers={"If-Match": '"0-old"'})
        assert answer.status_code == 412, (path, answer.text)
