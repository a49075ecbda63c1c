"""The query service: SuiteQL over the books, a page at a time."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite import render, role
from sandbox.netsuite.asking import answer, page_links, paging
from sandbox.netsuite.desk import Desk
from sandbox.netsuite.errors import Refused
from sandbox.netsuite.suiteql.run import run

PATH = "/services/rest/query/v1/suiteql"
_MOST_ROWS = 100_000


class Queries:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def suiteql(self, request: Request) -> Response:
        if "transient" not in request.headers.get("prefer", ""):
            raise Refused(
                400, "INVALID_HEADER", "The required request header 'Prefer' is missing or incorrect: transient is"
                " expected.", header="Prefer",
            )  # fmt: skip
        try:
            body = json.loads(await request.body())
            query, params = str(body["q"]), [_text(value) for value in body.get("params", [])]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refused(400, "INVALID_CONTENT", "Invalid content in the request body: q is needed.") from None
        role.check_query(self._desk, query)
        limit, offset = paging(request)
        found = run(self._desk, query, params)[:_MOST_ROWS]
        items = [{"links": [], **row} for row in found[offset : offset + limit]]
        page = render.page(page_links(request, limit, offset, len(found)), items, offset, len(found))
        return answer(page, "collection")


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"{type(value).__name__} cannot be a parameter")
    return str(value)
