"""Every route but the open ones names what it does here; who may do that is decided here and nowhere else.

Whoever speaks proves it by a machine's key, by a token of the issuer, or by the session of a browser. A browser sends
its cookie also when another site's page makes it: what it changes must carry the proof that only our pages know.
"""

from __future__ import annotations

import hmac
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from api import acts, cookies
from api.bodies import check_query
from api.marks import RATE
from runtime.access import Access, Unproven
from runtime.rates import Rates
from runtime.scope import check_sees, scoped
from runtime.sign_in import form_proof
from security.roles import Action, Principal, may

__all__ = ["FORM_FIELD", "FORM_HEADER", "Allowed", "address", "check_form", "check_sees", "known", "refused", "scoped"]

_LOG = logging.getLogger(__name__)
_BEARER = HTTPBearer(auto_error=False, description="an API key, bh_…, or a token of the issuer")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="backhaul"'}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
FORM_FIELD, FORM_HEADER = "csrf_token", "X-CSRF-Token"


async def known(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Principal:
    """A dependency: who asks. What costs something is not begun for anybody else. Raises 401 and 429."""
    who = await _proven(request, given)
    calls: Rates = request.app.state.calls
    request.scope[RATE] = calls.take(who.name)
    request.state.principal = who
    return who


class Allowed:
    """A dependency: the principal, when it may do `action`. Raises 401, 403 and 429."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, request: Request, who: Annotated[Principal, Depends(known)]) -> Principal:
        if not may(who, self.action):
            await acts.refused(request, who, self.action)
            raise HTTPException(403, f"{who.shown or who.name} has no role that may {self.action}")
        check_query(request)
        await acts.tell(request, who, self.action)
        return who


async def check_form(request: Request, handle: str) -> None:
    """That the request comes from a page of this session. Raises 403."""
    sent = request.headers.get(FORM_HEADER) or await _field(request)
    if not hmac.compare_digest(sent.encode(), form_proof(handle).encode()):
        detail = f"this form is not of this session: load its page again ({FORM_FIELD} is missing or wrong)"
        refused(request, "a form", detail)
        raise HTTPException(403, detail)


def address(request: Request) -> str:
    """Where a call comes from, as far as that is known."""
    return request.client.host if request.client else "unknown"


def refused(request: Request, what: str, why: str) -> None:
    """A line of the log: who is nobody here must not be able to write the audit, where nothing is ever deleted."""
    _LOG.warning("%s from %s was refused: %s", what, address(request), why)


async def _proven(request: Request, given: HTTPAuthorizationCredentials | None) -> Principal:
    access: Access = request.app.state.access
    if given is not None:
        try:
            return await access.by_credential(given.credentials)
        except Unproven as error:
            failures: Rates = request.app.state.failures
            failures.take(address(request))
            refused(request, "a key or a token", str(error))
            raise _refusal(request, str(error)) from None
    handle = cookies.session(request)
    # Nothing was tried: whoever has no session, or none any more, is not counted as guessing.
    if handle is None or "authorization" in request.headers:
        raise _refusal(request, "send an API key or a token as 'Authorization: Bearer …'")
    try:
        who = await access.by_session(handle, datetime.now(UTC), used=not _by_itself(request))
    except Unproven as error:
        raise _refusal(request, str(error)) from None
    if request.method not in _READING:
        await check_form(request, handle)
    return who


def _by_itself(request: Request) -> bool:
    """Whether a page asks without anybody at it: for live updates, or for what these told it to look at anew. An open
    page would otherwise keep its session for ever."""
    streams = "text/event-stream" in request.headers.get("accept", "")
    parts = "hx-request" in request.headers and "hx-boosted" not in request.headers
    return request.method in _READING and (streams or parts)


def _refusal(request: Request, why: str) -> HTTPException:
    """401; a person who wants a page is led to where people sign in."""
    page = "text/html" in request.headers.get("accept", "")
    goal = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    to_sign_in = f"/sign-in?to={quote(goal, safe='/')}"
    if "hx-request" in request.headers:
        # A script asked for a part of a page: it is the page that must be left.
        return HTTPException(401, why, {**_CHALLENGE, "HX-Redirect": "/sign-in"})
    if page and request.method in _READING:
        return HTTPException(303, why, {"Location": to_sign_in})
    return HTTPException(401, why, _CHALLENGE)


async def _field(request: Request) -> str:
    """The proof in a form. The body is kept, so that the route may read it again."""
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return ""
    # The framework may have read it as a form already, and keeps that.
    with suppress(RuntimeError):
        await request.body()
    sent = (await request.form()).get(FORM_FIELD)
    return sent if isinstance(sent, str) else ""
