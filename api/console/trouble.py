"""Errors as pages: what went wrong and where to go on, for whoever looks at the console."""

from __future__ import annotations

import re
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from api.console import navigation
from api.console.rendering import page
from api.console.wording import sentence
from security.roles import Principal

_TITLES = {
    400: "Something in the form is not right",
    401: "Please sign in",
    403: "You may not do this",
    404: "There is nothing here",
    409: "The return has moved on",
    412: "Somebody else was faster",
    413: "That is too much at once",
    422: "That is refused",
    429: "Too many requests at once",
    503: "Not now: try again in a moment",
}
_RETURN = re.compile(r"^/console/(?:returns|bench)/[^/]+(?=/)")


def trouble(request: Request, status: int, detail: str, field: str) -> Response | None:
    """None outside the console, where programs are answered."""
    path = request.url.path
    if path != "/console" and not path.startswith("/console/"):
        return None
    who = getattr(request.state, "principal", None)
    back, says = _back(path, who)
    if status == 401:
        back, says = f"/sign-in?to={quote(back)}", "Sign in"
    title = _TITLES.get(status, "Something went wrong here, not with you")
    return page(
        request, who, "problem.html", status, title=title, detail=sentence(detail), field=field, back=back,
        back_says=says,
    )  # fmt: skip


def _back(path: str, who: Principal | None) -> tuple[str, str]:
    """To the return it is about, else to the list it was on, else to the beginning."""
    if of_return := _RETURN.match(path):
        return of_return.group(), "Back to the return"
    listed = navigation.here(path, navigation.ways(who)) if who else ""
    if listed in ("", "/console", path):
        return "/console", "Back to the first page"
    return listed, "Back to the list"
