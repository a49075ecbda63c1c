"""The door every request goes through: the concurrency limit, the login, the size and kind of the body, errors."""

import asyncio
import sys
import traceback
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.answers import answered
from sandbox.netsuite import restlets
from sandbox.netsuite.desk import Desk
from sandbox.netsuite.errors import Refused, too_many, unexpected
from sandbox.netsuite.login import Login

LIMIT = 15
PACE = ("netsuite.pace", "pace")
_MOST_BYTES = 104 * 1024 * 1024
_BODIES = ("application/json", "application/vnd.oracle.resource+json")


@dataclass
class Reply:
    """A whole answer, kept until it is sent, or for good as the result of a job."""

    status: int = 500
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def response(self) -> Response:
        response = Response(self.body, self.status)
        response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers]
        return response


class Door:
    """15 requests at once for the whole account, REST and RESTlets together; logins really checked."""

    def __init__(self, desk: Desk, login: Login, inside: ASGIApp) -> None:
        self._desk, self._login, self._inside = desk, login, inside
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answered(request, scope)
        await response(scope, receive, send)

    async def _answered(self, request: Request, scope: Scope) -> Response:
        pace = self._desk.books.get(*PACE) or {"latency_ms": 0, "limit": LIMIT}
        if self._login.is_own(request.url.path):
            return await self._login.token(request)
        if self._running >= pace["limit"]:
            return restlets.too_many() if restlets.is_own(request.url.path) else too_many()
        self._running += 1
        try:
            if pace["latency_ms"]:
                await asyncio.sleep(pace["latency_ms"] / 1000)
            await self._login.check(request)
            _check_body(request)
            return (await reply_of(self._inside, scope, await request.body())).response()
        except Refused as refused:
            return restlets.error(refused) if restlets.is_own(request.url.path) else refused.response()
        except Exception:
            # The client learns what the vendor would tell it; whoever runs the sandbox reads what broke.
            traceback.print_exc(file=sys.stderr)
            return unexpected(self._desk.world.chance.hexadecimal("netsuite.error", 10))
        finally:
            self._running -= 1


async def reply_of(app: ASGIApp, scope: Scope, body: bytes) -> Reply:
    answer = await answered(app, scope, body)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
    return Reply(answer.status, headers, answer.body)


def _check_body(request: Request) -> None:
    """Clients in the field leave Content-Type out; one that says something else than JSON is refused."""
    if int(request.headers.get("content-length") or 0) > _MOST_BYTES:
        raise Refused(413, "REQUEST_ENTITY_TOO_LARGE", "The request body may have 104 MB at most.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in ("POST", "PATCH", "PUT") and kind and kind not in _BODIES:
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", f"The media type {kind} is not supported.", header="Content-Type")
