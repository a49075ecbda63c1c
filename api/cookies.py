"""The two cookies of a browser: the handle of a session, and that of a sign-in under way. Both are out of reach of
scripts, and of other sites' forms."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from runtime.sign_in import form_proof

_SESSION, _SIGN_IN = "backhaul", "backhaul-sign-in"
# A browser takes a cookie named so only over TLS, from this very host and for all of it.
_SAFE = "__Host-"


def is_tls(request: Request) -> bool:
    """Whether people reach us over TLS, which may end at a proxy before us."""
    url = request.app.state.settings.api.url
    return url is not None and url.startswith("https://")


def session(request: Request) -> str | None:
    return request.cookies.get(_name(request, _SESSION)) or None


def begun(request: Request) -> str | None:
    return request.cookies.get(_name(request, _SIGN_IN)) or None


def form_token(request: Request) -> str:
    """What a form of this page must carry as `csrf_token`; empty for who has no session and needs none."""
    handle = session(request)
    return form_proof(handle) if handle else ""


def keep_session(request: Request, answer: Response, handle: str) -> None:
    _set(request, answer, _SESSION, handle)


def keep_begun(request: Request, answer: Response, handle: str) -> None:
    _set(request, answer, _SIGN_IN, handle)


def drop_session(request: Request, answer: Response) -> None:
    _drop(request, answer, _SESSION)


def drop_begun(request: Request, answer: Response) -> None:
    _drop(request, answer, _SIGN_IN)


def _drop(request: Request, answer: Response, name: str) -> None:
    answer.delete_cookie(_name(request, name), path="/", secure=is_tls(request), httponly=True, samesite="lax")


def _set(request: Request, answer: Response, name: str, value: str) -> None:
    """Until the browser is closed at the longest; when it ends is decided where it is kept."""
    answer.set_cookie(_name(request, name), value, path="/", secure=is_tls(request), httponly=True, samesite="lax")


def _name(request: Request, name: str) -> str:
    return f"{_SAFE}{name}" if is_tls(request) else name
