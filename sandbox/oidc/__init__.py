"""A pretended OpenID Connect issuer: discovery, keys that rotate, authorization code with PKCE, people of
every role."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.oidc.authorizing import CODE, Authorizing
from sandbox.oidc.keys import Keys
from sandbox.oidc.people import PEOPLE
from sandbox.oidc.tokens import Tokens
from sandbox.vendor import Vendor
from sandbox.world import World

_NAMES = {
    "/.well-known/openid-configuration": "DISCOVERY",
    "/keys": "KEYS",
    "/authorize": "AUTHORIZE",
    "/token": "TOKEN",
}


def build(world: World) -> Vendor:
    keys = Keys(world)
    tokens = Tokens(world, keys)
    authorizing = Authorizing(world, tokens)

    async def discovery(request: Request) -> Response:
        return JSONResponse(_document(world.url("oidc")))

    async def published(request: Request) -> Response:
        return JSONResponse({"keys": keys.published()})

    async def rotate(request: Request) -> Response:
        """A new key from now on; those before are published on, unless they are to be withdrawn."""
        wish = await request.json()
        with world.books.transaction():
            kid = keys.rotate(str(wish.get("algorithm", "RS256")), withdraw=bool(wish.get("withdraw")))
        return JSONResponse({"kid": kid}, status_code=201)

    async def issue(request: Request) -> Response:
        """A token outright: of a person, with claims put in place of the usual ones; null leaves one out."""
        wish = await request.json()
        audience = str(wish.get("audience", world.credentials.oidc.audience))
        return JSONResponse({"token": tokens.of(str(wish["person"]), audience, dict(wish.get("claims") or {}))})

    def view() -> dict[str, Any]:
        return {"people": {one.login: one.claims() for one in PEOPLE}, "codes": world.books.all(CODE)}

    return Vendor(
        name="oidc",
        app=Starlette(
            routes=[
                Route("/.well-known/openid-configuration", discovery, methods=["GET"]),
                Route("/keys", published, methods=["GET"]),
                Route("/authorize", authorizing.ask, methods=["GET"]),
                Route("/authorize", authorizing.answer, methods=["POST"]),
                Route("/token", authorizing.redeem, methods=["POST"]),
            ]
        ),
        operation=lambda method, target, body: _NAMES.get(target.partition("?")[0], f"{method} unknown"),
        throttled=lambda seconds: JSONResponse(
            {"error": "temporarily_unavailable"}, status_code=429, headers={"Retry-After": f"{seconds:g}"}
        ),
        seed=lambda document: {},
        books_view=view,
        controls=(Route("/keys", rotate, methods=["POST"]), Route("/tokens", issue, methods=["POST"])),
        complaint=lambda name: None if name in _NAMES.values() else f"it is one of {', '.join(_NAMES.values())}",
    )


def _document(base: str) -> dict[str, Any]:
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/keys",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "scopes_supported": ["openid", "profile"],
    }
