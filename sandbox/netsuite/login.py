"""Who may come in: bearer tokens and signed requests, and what a refused login is told."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.netsuite import oauth2
from sandbox.netsuite.desk import Desk
from sandbox.netsuite.errors import invalid_login
from sandbox.netsuite.oauth2 import Tokens
from sandbox.netsuite.tba import SignedRequests, is_signed


class Login:
    def __init__(self, desk: Desk) -> None:
        self._account = desk.world.credentials.netsuite.account
        self._tokens = Tokens(desk.world)
        self._signed = SignedRequests(lambda: desk.world.credentials.netsuite)

    def is_own(self, path: str) -> bool:
        return path == oauth2.PATH

    async def token(self, request: Request) -> Response:
        if request.method != "POST":
            return JSONResponse({"error": "invalid_request"}, 405, headers={"Allow": "POST"})
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        return self._tokens.issue(form, f"https://{request.headers['host']}{oauth2.PATH}")

    async def check(self, request: Request) -> None:
        header = request.headers.get("authorization", "")
        if is_signed(header):
            query = request.scope.get("query_string", b"").decode("latin-1")
            path = request.scope.get("raw_path", request.scope["path"].encode()).decode("latin-1").partition("?")[0]
            url = f"https://{request.headers['host']}{path}" + (f"?{query}" if query else "")
            kind = request.headers.get("content-type", "")
            if why := self._signed.complaint(header, request.method, url, await request.body(), kind):
                raise invalid_login(self._challenge("OAuth", why))
            return
        scope = "rest_webservices" if request.url.path.startswith("/services/rest/") else "restlets"
        bearer = header.lower().startswith("bearer ")
        if not bearer or not self._tokens.good(header[len("bearer ") :].strip(), scope):
            raise invalid_login(self._challenge("Bearer", "invalid_token"))

    def _challenge(self, scheme: str, error: str) -> str:
        return f'{scheme} realm="{self._account}", error="{error}", error_description="Invalid login attempt."'
