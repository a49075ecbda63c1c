"""The record service: one method per address, each change a transaction of its own; answers as SuiteTalk REST does."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite import filters, preferences, render, role, writing
from sandbox.netsuite.asking import (
    answer,
    form_media,
    form_of,
    kind_of,
    no_content,
    no_such,
    page_links,
    paging,
    replaced,
    self_of,
    view_of,
)  # fmt: skip
from sandbox.netsuite.bodies import Reading, hidden_without, parse
from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import Refused, user_error
from sandbox.netsuite.fields import REFERENCES

# Body fields that may be cleared by null.
_CLEARABLE = frozenset({"memo", "externalId", "otherRefNum", "email", "message", "phone", "companyName", "description"})


class _NotSaved(Exception):
    """Carries a form out of the transaction that made it, so that the transaction is rolled back."""

    def __init__(self, form: Doc) -> None:
        super().__init__("a form is computed, not saved")
        self.form = form


class Records:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def collection(self, request: Request) -> Response:
        kind, raw = kind_of(request), await request.body()
        if request.method == "GET":
            return self._list(kind, request)
        reading = self._reading(request)
        _, body = replaced(request, kind, reading.record(kind, parse(raw)))
        body = {name: value for name, value in body.items() if value is not None}
        form = form_of(request)
        if form == "create-form":
            links = [{"rel": "create", "method": "POST", "href": self_of(request)}]
            return self._form(request, form, links, lambda: writing.created(self._desk, kind, body))
        with self._desk.books.transaction():
            doc = writing.created(self._desk, kind, body)
        return no_content(request, doc, reading)

    async def instance(self, request: Request) -> Response:
        kind, ref, raw = kind_of(request), request.path_params["ref"], await request.body()
        if request.method == "GET":
            return self._get(self._desk.need(kind, ref), request)
        if request.method == "DELETE":
            with self._desk.books.transaction():
                writing.deleted(self._desk, self._desk.need(kind, ref))
            return Response(status_code=204)
        reading = self._reading(request)
        sublists, body = replaced(request, kind, reading.record(kind, parse(raw)))
        if request.method == "PUT":
            return self._upsert(kind, ref, body, sublists, request, reading)
        form = form_of(request)
        if form == "edit-form":
            here = self_of(request)
            collection = here.partition("?")[0].rpartition("/")[0]
            links: list[Doc] = [
                {"rel": "edit", "method": "PATCH", "href": here},
                {"rel": "create", "method": "POST", "href": collection},
                {"rel": "create-form", "method": "POST", "mediaType": form_media("create-form"), "href": collection},
            ]
            return self._form(request, form, links, lambda: self._changed(kind, ref, body, sublists))
        with self._desk.books.transaction():
            doc = self._changed(kind, ref, body, sublists)
        return no_content(request, doc, reading)

    async def subresource(self, request: Request) -> Response:
        """A sublist, one of its lines, a line's inventory detail and its assignments, or a record a field points at."""
        kind, steps = kind_of(request), request.path_params["rest"].strip("/").split("/")
        doc = self._desk.need(kind, request.path_params["ref"])
        entry = TYPES[kind]
        name = entry.spelling.get(steps[0].lower(), "")
        if name in entry.sublists and name in doc and name not in self._hidden():
            return self._of_sublist(request, doc, name, steps[1:])
        value = doc.get(name)
        if len(steps) == 1 and isinstance(value, dict) and "id" in value:
            kinds = (value["_kind"],) if "_kind" in value else REFERENCES.get(name, ())
            found = next((other for each in kinds if (other := self._desk.find(each, value["id"]))), None)
            if found is not None:
                return self._get(found, request)
        raise no_such(request)

    async def transform(self, request: Request) -> Response:
        kind, ref, raw = kind_of(request), request.path_params["ref"], await request.body()
        target = kind_of(request, "target")
        reading = self._reading(request)
        sublists, body = replaced(request, target, reading.record(target, parse(raw)))
        body = {name: value for name, value in body.items() if value is not None}
        if form_of(request) == "create-form":
            with self._desk.books.transaction():
                form = writing.drafted(self._desk, self._desk.need(kind, ref), target, body, sublists)
            links: list[Doc] = [
                {"rel": "self", "method": "POST", "mediaType": form_media("create-form"), "href": self_of(request)},
                {"rel": "transform", "method": "POST", "href": self_of(request)},
            ]
            return answer(render.record(form, view_of(request, self._hidden()), links), "create-form", reading)
        with self._desk.books.transaction():
            doc = writing.transformed(self._desk, self._desk.need(kind, ref), target, body, sublists)
        return no_content(request, doc, reading)

    def _hidden(self) -> frozenset[str]:
        return hidden_without(preferences.on(self._desk, "suite_tax")) | role.hidden(self._desk)

    def _reading(self, request: Request) -> Reading:
        return Reading.of(request.headers, self._hidden())

    def _changed(self, kind: str, ref: str, body: Doc, sublists: frozenset[str]) -> Doc:
        doc = self._desk.need(kind, ref)
        cleared = {name for name, value in body.items() if value is None}
        if unclearable := cleared - _CLEARABLE:
            raise user_error(f"The field {min(unclearable)} cannot be empty.", min(unclearable))
        writing.changed(self._desk, doc, body, sublists)
        return self._desk.need(kind, doc["id"])

    def _upsert(
        self, kind: str, ref: str, body: Doc, sublists: frozenset[str], request: Request, reading: Reading
    ) -> Response:
        if not ref.startswith("eid:"):
            raise Refused(
                400, "INVALID_REQUEST", "PUT needs an external id: use eid:<externalId>.", url=request.url.path
            )
        with self._desk.books.transaction():
            doc = self._desk.find(kind, ref)
            if doc is not None:
                doc = self._changed(kind, doc["id"], body, sublists)
            else:
                given = {name: value for name, value in body.items() if value is not None}
                doc = writing.created(self._desk, kind, given | {"externalId": ref.removeprefix("eid:")})
        return no_content(request, doc, reading)

    def _form(self, request: Request, form: str, links: list[Doc], make: Callable[[], Doc]) -> Response:
        """What the write would leave behind, shown and taken back."""
        view = view_of(request, self._hidden())
        own: Doc = {"rel": "self", "method": request.method, "mediaType": form_media(form), "href": self_of(request)}
        try:
            with self._desk.books.transaction():
                doc = make()
                made = ("id", "tranId", "createdDate", "lastModifiedDate") if form == "create-form" else ()
                shown = {name: value for name, value in doc.items() if name not in made}
                raise _NotSaved(render.record(shown, view, [own, *links]))
        except _NotSaved as computed:
            return answer(computed.form, form)

    def _get(self, doc: Doc, request: Request) -> Response:
        view = view_of(request, self._hidden())
        address = render.address(doc, view)
        query = self_of(request).partition("?")[2]
        links = [render.link(f"{address}?{query}" if view.fields is not None else address)]
        return answer(render.record(doc, view, links), "singular")

    def _of_sublist(self, request: Request, doc: Doc, name: str, steps: list[str]) -> Response:
        view = view_of(request, self._hidden())
        if not steps:
            return answer(render.sublist(doc, name, view), "collection")
        place = next((n for n, row in enumerate(doc[name]) if render.key_of(row, n) == steps[0]), None)
        if place is None:
            raise no_such(request)
        row = render.line(doc, name, place, view)
        rows = render.assigned(doc[name][place])
        below = [step.lower() for step in steps[1:]]
        if not below:
            return answer(row, "singular")
        if rows and below == ["inventorydetail"]:
            return answer(row["inventoryDetail"], "singular")
        if rows and below[:2] == ["inventorydetail", "inventoryassignment"]:
            assignments = row["inventoryDetail"]["inventoryAssignment"]
            if len(below) == 2:
                return answer(assignments, "collection")
            if len(below) == 3 and below[2].isdecimal() and 1 <= int(below[2]) <= len(rows):
                return answer(assignments["items"][int(below[2]) - 1], "singular")
        raise no_such(request)

    def _list(self, kind: str, request: Request) -> Response:
        if unknown := request.query_params.keys() & {"ids", "expandRecords"}:
            raise Refused(400, "INVALID_PARAMETER", "Batches are not available in this account.", query=min(unknown))
        limit, offset = paging(request)
        docs = self._desk.books.all(f"netsuite.{kind}")
        if wanted := request.query_params.get("q"):
            fits = filters.parse(kind, wanted)
            docs = [doc for doc in docs if fits(doc)]
        url = f"{view_of(request, frozenset()).base}/{kind}"
        items = [
            {"links": [render.link(f"{url}/{doc['id']}")], "id": doc["id"]} for doc in docs[offset : offset + limit]
        ]
        page = render.page(page_links(request, limit, offset, len(docs)), items, offset, len(docs))
        return answer(page, "collection")
