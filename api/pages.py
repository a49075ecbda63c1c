"""Lists that go on: how large a page may be, and the link to the next one (RFC 8288)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

Limit = Annotated[int, Query(ge=1, le=500, description="how many at most")]
Cursor = Annotated[str | None, Query(description="from the page before; its `Link` header has the whole address")]


def lead_on(request: Request, response: Response, cursor: str | None) -> None:
    """Relative to the address that was asked: what stands before us may be called by another name."""
    if cursor is not None:
        following = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
