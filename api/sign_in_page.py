"""The pages of signing in and out, which people see before they are anybody."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.console import rendering


def page(
    request: Request, trouble: str, goal: str, proof: str, people: Sequence[str], *, by_issuer: bool
) -> HTMLResponse:
    """`people` who may sign in with a password; `proof` goes with their form. 401 when there was `trouble`."""
    way = f"/sign-in/issuer?{urlencode({'to': goal})}" if by_issuer else ""
    return rendering.page(
        request, None, "sign_in.html", 401 if trouble else 200, trouble=trouble, goal=goal, csrf=proof, people=people,
        way=way,
    )  # fmt: skip


def signed_out(request: Request) -> HTMLResponse:
    return rendering.page(request, None, "signed_out.html")
