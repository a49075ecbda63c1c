"""The authorization code flow with PKCE (RFC 6749, RFC 7636): a page to sign in at, a code, the tokens for it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.oidc.people import PEOPLE, find
from sandbox.oidc.tokens import Tokens
from sandbox.world import World

CODE = "oidc.code"
_CODE_SECONDS = 60
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox issuer</title></head><body>
<main><h1>Sandbox issuer</h1>{trouble}<form method="post" action="/authorize?{query}">
<p><label for="login">Who are you?</label> <select id="login" name="login">{people}</select></p>
<p><label for="password">Password</label> <input id="password" name="password" type="password"></p>
<p><button>Sign in</button></p></form></main></body></html>"""


class Authorizing:
    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world, self._tokens = world, tokens

    async def ask(self, request: Request) -> Response:
        """The page, when the client asks as it must."""
        asked = dict(request.query_params)
        return self._unknown(asked) or self._wrong(asked) or self._page(asked)

    async def answer(self, request: Request) -> Response:
        """The page's form: back to the client, with a code."""
        asked, form = dict(request.query_params), await _form(request)
        if refused := self._unknown(asked) or self._wrong(asked):
            return refused
        person = find(form.get("login", ""))
        password = self._world.credentials.oidc.password
        if person is None or not hmac.compare_digest(form.get("password", "").encode(), password.encode()):
            return self._page(asked, "That is not the password.", 401)
        code = self._world.chance.url_safe("oidc.code", 32)
        with self._world.books.transaction():
            made = {"login": person.login, "asked": asked, "at": self._world.clock.now().isoformat()}
            self._world.books.put(CODE, code, made)
        return _back(asked, code=code)

    async def redeem(self, request: Request) -> Response:
        """The tokens for a code: once, soon, by the same client, with the verifier of its challenge."""
        form, known = await _form(request), self._world.credentials.oidc
        if _basic(request.headers.get("authorization", "")) != (known.client_id, known.client_secret):
            return _refused("invalid_client", 401)
        if form.get("grant_type") != "authorization_code":
            return _refused("unsupported_grant_type")
        kept = self._world.books.get(CODE, form.get("code", ""))
        with self._world.books.transaction():
            self._world.books.delete(CODE, form.get("code", ""))
        if kept is None or not self._fits(kept, form):
            return _refused("invalid_grant")
        nonce = {"nonce": kept["asked"].get("nonce")}
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": 3600,
                "id_token": self._tokens.of(kept["login"], known.client_id, nonce),
                "access_token": self._tokens.of(kept["login"], known.audience, {}),
            },
            headers={"Cache-Control": "no-store"},
        )

    def _fits(self, kept: dict[str, Any], form: dict[str, str]) -> bool:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        age = self._world.clock.now() - datetime.fromisoformat(kept["at"])
        return (
            age < timedelta(seconds=_CODE_SECONDS)
            and form.get("redirect_uri") == kept["asked"]["redirect_uri"]
            and challenge == kept["asked"]["code_challenge"]
        )

    def _unknown(self, asked: dict[str, str]) -> Response | None:
        """Whom no answer is sent back to: a client or a place that is not registered."""
        place = urlsplit(asked.get("redirect_uri", ""))
        if asked.get("client_id") == self._world.credentials.oidc.client_id and (
            place.hostname in ("localhost", "127.0.0.1") and place.path == "/sign-in/callback"
        ):
            return None
        return HTMLResponse("<h1>Sandbox issuer</h1><p>This client or its redirect_uri is not registered.</p>", 400)

    def _wrong(self, asked: dict[str, str]) -> Response | None:
        if asked.get("response_type") != "code":
            return _back(asked, error="unsupported_response_type")
        if "openid" not in asked.get("scope", "").split():
            return _back(asked, error="invalid_scope")
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            return _back(asked, error="invalid_request")
        return None

    def _page(self, asked: dict[str, str], trouble: str = "", status: int = 200) -> Response:
        people = "".join(f'<option value="{one.login}">{escape(one.name)}</option>' for one in PEOPLE)
        told = f"<p>{trouble}</p>" if trouble else ""
        return HTMLResponse(_PAGE.format(query=escape(urlencode(asked)), people=people, trouble=told), status)


def _back(asked: dict[str, str], **answer: str) -> Response:
    query = urlencode(answer | ({"state": asked["state"]} if "state" in asked else {}))
    return RedirectResponse(f"{asked['redirect_uri']}?{query}", 303)


def _refused(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error}, status_code=status)


async def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(user), unquote(password)
