"""The shop over HTTP: the token endpoint, the GraphQL endpoint per version, uploads and results of bulk operations."""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.shopify import scopes
from sandbox.shopify.answering import Answering
from sandbox.shopify.files import Files
from sandbox.shopify.shop import Shop, served_version

_TOKEN_SECONDS = 86_399
_BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_BAD_BODY = {"errors": {"query": "Required parameter missing or invalid"}}


class Endpoints:
    def __init__(self, shop: Shop, answering: Answering) -> None:
        self._shop, self._answering, self._files = shop, answering, Files(shop)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/admin/oauth/access_token", self.token, methods=["POST"]),
                Route("/admin/oauth/access_scopes.json", self.access_scopes, methods=["GET"]),
                Route("/admin/api/graphql.json", self.graphql, methods=["POST"]),
                Route("/admin/api/{version}/graphql.json", self.graphql, methods=["POST"]),
                *self._files.routes(),
            ],
            # A path or method that is not there answers as the API does, not as a web server.
            exception_handlers={HTTPException: _no_such_thing},
        )

    async def token(self, request: Request) -> Response:
        given = _fields(request.headers.get("content-type", ""), await request.body())
        known = self._shop.world.credentials.shopify
        right = secrets.compare_digest(str(given.get("client_id")).encode(), known.client_id.encode())
        if not right:
            return _no_token("application_cannot_be_found", "The application does not exist.")
        if not secrets.compare_digest(str(given.get("client_secret")).encode(), known.client_secret.encode()):
            return _no_token("invalid_client", "The client credentials are not valid.")
        if given.get("grant_type") != "client_credentials":
            return _no_token("unsupported_grant_type", "The grant type is not supported.")
        token = f"shpat_{self._shop.world.chance.hexadecimal('shopify.token', 16)}"
        expires = self._shop.now() + timedelta(seconds=_TOKEN_SECONDS)
        self._shop.books.put("shopify.token", token, {"id": token, "expires_at": expires.isoformat()})
        scope = ",".join(scopes.short(self._shop))
        return JSONResponse({"access_token": token, "scope": scope, "expires_in": _TOKEN_SECONDS})

    async def access_scopes(self, request: Request) -> Response:
        if not self._known(request):
            return JSONResponse({"errors": _BAD_TOKEN}, status_code=401)
        return JSONResponse({"access_scopes": [{"handle": one} for one in scopes.granted(self._shop)]})

    async def graphql(self, request: Request) -> Response:
        version = served_version(request.path_params.get("version"))
        if version is None:
            return JSONResponse({"errors": "Not Found"}, status_code=404)
        headers = {"X-Shopify-API-Version": version, "X-Request-Id": self._shop.world.chance.guid("shopify.request")}
        if not self._known(request):
            return JSONResponse({"errors": _BAD_TOKEN}, status_code=401, headers=headers)
        asked = _asked(request.headers.get("content-type", ""), await request.body())
        if asked is None:
            return JSONResponse(_BAD_BODY, status_code=400, headers=headers)
        return JSONResponse(self._answering.answer(*asked), headers=headers)

    def _known(self, request: Request) -> bool:
        entry = self._shop.books.get("shopify.token", request.headers.get("x-shopify-access-token", ""))
        return entry is not None and datetime.fromisoformat(entry["expires_at"]) > self._shop.now()


async def _no_such_thing(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return JSONResponse({"errors": "Not Found"}, status_code=404 if status == 405 else status)


def _no_token(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status_code=400)


def _asked(content_type: str, body: bytes) -> tuple[str, dict[str, Any], str | None] | None:
    """(query, variables, operation name) of a request; None when it has no query."""
    if content_type.startswith("application/graphql"):
        return (body.decode("utf-8", "replace"), {}, None) if body.strip() else None
    try:
        asked = json.loads(body)
        query, variables = asked["query"], asked.get("variables")
        if isinstance(variables, str):
            variables = json.loads(variables or "{}")
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(query, str) or not query.strip() or not isinstance(variables or {}, dict):
        return None
    return query, variables or {}, asked.get("operationName")


def _fields(content_type: str, body: bytes) -> dict[str, Any]:
    if content_type.startswith("application/json"):
        try:
            given = json.loads(body)
        except ValueError:
            return {}
        return given if isinstance(given, dict) else {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
