"""The identity platform beside the environment: discovery document, client-credentials tokens, and their check."""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.dynamics.assertions import TYPE, BadAssertion, client_of
from sandbox.dynamics.environment import Environment
from sandbox.world import World


class Identity:
    def __init__(self, world: World, environment: Environment) -> None:
        self._world, self._environment = world, environment

    async def discovery(self, request: Request) -> Response:
        """What a client reads first, under {tenant}/v2.0/.well-known/openid-configuration."""
        tenant = request.path_params["tenant"]
        if tenant != self._world.credentials.dynamics.tenant:
            message = f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            return _refused(400, "invalid_tenant", 90002, message)
        base = f"{self._world.url('dynamics')}/{tenant}"
        return JSONResponse(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                ],
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def token(self, request: Request) -> Response:
        known = self._world.credentials.dynamics
        if request.path_params["tenant"] != known.tenant:
            return _refused(400, "invalid_request", 90002, "AADSTS90002: Tenant not found.")
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        client, secret = _basic(request.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if form.get("grant_type") != "client_credentials":
            return _refused(
                400, "unsupported_grant_type", 70003, "AADSTS70003: The app requested an unsupported grant type."
            )
        if assertion := form.get("client_assertion"):
            return self._asserted(assertion, form)
        if client != known.client_id:
            message = f"AADSTS700016: Application with identifier '{client}' was not found in the directory."
            return _refused(400, "unauthorized_client", 700016, message)
        if not secrets.compare_digest(secret.encode(), known.client_secret.encode()):
            message = f"AADSTS7000215: Invalid client secret provided. ... for a secret added to app '{client}'."
            return _refused(401, "invalid_client", 7000215, message)
        return self._granted(form)

    def _asserted(self, assertion: str, form: dict[str, str]) -> Response:
        """A certificate instead of the secret."""
        known = self._world.credentials.dynamics
        if form.get("client_assertion_type") != TYPE:
            return _refused(400, "invalid_request", 900144, "AADSTS900144: client_assertion_type is missing or wrong.")
        base = f"{self._world.url('dynamics')}/{known.tenant}"
        audiences = [f"{base}/oauth2/v2.0/token", f"{base}/v2.0", base]
        try:
            client = client_of(assertion, known, audiences, self._world.clock.now())
        except BadAssertion as bad:
            return _refused(401, "invalid_client", bad.code, f"AADSTS{bad.code}: {bad.reason}")
        if client != known.client_id or form.get("client_id", client) != client:
            message = f"AADSTS700016: Application with identifier '{client}' was not found in the directory."
            return _refused(400, "unauthorized_client", 700016, message)
        return self._granted(form)

    def _granted(self, form: dict[str, str]) -> Response:
        if form.get("scope") not in self._scopes():
            message = f"AADSTS500011: The resource principal named {form.get('scope')} was not found in the tenant."
            return _refused(400, "invalid_resource", 500011, message)
        return JSONResponse(self._issue())

    def _scopes(self) -> tuple[str, ...]:
        """The environment's address with /.default; one slash too many is forgiven, as on the platform."""
        address = self._world.url("dynamics")
        return f"{address}/.default", f"{address}//.default"

    def valid(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        known = self._world.books.get("dynamics.token", token.strip())
        if scheme.lower() != "bearer" or known is None:
            return False
        age = self._world.clock.now() - datetime.fromisoformat(known["issued"])
        return age.total_seconds() < float(self._environment.settings()["token_seconds"])

    def revoke_all(self) -> int:
        known = self._world.books.all("dynamics.token")
        for token in known:
            self._world.books.delete("dynamics.token", token["token"])
        return len(known)

    def refusal(self) -> Response:
        """401 with the way to a new token in a header and nothing in the body."""
        tenant = self._world.credentials.dynamics.tenant
        way = f"Bearer authorization_uri={self._world.url('dynamics')}/{tenant}/oauth2/authorize"
        resource = f"resource_id={self._world.url('dynamics')}/"
        return Response(status_code=401, headers={"WWW-Authenticate": f"{way}, {resource}"})

    def _issue(self) -> dict[str, Any]:
        token, seconds = (
            self._world.chance.url_safe("dynamics.token", 64),
            int(self._environment.settings()["token_seconds"]),
        )
        with self._world.books.transaction():
            issued = self._world.clock.now().isoformat()
            self._world.books.put("dynamics.token", token, {"token": token, "issued": issued})
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}


def _refused(status: int, error: str, code: int, message: str) -> Response:
    return JSONResponse({"error": error, "error_description": message, "error_codes": [code]}, status_code=status)


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password
