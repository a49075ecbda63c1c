"""What the integration role may do: everything, but for what the control server took away, by record type or field."""

import re
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.netsuite.asking import BASE
from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import Refused, invalid_content

LEVELS = ("none", "view", "create", "edit", "full")
_ROLE = ("netsuite.role", "role")
_AT_FIRST: Doc = {"levels": {}, "hidden_fields": []}
_ADDRESS = re.compile(rf"^{BASE}/(?P<kind>\w+)(?:/[^/]+(?:/!transform/(?P<target>\w+))?)?")
_KINDS = {name.lower(): name for name in TYPES}
_NEEDED = {"GET": "view", "POST": "create", "PATCH": "edit", "PUT": "edit", "DELETE": "full"}


def shown(desk: Desk) -> Doc:
    return _AT_FIRST | (desk.books.get(*_ROLE) or {})


def change(desk: Desk, wish: Doc) -> Doc:
    """{"levels": {"creditMemo": "view"}, "hidden_fields": ["custbody_storefront_order"]}; what is not named stays."""
    for kind, level in dict(wish.get("levels") or {}).items():
        if kind not in TYPES or level not in LEVELS:
            raise invalid_content(f"{kind} cannot be {level!r}; a level is one of {', '.join(LEVELS)}.", "levels")
    if not wish.keys() <= _AT_FIRST.keys() or not isinstance(wish.get("hidden_fields", []), list):
        raise invalid_content(f"A role has {' and '.join(_AT_FIRST)}.", "role")
    changed = shown(desk) | wish
    desk.books.put(*_ROLE, changed)
    return changed


def hidden(desk: Desk) -> frozenset[str]:
    """Fields the role does not see; for it they do not exist."""
    return frozenset(shown(desk)["hidden_fields"])


def check_query(desk: Desk, query: str) -> None:
    """Raises what SuiteQL answers for a column it does not know."""
    words = {word.lower() for word in re.findall(r"\w+", query)}
    for name in hidden(desk):
        if name.lower() in words:
            sentence = f"Search error occurred: Field '{name.lower()}' for record was not found."
            whole = f"Invalid search query. Detailed unprocessed description follows. {sentence}"
            raise Refused(400, "INVALID_PARAMETER", whole)


class Guard:
    """In front of the record service: a type that the role may not use as it is asked for is refused."""

    def __init__(self, desk: Desk, inside: ASGIApp) -> None:
        self._desk, self._inside = desk, inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refused(Request(scope))
        if refused is None:
            await self._inside(scope, receive, send)
        else:
            await refused.response()(scope, receive, send)

    def _refused(self, request: Request) -> Refused | None:
        levels = shown(self._desk)["levels"]
        address = _ADDRESS.match(request.url.path) if levels else None
        if address is None:
            return None
        wanted: list[tuple[Any, str]] = [(address["kind"], _NEEDED.get(request.method, "view"))]
        if address["target"]:
            wanted = [(address["kind"], "view"), (address["target"], "create")]
        for name, level in wanted:
            kind = _KINDS.get(name.lower(), "")
            if LEVELS.index(levels.get(kind, "full")) < LEVELS.index(level):
                return _violation(kind)
        return None


def _violation(kind: str) -> Refused:
    what = TYPES[kind].title or kind
    sentence = f"Permission Violation: You need the '{what}' permission, at a higher level, to access this page."
    return Refused(403, "INSUFFICIENT_PERMISSION", f"Error while accessing a resource. {sentence}")
