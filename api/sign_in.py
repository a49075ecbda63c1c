"""Where people sign in and out: by the issuer, in the embedded stack by a password. What they
may do is not said here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import bodies, cookies
from api.access import FORM_FIELD, address, check_form, refused
from api.documented import problem
from api.sign_in_page import page, signed_out
from runtime.access import Unproven
from runtime.rates import Rates
from runtime.sign_in import SignIn, form_proof, new_handle, own_path

_MOST_BYTES = 8_192
_PLACES: dict[int | str, dict[str, object]] = {
    303: {"description": "on to the issuer, or to where the person wanted to go"},
    401: {"description": "not signed in; the page says why", "content": {"text/html": {}}},
    403: problem("the form is not of this browser's page"),
    413: problem("larger than any form of this page"),
    429: problem("too many attempts; Retry-After says when the next is taken"),
    503: problem("the issuer or the database is away"),
}
router = APIRouter(tags=["sign-in"], responses=_PLACES, default_response_class=HTMLResponse)
Goal = Annotated[str, Query(max_length=2048, description="where to go afterwards: a path of ours")]


@router.get("/sign-in")
async def choose(request: Request, to: Goal = "/") -> Response:
    """The page to sign in at; where there is one way only and it is the issuer's, on to there."""
    desk: SignIn = request.app.state.sign_in
    if desk.by_issuer and not desk.by_password:
        return await by_issuer(request, to)
    return _page(request, to)


@router.get("/sign-in/issuer", status_code=303)
async def by_issuer(request: Request, to: Goal = "/") -> Response:
    """On to the issuer."""
    desk: SignIn = request.app.state.sign_in
    begun: Rates = request.app.state.begun
    begun.take(address(request))
    try:
        sent = await desk.begin(to, _now())
    except Unproven as error:
        return _page(request, to, str(error))
    answer = RedirectResponse(sent.address, 303)
    cookies.keep_begun(request, answer, sent.browser)
    return answer


@router.get("/sign-in/callback", status_code=303)
async def back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """Where the issuer sends the browser back to."""
    desk: SignIn = request.app.state.sign_in
    failures: Rates = request.app.state.failures
    failures.check(address(request))
    try:
        if error or not code:
            raise Unproven("the issuer did not sign you in; begin again")
        entered = await desk.finish(state, code, cookies.begun(request) or "", _now())
    except Unproven as why:
        failures.take(address(request))
        refused(request, "a sign-in", str(why))
        return _page(request, "/", str(why))
    return await _signed_in(request, entered.handle, entered.goal)


@router.post("/sign-in", status_code=303)
async def by_password(request: Request) -> Response:
    """With name and password, in the embedded stack only."""
    desk: SignIn = request.app.state.sign_in
    failures: Rates = request.app.state.failures
    failures.check(address(request))
    form = await _form(request)
    goal = form.get("to", "/")
    if not desk.by_password:
        raise HTTPException(403, "nobody signs in with a password here; /sign-in leads to the issuer")
    begun = cookies.begun(request)
    if begun is None or form.get(FORM_FIELD) != form_proof(begun):
        return _page(request, goal, "this page was open for too long, or cookies are off; try again")
    try:
        handle = await desk.enter(form.get("user", ""), form.get("password", ""), _now())
    except Unproven as why:
        failures.take(address(request))
        refused(request, "a sign-in", str(why))
        return _page(request, goal, str(why))
    return await _signed_in(request, handle, own_path(goal))


@router.post("/sign-out", status_code=303)
async def leave(request: Request) -> Response:
    """Ends the session, here and everywhere it is held."""
    handle = cookies.session(request)
    if handle is not None:
        await check_form(request, handle)
        desk: SignIn = request.app.state.sign_in
        await desk.leave(handle)
    answer = RedirectResponse("/sign-in/ended", 303)
    cookies.drop_session(request, answer)
    return answer


@router.get("/sign-in/ended")
async def ended(request: Request) -> HTMLResponse:
    """Where one is after signing out: not at once on the way back in."""
    return signed_out(request)


async def _signed_in(request: Request, handle: str, goal: str) -> Response:
    """On with the new session; one that this browser had before is ended."""
    desk: SignIn = request.app.state.sign_in
    before = cookies.session(request)
    if before is not None:
        await desk.leave(before)
    answer = RedirectResponse(goal, 303)
    cookies.drop_begun(request, answer)
    cookies.keep_session(request, answer, handle)
    return answer


def _page(request: Request, goal: str, trouble: str = "") -> HTMLResponse:
    """The page, with a proof that only this browser's form has: nobody is signed in as somebody else unawares."""
    desk: SignIn = request.app.state.sign_in
    browser = cookies.begun(request) or new_handle()
    answer = page(request, trouble, own_path(goal), form_proof(browser), desk.by_password, by_issuer=desk.by_issuer)
    cookies.keep_begun(request, answer, browser)
    return answer


async def _form(request: Request) -> dict[str, str]:
    found = await bodies.read(request, _MOST_BYTES)
    if found is None:
        raise HTTPException(413, f"this form has at most {_MOST_BYTES} bytes")
    sent = parse_qs(found.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in sent.items()}


def _now() -> datetime:
    return datetime.now(UTC)
