"""The metadata catalog: what record types and fields there are, as OpenAPI 3.0 or JSON Schema, in our own words."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite.asking import BASE
from sandbox.netsuite.catalog import TYPES, RecordType
from sandbox.netsuite.desk import Doc
from sandbox.netsuite.errors import Refused
from sandbox.netsuite.fields import REFERENCES, kind_of
from sandbox.netsuite.writing import TRANSFORMS

PATH = f"{BASE}/metadata-catalog"
_OPENAPI, _SCHEMA, _JSON = "application/swagger+json", "application/schema+json", "application/json"
_RESOURCE = "application/vnd.oracle.resource+json"
_NAMES = {name.lower(): name for name in TYPES}
_SIMPLE: dict[str, Doc] = {
    "number": {"type": "number", "format": "double"},
    "integer": {"type": "integer", "format": "int64"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
    "string": {"type": "string"},
}
_READ_ONLY = frozenset({"links", "createdDate", "lastModifiedDate", "total", "subtotal", "taxTotal", "status"})


async def catalog(request: Request) -> Response:
    """Every record type, or those that `select` names."""
    asked = request.query_params.get("select")
    names = [_known(name, request) for name in asked.split(",")] if asked else list(TYPES)
    accept = request.headers.get("accept", "")
    if _OPENAPI in accept:
        return _answer(_openapi(names, request), _OPENAPI)
    if _SCHEMA in accept:
        raise Refused(400, "INVALID_HEADER", "JSON Schema is told for one record type at a time.", header="Accept")
    url = f"https://{request.headers['host']}{PATH}"
    return _answer({"items": [_entry(name, url) for name in names]}, _JSON)


async def of_type(request: Request) -> Response:
    name = _known(request.path_params["kind"], request)
    accept = request.headers.get("accept", "")
    if _OPENAPI in accept:
        return _answer(_openapi([name], request), _OPENAPI)
    if _SCHEMA in accept:
        return _answer(_json_schema(name, f"https://{request.headers['host']}{PATH}"), _SCHEMA)
    return _answer(_entry(name, f"https://{request.headers['host']}{PATH}"), _JSON)


def _known(name: str, request: Request) -> str:
    known = _NAMES.get(name.lower())
    if known is None:
        sentence = "The request could not be understood by the server due to malformed syntax."
        raise Refused(400, "INVALID_REQUEST", sentence, url=request.url.path)
    return known


def _entry(name: str, url: str) -> Doc:
    here = f"{url}/{name}"
    links = [
        {"rel": "canonical", "href": here, "mediaType": _JSON},
        {"rel": "alternate", "href": here, "mediaType": _OPENAPI},
        {"rel": "alternate", "href": here, "mediaType": _SCHEMA},
        {"rel": "describes", "href": url.replace("/metadata-catalog", f"/{name}")},
    ]
    return {"name": name, "links": links}


def _openapi(names: list[str], request: Request) -> Doc:
    paths: Doc = {}
    schemas: Doc = {"nsLink": _LINK, "nsError": _ERROR, "nsResource": _REFERENCE}
    for name in names:
        entry = TYPES[name]
        schemas |= _schemas(
            entry, lambda kind: {"$ref": f"#/components/schemas/{kind if kind in names else 'nsResource'}"}
        )
        paths |= _paths(entry)
    return {
        "openapi": "3.0.1",
        "info": {"title": "Record service of a sandbox account", "version": "v1"},
        "servers": [{"url": f"https://{request.headers['host']}{BASE}"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _json_schema(name: str, url: str) -> Doc:
    schemas = _schemas(TYPES[name], lambda kind: {"$ref": f"{url}/{kind}"})
    own = schemas.pop(name)
    text = json.dumps(own | {"definitions": schemas})
    # Within one schema document the lines of sublists are definitions of its own.
    whole: Doc = json.loads(text.replace("#/components/schemas/", "#/definitions/"))
    whole["definitions"] |= {"nsLink": _LINK, "nsResource": _REFERENCE}
    return whole | {"$schema": "https://json-schema.org/draft-06/hyper-schema#"}


def _schemas(entry: RecordType, points_at: Any) -> Doc:
    """The record, and per sublist its page and its line. `points_at` gives the schema of a record pointed at."""
    found: Doc = {}
    properties: Doc = {}
    for field in sorted(entry.fields):
        if field in entry.sublists:
            page, line = f"{entry.name}-{field}Collection", f"{entry.name}-{field}Element"
            properties[field] = {"$ref": f"#/components/schemas/{page}"}
            found[page] = _page(line)
            known = {name: _property(name, points_at) for name in sorted(entry.sublists[field])}
            found[line] = {"type": "object", "properties": known}
        else:
            properties[field] = _property(field, points_at)
    return {entry.name: {"type": "object", "properties": properties, "x-ns-filterable": _filterable(entry)}} | found


def _filterable(entry: RecordType) -> list[str]:
    return sorted(name for name in entry.fields if name not in entry.sublists and name != "links")


def _property(field: str, points_at: Any) -> Doc:
    kind = kind_of(field)
    if field == "links":
        return {"type": "array", "items": {"$ref": "#/components/schemas/nsLink"}, "readOnly": True}
    if kind == "reference":
        kinds = REFERENCES[field]
        found: Doc = points_at(kinds[0]) if len(kinds) == 1 else {"$ref": "#/components/schemas/nsResource"}
        return found
    if kind == "enum":
        return dict(_REFERENCE)
    simple = dict(_SIMPLE.get(kind, _SIMPLE["string"]))
    if field.startswith("cust"):
        simple["x-ns-custom-field"] = True
    return simple | ({"readOnly": True} if field in _READ_ONLY else {"nullable": True})


def _page(line: str) -> Doc:
    return {
        "type": "object",
        "properties": {
            "count": _SIMPLE["integer"], "hasMore": _SIMPLE["boolean"], "offset": _SIMPLE["integer"],
            "totalResults": _SIMPLE["integer"],
            "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{line}"}},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/nsLink"}},
        },
    }  # fmt: skip


def _paths(entry: RecordType) -> Doc:
    name = entry.name
    one = f"/{name}/{{id}}"
    read, write = [*_query("expandSubResources", "fields", "simpleEnumFormat")], [*_headers(), *_query("replace")]
    collection = {"get": _operation(entry, "List", _query("q", "limit", "offset"), "200")}
    instance = {"get": _operation(entry, "Read", [_ID, *read], "200")}
    if entry.writable:
        collection["post"] = _operation(entry, "Create", write, "204", body=True)
        changing = [_ID, *write, *_query("replaceSelectedFields")]
        instance["patch"] = _operation(entry, "Change", changing, "204", body=True)
        instance["put"] = _operation(entry, "Create or change", changing, "204", body=True)
        instance["delete"] = _operation(entry, "Remove", [_ID], "204")
    paths: Doc = {f"/{name}": collection, one: instance}
    for source, target in TRANSFORMS:
        if source == name:
            act = _operation(TYPES[target], f"Transform {name} to", [_ID, *write], "204", body=True)
            paths[f"{one}/!transform/{target}"] = {"post": act}
    return paths


def _operation(entry: RecordType, what: str, parameters: list[Doc], status: str, *, body: bool = False) -> Doc:
    schema = {"schema": {"$ref": f"#/components/schemas/{entry.name}"}}
    shown = {"content": {f"{_RESOURCE}; type=singular": schema}} if status == "200" and what == "Read" else {}
    answer: Doc = {"description": "Done." if status == "204" else "Found."} | shown
    refused = {f"{_RESOURCE}; type=error": {"schema": {"$ref": "#/components/schemas/nsError"}}}
    operation: Doc = {
        "tags": [entry.name], "summary": f"{what} {entry.name}.", "parameters": parameters,
        "responses": {status: answer, "default": {"description": "Refused.", "content": refused}},
    }  # fmt: skip
    if body:
        operation["requestBody"] = {"content": {f"{_RESOURCE}; type=singular": schema}}
    return operation


def _query(*names: str) -> list[Doc]:
    kinds = {"limit": "integer", "offset": "integer", "expandSubResources": "boolean", "simpleEnumFormat": "boolean"}
    return [{"name": name, "in": "query", "schema": {"type": kinds.get(name, "string")}} for name in names]


def _headers() -> list[Doc]:
    levels = {"type": "string", "enum": ["Error", "Warning", "Ignore"]}
    return [
        {"name": f"X-NetSuite-Property{part}Validation", "in": "header", "schema": levels | {"default": default}}
        for part, default in (("Name", "Warning"), ("Value", "Error"))
    ]


def _answer(body: Doc, media: str) -> Response:
    return Response(json.dumps(body), media_type=media)


_ID: Doc = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_LINK: Doc = {"type": "object", "properties": {"rel": {"type": "string"}, "href": {"type": "string"}}}
_REFERENCE: Doc = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "externalId", "refName")},
}
_ERROR: Doc = {
    "type": "object",
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "o:errorDetails": {"type": "array", "items": {"type": "object", "properties": {
            name: {"type": "string"} for name in (
                "detail", "o:errorCode", "o:errorPath", "o:errorHeader", "o:errorQueryParam", "o:errorUrl",
            )
        }}},
    },
}  # fmt: skip
