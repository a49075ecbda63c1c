"""Errors as pages: what went wrong and where to go on, for whoever looks at the console."""

from __future__ import annotations

import re
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from api.console.rendering import page
from api.console.wording import sentence

_TITLES = {
    400: "Something in the form is not right",
    401: "Please sign in",
    403: "This page is not for your role",
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
    of_return = _RETURN.match(path)
    back, says = (of_return.group(), "Back to the return") if of_return else ("/console", "Back to the first page")
    if status == 401:
        back, says = f"/sign-in?to={quote(back)}", "Sign in"
    who = getattr(request.state, "principal", None)
    title = _TITLES.get(status, "Something went wrong here, not with you")
    return page(
        request, who, "problem.html", status, title=title, detail=sentence(detail), field=field, back=back,
        back_says=says,
    )  # fmt: skip
