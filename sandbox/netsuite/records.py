"""The record service: one method per verb, each a transaction of its own; answers as SuiteTalk REST does."""

import json
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite import render, writing
from sandbox.netsuite.bodies import checked, parse
from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import Refused, nonexistent

BASE = "/services/rest/record/v1"
_KINDS = {name.lower(): name for name in TYPES}
_CREATE_FORM = re.compile(r"type\s*=\s*create-form")
_FILTER = re.compile(r"^\s*(\w+)\s+(?:IS|ANY_OF)\s+\[?\"?([^\"\]]*)\"?\]?\s*$", re.IGNORECASE)


class Records:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def collection(self, request: Request) -> Response:
        kind, raw = _kind(request), await request.body()
        if request.method == "GET":
            return self._list(kind, request)
        if _CREATE_FORM.search(request.headers.get("accept", "")):
            raise Refused(
                400, "INVALID_REQUEST", "This form can be asked for only by a transformation.", header="Accept"
            )
        body = checked(kind, parse(raw), _validation(request))
        return self._created(request, lambda: writing.created(self._desk, kind, body))

    async def instance(self, request: Request) -> Response:
        kind, ref, raw = _kind(request), request.path_params["ref"], await request.body()
        if request.method == "GET":
            return self._get(kind, ref, request)
        with self._desk.books.transaction():
            if request.method == "DELETE":
                writing.deleted(self._desk, self._desk.need(kind, ref))
                return Response(status_code=204)
            body = checked(kind, parse(raw), _validation(request))
            if request.method == "PUT":
                return self._upsert(kind, ref, body, request)
            doc = self._desk.need(kind, ref)
            writing.changed(self._desk, doc, body, _replaces(request))
        return _no_content(request, doc)

    async def sublist(self, request: Request) -> Response:
        kind, name = _kind(request), request.path_params["sublist"]
        doc = self._desk.need(kind, request.path_params["ref"])
        if name not in TYPES[kind].sublists or name not in doc:
            raise nonexistent(kind, f"{doc['id']}/{name}")
        url = f"{_base(request)}/{kind}/{doc['id']}"
        return _json(render.sublist(doc, name, url, expand=True))

    async def transform(self, request: Request) -> Response:
        kind, ref, raw = _kind(request), request.path_params["ref"], await request.body()
        target = _KINDS.get(request.path_params["target"].lower())
        if target is None:
            raise Refused(404, "INVALID_REQUEST", f"There is no record type {request.path_params['target']}.")
        body = checked(target, parse(raw), _validation(request))
        replace = _replaces(request)
        if _CREATE_FORM.search(request.headers.get("accept", "")):
            with self._desk.books.transaction():
                form = writing.drafted(self._desk, self._desk.need(kind, ref), target, body, replace)
            expand, fields = _view(request)
            return _json(render.record(form, _base(request), expand=expand, fields=fields))
        return self._created(
            request, lambda: writing.transformed(self._desk, self._desk.need(kind, ref), target, body, replace)
        )

    def _created(self, request: Request, make: Callable[[], Doc]) -> Response:
        with self._desk.books.transaction():
            doc = make()
        return _no_content(request, doc)

    def _upsert(self, kind: str, ref: str, body: Doc, request: Request) -> Response:
        if not ref.startswith("eid:"):
            raise Refused(400, "INVALID_REQUEST", "PUT needs an external id: use eid:<externalId>.")
        doc = self._desk.find(kind, ref)
        if doc is not None:
            writing.changed(self._desk, doc, body, _replaces(request))
        else:
            doc = writing.created(self._desk, kind, body | {"externalId": ref.removeprefix("eid:")})
        return _no_content(request, doc)

    def _get(self, kind: str, ref: str, request: Request) -> Response:
        doc = self._desk.need(kind, ref)
        expand, fields = _view(request)
        return _json(render.record(doc, _base(request), expand=expand, fields=fields))

    def _list(self, kind: str, request: Request) -> Response:
        docs = self._desk.books.all(f"netsuite.{kind}")
        if wanted := request.query_params.get("q"):
            found = _FILTER.match(wanted)
            if found is None:
                raise Refused(400, "INVALID_PARAMETER", f"Invalid query {wanted!r}.", query="q")
            docs = [doc for doc in docs if str(doc.get(found.group(1))) == found.group(2)]
        limit, offset = paging(request)
        url = f"{_base(request)}/{kind}"
        items = [
            {"links": [{"rel": "self", "href": f"{url}/{doc['id']}"}], "id": doc["id"]}
            for doc in docs[offset : offset + limit]
        ]
        return _json(render.page(page_links(url, limit, offset, len(docs)), items, offset, len(docs)))


def paging(request: Request) -> tuple[int, int]:
    """(limit, offset); at most 1000 rows a page, and the offset a multiple of the limit."""
    try:
        limit = int(request.query_params.get("limit", "1000"))
        offset = int(request.query_params.get("offset", "0"))
    except ValueError:
        raise Refused(400, "INVALID_PARAMETER", "limit and offset must be numbers.", query="limit") from None
    if not 1 <= limit <= 1000 or offset < 0 or offset % limit:
        raise Refused(400, "INVALID_PARAMETER", "limit must be 1 to 1000 and offset a multiple of it.", query="offset")
    return limit, offset


def page_links(url: str, limit: int, offset: int, total: int) -> list[Doc]:
    links = [{"rel": "self", "href": f"{url}?limit={limit}&offset={offset}"}]
    if offset + limit < total:
        links.append({"rel": "next", "href": f"{url}?limit={limit}&offset={offset + limit}"})
    if offset:
        links.append({"rel": "prev", "href": f"{url}?limit={limit}&offset={max(offset - limit, 0)}"})
    return links


def _kind(request: Request) -> str:
    name = request.path_params["kind"]
    kind = _KINDS.get(name.lower())
    if kind is None:
        raise Refused(404, "NONEXISTENT_ID", f"Record type '{name}' does not exist.")
    return kind


def _view(request: Request) -> tuple[bool, list[str] | None]:
    expand = request.query_params.get("expandSubResources", "false").lower() == "true"
    fields = request.query_params.get("fields")
    if expand and fields:
        raise Refused(400, "INVALID_PARAMETER", "fields cannot be combined with expandSubResources.", query="fields")
    return expand, [name.strip() for name in fields.split(",")] if fields else None


def _replaces(request: Request) -> bool:
    return any(name in ("item", "inventory", "apply") for name in request.query_params.get("replace", "").split(","))


def _validation(request: Request) -> str:
    # Clients in the field write it in lower case too.
    value = request.headers.get("x-netsuite-propertynamevalidation", "Warning").capitalize()
    if value not in ("Error", "Warning", "Ignore"):
        raise Refused(400, "INVALID_HEADER", f"Invalid value {value}.", header="X-NetSuite-PropertyNameValidation")
    if "respond-async" in request.headers.get("prefer", ""):
        raise Refused(400, "INVALID_HEADER", "Asynchronous processing is not enabled in this account.", header="Prefer")
    return value


def _base(request: Request) -> str:
    return f"https://{request.headers['host']}{BASE}"


def _no_content(request: Request, doc: Doc) -> Response:
    return Response(status_code=204, headers={"Location": f"{_base(request)}/{doc['type']}/{doc['id']}"})


def _json(body: Doc) -> Response:
    return Response(json.dumps(body), media_type="application/vnd.oracle.resource+json; type=singular; charset=UTF-8")
