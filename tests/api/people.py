"""The API with the pretended issuer: settings that name it, tokens of its people, and a browser's way through it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx

from runtime import admission, sections
from runtime.embedded.sandbox import GROUPS
from runtime.settings import Settings
from tests.stack.sandbox import Sandbox, trust

URL = "http://localhost:8080"


def with_issuer(settings: Settings, sandbox: Sandbox, url: str = URL) -> Settings:
    known = sandbox.credentials["oidc"]
    oidc = admission.Oidc(
        issuer=sandbox.url("oidc"), audience=known["audience"], client_id=known["client_id"],
        client_secret=known["client_secret"], roles_claim="groups", roles=GROUPS, regions_claim="groups",
        regions="returns-everywhere=*,returns-france=FR,returns-austria=AT",
    )  # fmt: skip
    more = {
        "oidc": oidc,
        "api": admission.Api(url=url, failures_per_minute=10_000),
        "files": sections.Files(ca=sandbox.ca_file),
    }
    return settings.model_copy(update=more)


def token(sandbox: Sandbox, person: str, audience: str | None = None, **claims: Any) -> str:
    """Signed by the issuer; claims that are None are left out."""
    wish = {"person": person, "claims": claims} | ({"audience": audience} if audience else {})
    answer = sandbox.control.post("/oidc/tokens", json=wish)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


async def through_issuer(browser: httpx.AsyncClient, sandbox: Sandbox, login: str, to: str = "/") -> str:
    """From our page to the issuer's, where this person signs in; answers the path the browser is sent back to."""
    begun = await browser.get("/sign-in/issuer", params={"to": to})
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient(verify=trust(sandbox.ca_file), trust_env=False) as issuer:
        page = await issuer.get(begun.headers["location"])
        assert "Who are you?" in page.text
        form = {"login": login, "password": sandbox.credentials["oidc"]["password"]}
        answer = await issuer.post(begun.headers["location"], data=form)
    assert answer.headers["location"].startswith(URL + "/sign-in/callback?")
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"
