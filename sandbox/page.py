"""The books as plain pages to read in a browser, without scripts: an overview, every document, every call."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.smtp import mails
from sandbox.vendor import Vendor
from sandbox.world import World

_STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1c2430 }
h2 { margin-top: 2rem; border-bottom: 1px solid #ccd3dc } table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #e6eaf0; vertical-align: top }
pre { background: #f5f7fa; padding: .6rem; overflow-x: auto; font-size: 12px } summary { cursor: pointer }
nav a, nav b { margin-right: 1rem } form { margin: 1rem 0 } input, select, button { font: inherit; margin-right: .6rem }
"""
_CALLS_SHOWN = 20
_A_PAGE = 50
_WORDS_SHOWN = 4


class Pages:
    def __init__(self, world: World, vendors: Mapping[str, Vendor]) -> None:
        self._world, self._vendors = world, vendors

    def routes(self) -> list[Route]:
        return [Route("/", self.overview), Route("/documents", self.documents), Route("/requests", self.requests)]

    async def overview(self, request: Request) -> Response:
        world = self._world
        faults = [
            (p.vendor, p.operation, p.kind, p.contains, "until cleared" if p.times is None else str(p.times))
            for p in world.faults.plans()
        ]
        post = [(m["at"], ", ".join(m["to"]), m["subject"]) for m in mails(world)][::-1]
        still = ", standing still" if world.clock.frozen else ""
        parts = [
            f"<p>Clock {escape(world.clock.now().isoformat(timespec='seconds'))}{still}</p>",
            "<h2>Faults in force</h2>",
            _table(("vendor", "operation", "kind", "only with", "times left"), faults),
            "<h2>Documents</h2>",
            *(self._kinds(name, vendor.books_view()) for name, vendor in self._vendors.items()),
            f"<h2>Last {_CALLS_SHOWN} calls</h2>",
            _calls([*world.calls.recent][: -_CALLS_SHOWN - 1 : -1]),
            "<p><a href='/requests'>every call</a></p>",
            "<h2>Mail</h2>",
            _table(("at", "to", "subject"), post),
        ]
        return _page("Sandbox books", "".join(parts))

    async def documents(self, request: Request) -> Response:
        """Every document, newest first; narrowed by vendor, kind and any text within."""
        asked = {name: request.query_params.get(name, "") for name in ("vendor", "kind", "find")}
        found = [
            (vendor, kind, document)
            for vendor, each in self._vendors.items()
            if asked["vendor"] in ("", vendor)
            for kind, content in each.books_view().items()
            if asked["kind"] in ("", kind)
            for document in _entries(content)
            if asked["find"].casefold() in json.dumps(document, default=str, ensure_ascii=False).casefold()
        ][::-1]
        start = _start(request)
        rows = "".join(_document(*each) for each in found[start : start + _A_PAGE])
        form = _form("/documents", asked, {"vendor": list(self._vendors)})
        body = form + rows + _paging("/documents", asked, start, len(found))
        return _page("Documents", body)

    async def requests(self, request: Request) -> Response:
        """Every call that is still known, newest first; narrowed by vendor, operation and status."""
        asked = {name: request.query_params.get(name, "") for name in ("vendor", "operation", "status")}
        found = [
            call
            for call in reversed(self._world.calls.recent)
            if asked["vendor"] in ("", call.vendor)
            and asked["operation"].casefold() in call.operation.casefold()
            and asked["status"] in ("", str(call.status))
        ]
        start = _start(request)
        form = _form("/requests", asked, {"vendor": list(self._vendors)})
        body = form + _calls(found[start : start + _A_PAGE]) + _paging("/requests", asked, start, len(found))
        return _page("Calls", body)

    def _kinds(self, vendor: str, view: dict[str, Any]) -> str:
        links = "".join(
            f"<a href='/documents?{escape(urlencode({'vendor': vendor, 'kind': kind}))}'>{escape(kind)}"
            f" ({len(_entries(content))})</a>"
            for kind, content in view.items()
        )
        return f"<nav><b>{escape(vendor)}</b>{links}</nav>"


def _entries(content: Any) -> list[Any]:
    """One kind as a vendor shows it: a list, documents by key, or settings, which are one document."""
    if isinstance(content, list):
        return content
    if isinstance(content, dict) and content and all(isinstance(each, dict | list) for each in content.values()):
        return list(content.values())
    return [content] if content else []


def _document(vendor: str, kind: str, document: Any) -> str:
    words: list[str] = []
    if isinstance(document, dict):
        plain = [(name, value) for name, value in document.items() if isinstance(value, str | int) and value != ""]
        words = [f"{name} {value}" for name, value in plain[:_WORDS_SHOWN]]
    text = escape(json.dumps(document, indent=2, default=str, ensure_ascii=False))
    head = escape(" · ".join((vendor, kind, *words)))
    return f"<details><summary>{head}</summary><pre>{text}</pre></details>"


def _calls(calls: list[Any]) -> str:
    heads = ("at", "vendor", "operation", "status", "ms", "fault", "limits")
    rows = [
        (
            call.at,
            call.vendor,
            call.operation,
            str(call.status or "broken"),
            str(call.ms),
            call.fault or "",
            ", ".join(f"{name} {value:g}" for name, value in call.quota.items()),
        )
        for call in calls
    ]
    return _table(heads, rows)


def _start(request: Request) -> int:
    given = request.query_params.get("from", "")
    return int(given) if given.isdecimal() else 0


def _form(path: str, asked: dict[str, str], choices: dict[str, list[str]]) -> str:
    fields = []
    for name, value in asked.items():
        if name in choices:
            options = "".join(
                f"<option{' selected' if each == value else ''}>{escape(each)}</option>"
                for each in ("", *choices[name])
            )
            fields.append(f"<label>{name} <select name='{name}'>{options}</select></label>")
        else:
            fields.append(f"<label>{name} <input name='{name}' value='{escape(value)}'></label>")
    return f"<form action='{path}'>{''.join(fields)}<button>Show</button></form>"


def _paging(path: str, asked: dict[str, str], start: int, total: int) -> str:
    def link(text: str, at: int) -> str:
        return f"<a href='{path}?{escape(urlencode({**asked, 'from': at}))}'>{text}</a>"

    newer = link("newer", max(0, start - _A_PAGE)) if start else ""
    older = link("older", start + _A_PAGE) if start + _A_PAGE < total else ""
    shown = f"{min(start + 1, total)} to {min(start + _A_PAGE, total)} of {total}"
    return f"<nav><b>{shown}</b>{newer}{older}</nav>"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return "<p>none</p>"
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _page(title: str, body: str) -> Response:
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{_STYLE}</style>"
    ways = "<nav><a href='/'>Overview</a><a href='/documents'>Documents</a><a href='/requests'>Calls</a></nav>"
    return HTMLResponse(
        f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{ways}<h1>{escape(title)}</h1>{body}</body></html>"
    )
