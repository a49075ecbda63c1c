"""Vendors' credentials over HTTP and in the console: written by IT, counted at once, shown to nobody."""

from __future__ import annotations

import base64
import hmac
import io
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager

from api.app import build
from cli.app import main
from client import Backhaul
from runtime.settings import Settings
from security.roles import Role
from security.webhook_signing import new_secret, signed
from tests.api import office
from tests.api.office import ABROAD, KEYS, PASSWORD, Office
from tests.stack.api import apart
from tests.stack.postgres import Postgres
from tests.stack.settings import least_settings

SHOP, SECRET = "shopify.client_secret", "the-secret-that-must-not-be-seen"
KEYRING = f"test:{base64.b64encode(bytes(32)).decode()}"


@pytest.fixture(scope="module")
def settings(postgres: Postgres) -> Iterator[Settings]:
    """The engine is never asked."""
    org = {"KIND": "dynamics", "URL": "https://127.0.0.1:1", "TENANT": "t", "CLIENT_ID": "c"}
    more = {f"BACKHAUL_CRM__FIELD__{name}": value for name, value in org.items()}
    with postgres.fresh() as url:
        yield least_settings(**office.variables(url, "127.0.0.1:1"), **more, BACKHAUL_CREDENTIALS__KEYS=KEYRING)


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = build(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with LifespanManager(app), httpx.AsyncClient(transport=transport, base_url="http://api", timeout=30) as one:
        yield one


async def ask(
    http: httpx.AsyncClient, method: str, path: str, body: Any = None, *, key: str = "", as_key: str = ""
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {as_key or KEYS[Role.IT_ADMIN]}"}
    headers |= {"Idempotency-Key": key} if key else {}
    return await http.request(method, path, headers=headers, json=body)


async def write(http: httpx.AsyncClient, name: str, secret: str, key: str, **more: Any) -> dict[str, Any]:
    answer = await ask(http, "PUT", f"/credentials/{name}", {"secret": secret} | more, key=key)
    assert answer.status_code == 200, answer.text
    assert secret not in answer.text
    document: dict[str, Any] = answer.json()
    return document


def named(answer: httpx.Response, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in answer.json()["credentials"] if one["credential"] == name)
    return found


async def test_what_is_written_is_told_of_and_never_told(http: httpx.AsyncClient) -> None:
    before = named(await ask(http, "GET", "/credentials"), SHOP)
    assert (before["source"], before["setting"]) == ("settings", "BACKHAUL_STOREFRONT__CLIENT_SECRET")
    left = named(await ask(http, "GET", "/credentials"), "dynamics.field.client_secret")
    assert (left["source"], "BACKHAUL_CRM__FIELD__CLIENT_SECRET" in left["trouble"]) == ("none", True)
    written = await write(http, SHOP, SECRET, "told-1")
    assert (written["source"], written["set_by"]) == ("kept", "it-admin")
    assert await write(http, SHOP, SECRET, "told-1") == written
    listed = await ask(http, "GET", "/credentials", as_key=KEYS[Role.AUDITOR])
    assert (named(listed, SHOP), SECRET in listed.text) == (written, False)
    acts = await ask(http, "GET", "/audit?action=credential", as_key=KEYS[Role.AUDITOR])
    assert SHOP in acts.text
    assert SECRET not in acts.text
    dropped = await ask(http, "DELETE", f"/credentials/{SHOP}")
    assert (dropped.status_code, dropped.json()["source"]) == (200, "settings")


@pytest.mark.parametrize(
    ("name", "body", "key", "status", "field"),
    [
        (SHOP, {"secret": SECRET}, "", 400, "Idempotency-Key"),
        (SHOP, {"secret": 4711}, "bad-1", 400, "secret"),
        (SHOP, {"secret": [SECRET]}, "bad-2", 400, "secret"),
        (SHOP, {"secret": SECRET, SECRET: 1}, "bad-3", 400, SECRET),
        (SHOP, {"secret": SECRET, "overlap_hours": 1000}, "bad-4", 400, "overlap_hours"),
        (SHOP, {"secret": f"{SECRET}\n"}, "bad-5", 400, "secret"),
        ("shopify.password", {"secret": SECRET}, "bad-6", 404, None),
        ("nobody", {"secret": SECRET}, "bad-7", 400, "credential"),
    ],
)
async def test_what_is_refused_names_the_field_and_repeats_no_value(
    http: httpx.AsyncClient, name: str, body: Any, key: str, status: int, field: str | None
) -> None:
    answer = await ask(http, "PUT", f"/credentials/{name}", body, key=key)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert SECRET not in answer.text or field == SECRET


async def test_who_is_for_one_region_neither_sees_nor_writes(http: httpx.AsyncClient) -> None:
    abroad = ABROAD[Role.IT_ADMIN]
    assert (await ask(http, "GET", "/credentials", as_key=abroad)).status_code == 403
    body = {"secret": SECRET}
    assert (await ask(http, "PUT", f"/credentials/{SHOP}", body, key="a-1", as_key=abroad)).status_code == 403
    assert (await ask(http, "DELETE", f"/credentials/{SHOP}", as_key=abroad)).status_code == 403


@pytest.mark.timeout(60)
async def test_webhooks_are_proven_by_what_is_kept_as_soon_as_it_is_written(http: httpx.AsyncClient) -> None:
    def signature(secret: str) -> dict[str, str]:
        names = ("topic", "shop-domain", "api-version", "webhook-id")
        digest = base64.b64encode(hmac.new(secret.encode(), b"{}", "sha256").digest()).decode()
        return {f"x-shopify-{name}": "x" for name in names} | {"x-shopify-hmac-sha256": digest}

    async def believed(headers: dict[str, str], path: str = "/webhooks/shopify", body: bytes = b"{}") -> bool:
        answer = await http.post(path, content=body, headers=headers)
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 200

    assert not await believed(signature(SECRET))
    await write(http, SHOP, SECRET, "proof-1", overlap_hours=1)
    while not await believed(signature(SECRET)):
        # The process hears of it as every other, once it comes to it.
        await ask(http, "GET", "/credentials")
    assert await believed(signature("secret"))
    await write(http, SHOP, "another", "proof-2", overlap_hours=0)
    while await believed(signature(SECRET)):
        await ask(http, "GET", "/credentials")
    assert not await believed(signature("secret"))
    bounced, report = new_secret(), b"Subject: Out of office\n\nBack on Monday.\n"
    await write(http, "mail.bounce_secret", bounced, "proof-3")
    proof = signed("r-1", datetime.now(UTC), report.decode(), [bounced])
    while not await believed(proof, "/webhooks/mail/bounces", report):
        await ask(http, "GET", "/credentials")
    # Of the hint itself nobody can be told: there is no engine.
    await write(http, "dynamics.field.webhook_key", SECRET, "proof-4")
    hint = {"x-webhook-key": SECRET}
    while (answer := await http.post("/webhooks/dynamics/field", content=b"{}", headers=hint)).status_code == 401:
        await ask(http, "GET", "/credentials")
    assert answer.status_code == 503
    wrong = {"x-webhook-key": f"{SECRET}."}
    assert (await http.post("/webhooks/dynamics/field", content=b"{}", headers=wrong)).status_code == 401


async def test_a_form_writes_once_and_its_page_shows_nothing_of_it(http: httpx.AsyncClient) -> None:
    page = await http.get("/sign-in")
    form = Office.form(page.text, user=str(Role.IT_ADMIN), password=PASSWORD)
    assert (await http.post("/sign-in", data=form)).status_code == 303
    shown = await http.get("/console/credentials")
    proof = Office.form(shown.text)
    sent = proof | {"secret": SECRET, "overlap_hours": "2", "key": "console-1"}
    before = named(await ask(http, "GET", "/credentials"), SHOP)["version"]
    for _ in range(2):
        answer = await http.post(f"/console/credentials/{SHOP}/version", data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/credentials?done=credential_written")
    after = await http.get("/console/credentials?done=credential_written")
    assert f"version {before + 1}, by" in after.text
    assert SECRET not in after.text
    unsure = await http.post(f"/console/credentials/{SHOP}/end", data=proof)
    assert (unsure.status_code, "not ticked" in unsure.text) == (400, True)
    assert (await http.post(f"/console/credentials/{SHOP}/end", data=proof | {"sure": "yes"})).status_code == 303
    assert named(await ask(http, "GET", "/credentials"), SHOP)["source"] == "settings"


def test_the_client_and_the_command_with_an_address_write_it_over_the_api(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKHAUL_API_KEY", KEYS[Role.IT_ADMIN])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{SECRET}\n".encode())))
    with apart(build(settings)) as address, Backhaul(address, KEYS[Role.IT_ADMIN]) as api:
        with pytest.raises(SystemExit) as left:
            main(("credentials", "set", SHOP, "--by", "nobody", "--url", address, "--json"))
        told = capsys.readouterr().out
        assert (left.value.code, json.loads(told)["set_by"], SECRET in told) == (0, "it-admin", False)
        assert api.credentials.drop(SHOP)["source"] == "settings"
        assert api.credentials.write(SHOP, SECRET, 0)["source"] == "kept"
        with pytest.raises(SystemExit):
            main(("credentials", "list", "--url", address))
        assert f"{SHOP}" in capsys.readouterr().out
        api.credentials.drop(SHOP)
