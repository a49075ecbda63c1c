"""Pages of a long answer: the paging cookie in $skiptoken, and the link that carries it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from sandbox.dynamics.errors import bad_request
from sandbox.dynamics.schema import Row

_COOKIE = re.compile(r'^<cookie pagenumber="(\d+)" pagingcookie="([^"]*)" istracking="(?:False|True)" />$')
_INSIDE = re.compile(r'^<cookie page="\d+" rows="(\d+)" stamp="(\d*)"><\w+ last="\{([^}]*)\}" /></cookie>$')


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind the row `last`, which was the `rows`-th. `stamp` is the first page's row version."""

    number: int = 1
    rows: int = 0
    last: str = ""
    stamp: str = ""

    def start(self, found: list[Row], key: str) -> int:
        """Rows may have come or gone since the last page; it goes on behind the row it ended with."""
        at = next((at for at, row in enumerate(found) if row[key] == self.last), None)
        return self.rows if at is None else at + 1


def read(token: str | None) -> Place:
    if not token:
        return Place()
    outer = _COOKIE.match(token)
    inner = _INSIDE.match(unquote(unquote(outer[2]))) if outer else None
    if outer is None or inner is None:
        raise bad_request("Malformed XML in the Paging Cookie")
    return Place(int(outer[1]), int(inner[1]), inner[3], inner[2])


def written(place: Place, key: str, *, tracking: bool) -> str:
    last = "{" + place.last + "}"
    head = f'<cookie page="{place.number - 1}" rows="{place.rows}" stamp="{place.stamp}">'
    inside = f'{head}<{key} last="{last}" /></cookie>'
    return f'<cookie pagenumber="{place.number}" pagingcookie="{quote(quote(inside))}" istracking="{tracking}" />'


def link(base: str, given: dict[str, str], **changed: str) -> str:
    """The same query with other tokens; names in `changed` come without their dollar sign."""
    kept = {name: value for name, value in given.items() if name not in ("$skiptoken", "$deltatoken")}
    kept |= {f"${name}": value for name, value in changed.items()}
    return f"{base}?" + "&".join(f"{name}={quote(value, safe=',')}" for name, value in kept.items())
