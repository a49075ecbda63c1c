"""The shop over HTTP: the token endpoint of the client-credentials grant and the GraphQL endpoint per version."""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.shopify.answering import Answering
from sandbox.shopify.shop import API_VERSIONS, Shop

_TOKEN_SECONDS = 86_399
_SCOPE = "read_customers,write_inventory,write_orders,write_returns"
_BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"


class Endpoints:
    def __init__(self, shop: Shop, answering: Answering) -> None:
        self._shop, self._answering = shop, answering

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/admin/oauth/access_token", self.token, methods=["POST"]),
                Route("/admin/api/{version}/graphql.json", self.graphql, methods=["POST"]),
            ]
        )

    async def token(self, request: Request) -> Response:
        body = await request.body()
        given = _fields(request.headers.get("content-type", ""), body)
        known = self._shop.world.credentials.shopify
        if given.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        right = secrets.compare_digest(str(given.get("client_id")), known.client_id)
        if not (right and secrets.compare_digest(str(given.get("client_secret")), known.client_secret)):
            reason = {"error": "application_cannot_be_found", "error_description": "Invalid client credentials"}
            return JSONResponse(reason, status_code=400)
        token = f"shpat_{secrets.token_hex(16)}"
        expires = self._shop.now() + timedelta(seconds=_TOKEN_SECONDS)
        self._shop.books.put("shopify.token", token, {"id": token, "expires_at": expires.isoformat()})
        return JSONResponse({"access_token": token, "scope": _SCOPE, "expires_in": _TOKEN_SECONDS})

    async def graphql(self, request: Request) -> Response:
        if request.path_params["version"] not in API_VERSIONS:
            return JSONResponse({"errors": "Not Found"}, status_code=404)
        if not self._known(request.headers.get("x-shopify-access-token", "")):
            return JSONResponse({"errors": _BAD_TOKEN}, status_code=401)
        try:
            asked = json.loads(await request.body())
            query = str(asked["query"])
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"errors": {"query": "Required parameter missing or invalid"}}, status_code=400)
        return JSONResponse(self._answering.answer(query, asked.get("variables") or {}, asked.get("operationName")))

    def _known(self, token: str) -> bool:
        entry = self._shop.books.get("shopify.token", token)
        return entry is not None and datetime.fromisoformat(entry["expires_at"]) > self._shop.now()


def _fields(content_type: str, body: bytes) -> dict[str, Any]:
    if content_type.startswith("application/json"):
        try:
            given = json.loads(body)
        except ValueError:
            return {}
        return given if isinstance(given, dict) else {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
