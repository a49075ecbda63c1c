"""The books as a plain page to read in a browser: what each vendor holds, the faults in force, the last calls."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from sandbox.smtp import mails
from sandbox.vendor import Vendor
from sandbox.world import World

_STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2430 }
h2 { margin-top: 2rem; border-bottom: 1px solid #ccd3dc } table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #e6eaf0; vertical-align: top }
pre { background: #f5f7fa; padding: .6rem; overflow-x: auto; font-size: 12px } summary { cursor: pointer }
"""
_CALLS_SHOWN = 50
_ENTRIES_SHOWN = 25


def books_page(world: World, vendors: Mapping[str, Vendor]) -> str:
    faults = [
        (p.vendor, p.operation, p.kind, "until cleared" if p.times is None else p.times) for p in world.faults.plans()
    ]
    calls = [(c.at, c.vendor, c.operation, c.status or "broken", c.ms, c.fault or "") for c in world.calls.recent]
    post = [(m["at"], ", ".join(m["to"]), m["subject"]) for m in mails(world)]
    parts = [
        f"<p>Clock {escape(world.clock.now().isoformat(timespec='seconds'))}</p>",
        "<h2>Faults in force</h2>",
        _table(("vendor", "operation", "kind", "times left"), faults),
        *(_vendor(name, vendor.books_view()) for name, vendor in vendors.items()),
        "<h2>Mail</h2>",
        _table(("at", "to", "subject"), post),
        f"<h2>Last {_CALLS_SHOWN} calls</h2>",
        _table(("at", "vendor", "operation", "status", "ms", "fault"), calls[-_CALLS_SHOWN:][::-1]),
    ]
    head = f"<meta charset='utf-8'><title>Sandbox books</title><style>{_STYLE}</style>"
    body = "".join(parts)
    return f"<!DOCTYPE html><html lang='en'><head>{head}</head><body><h1>Sandbox books</h1>{body}</body></html>"


def _vendor(name: str, view: dict[str, Any]) -> str:
    return f"<h2>{escape(name)}</h2>" + "".join(_section(title, content) for title, content in view.items())


def _section(title: str, content: Any) -> str:
    """The newest entries only: after a load run the books are larger than a browser likes."""
    count, shown = "", content
    if isinstance(content, list):
        count, shown = f" ({len(content)})", content[-_ENTRIES_SHOWN:]
    elif isinstance(content, dict):
        count, shown = f" ({len(content)})", dict(list(content.items())[-_ENTRIES_SHOWN:])
    text = escape(json.dumps(shown, indent=2, default=str, ensure_ascii=False))
    return f"<details><summary>{escape(title)}{count}</summary><pre>{text}</pre></details>"


def _table(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    if not rows:
        return "<p>none</p>"
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
