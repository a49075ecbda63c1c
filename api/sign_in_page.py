"""The pages of signing in and out, which people see before they are anybody: plain, and without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

_LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{title} – Backhaul</title></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""
_FORM = """<form method="post" action="/sign-in">
<input type="hidden" name="csrf_token" value="{proof}"><input type="hidden" name="to" value="{goal}">
<p><label for="user">Name</label> <select id="user" name="user">{options}</select></p>
<p><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus></p>
<p><button>Sign in</button></p></form>
<p>These people exist in this installation only; <code>starter.py status --stack</code> says where their passwords
are.</p>"""


def page(trouble: str, goal: str, proof: str, people: Sequence[str], *, by_issuer: bool) -> str:
    """`people` who may sign in with a password; `proof` goes with their form."""
    told = f'<p role="alert">{escape(trouble)}</p>' if trouble else ""
    options = "".join(f"<option>{escape(name)}</option>" for name in people)
    form = _FORM.format(proof=escape(proof), goal=escape(goal), options=options) if people else ""
    way = f"/sign-in/issuer?{urlencode({'to': goal})}"
    link = f'<p><a href="{escape(way)}">Sign in with your company’s account</a></p>' if by_issuer else ""
    none = "" if people or by_issuer else "<p>Nobody can sign in here yet; an administrator sets BACKHAUL_OIDC.</p>"
    return _LAYOUT.format(title="Sign in", body=told + form + link + none)


def signed_out() -> str:
    return _LAYOUT.format(title="Signed out", body='<p><a href="/sign-in">Sign in again</a></p>')
