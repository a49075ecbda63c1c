"""What a request asks of the record service: views, pages, replaced sublists, forms."""

import json
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite.bodies import Reading
from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Doc
from sandbox.netsuite.errors import Refused, nonexistent
from sandbox.netsuite.render import View

BASE = "/services/rest/record/v1"
_RESOURCE = "application/vnd.oracle.resource+json"
_KINDS = {name.lower(): name for name in TYPES}
_FORMS = ("create-form", "edit-form", "select-options")


def kind_of(request: Request, part: str = "kind") -> str:
    """The record type an address names, in any case."""
    name = request.path_params[part]
    kind = _KINDS.get(name.lower())
    if kind is None:
        raise Refused(404, "NONEXISTENT_ID", f"Record type '{name}' does not exist.", url=request.url.path)
    return kind


def base_of(request: Request) -> str:
    return f"https://{request.headers['host']}{BASE}"


def view_of(request: Request, hidden: frozenset[str]) -> View:
    query = request.query_params
    expand = _flag(request, "expandSubResources")
    fields = query.get("fields")
    if expand and fields:
        raise Refused(400, "INVALID_PARAMETER", "fields cannot be combined with expandSubResources.", query="fields")
    return View(
        base=base_of(request),
        expand=expand,
        named=frozenset(_names(query.get("expand", ""))),
        fields=tuple(_names(fields)) if fields else None,
        plain_enums=_flag(request, "simpleEnumFormat"),
        hidden=hidden,
    )


def self_of(request: Request) -> str:
    """The request's own address, with its query written out again."""
    query = urlencode(list(request.query_params.multi_items()))
    return f"https://{request.headers['host']}{request.url.path}" + (f"?{query}" if query else "")


def replaced(request: Request, kind: str, body: Doc) -> tuple[frozenset[str], Doc]:
    """(sublists whose lines are all replaced, the body without what is null).

    A sublist that is null is emptied. A body field that is null is cleared, unless replaceSelectedFields asks to clear
    only those that `replace` names; it comes back as None then and must be cleared by whoever changes the record.
    """
    asked = {TYPES[kind].spelling.get(name, name) for name in _names(request.query_params.get("replace", ""))}
    selected = _flag(request, "replaceSelectedFields")
    sublists, kept = set(asked), Doc()
    for name, value in body.items():
        if value is not None:
            kept[name] = value
        elif name in TYPES[kind].sublists:
            sublists.add(name)
            kept[name] = {"items": []}
        elif not selected or name in asked:
            kept[name] = None
    return frozenset(sublists), kept


def form_of(request: Request) -> str | None:
    """create-form or edit-form, when the Accept header asks for one."""
    accept = request.headers.get("accept", "").replace(" ", "")
    form = next((form for form in _FORMS if f"type={form}" in accept), None)
    if form == "select-options":
        raise Refused(400, "INVALID_HEADER", "Select options are not available in this account.", header="Accept")
    return form


def paging(request: Request) -> tuple[int, int]:
    """(limit, offset); at most 1000 rows a page, and the offset a multiple of the limit."""
    try:
        limit = int(request.query_params.get("limit", "1000"))
        offset = int(request.query_params.get("offset", "0"))
    except ValueError:
        raise Refused(400, "INVALID_PARAMETER", "limit and offset must be numbers.", query="limit") from None
    if not 1 <= limit <= 1000:
        raise Refused(400, "INVALID_PARAMETER", "limit must be 1 to 1000.", query="limit")
    if offset < 0 or offset % limit:
        raise Refused(400, "INVALID_PARAMETER", "offset must be a multiple of limit.", query="offset")
    return limit, offset


def page_links(request: Request, limit: int, offset: int, total: int) -> list[Doc]:
    """Links to the neighbouring pages, which keep the rest of the query."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name not in ("limit", "offset")]
    address = f"https://{request.headers['host']}{request.url.path}"

    def at(rel: str, place: int) -> Doc:
        query = urlencode([*others, ("limit", limit), ("offset", place)])
        return {"rel": rel, "href": f"{address}?{query}"}

    links = []
    if offset + limit < total:
        links += [at("next", offset + limit), at("last", (total - 1) // limit * limit)]
    if offset:
        links += [at("prev", offset - limit), at("first", 0)]
    return [*links, at("self", offset)]


def answer(body: Any, shape: str, reading: Reading | None = None) -> Response:
    return Response(json.dumps(body), headers=_warned(reading), media_type=f"{_RESOURCE}; type={shape}")


def no_content(request: Request, doc: Doc, reading: Reading | None = None) -> Response:
    return Response(
        status_code=204, headers={"Location": f"{base_of(request)}/{doc['type']}/{doc['id']}"} | _warned(reading)
    )


def no_such(request: Request) -> Refused:
    return nonexistent(request.url.path)


def form_media(form: str) -> str:
    return f"{_RESOURCE}; type={form}"


def _warned(reading: Reading | None) -> dict[str, str]:
    """What was left out in silence is told in a header."""
    warnings = reading.warnings if reading is not None else []
    return {"Warning": ", ".join(f'299 NetSuite "{text}"' for text in warnings)} if warnings else {}


def _flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "false").lower() == "true"


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",") if name.strip()]
