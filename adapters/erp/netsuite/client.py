"""SuiteTalk REST as we use it: records by id or external id, transforms, SuiteQL; every refusal in our errors."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from adapters.erp.netsuite import login, numbers
from adapters.erp.netsuite.refusals import LoginRefused, NotThere, refusal
from adapters.erp.netsuite.settings import NetSuiteSettings
from adapters.errors import Permanent, Retryable, excerpt
from adapters.http import Call, Wire, transport

VENDOR = "netsuite"
_RECORD = "/services/rest/record/v1"
_QUERY = "/services/rest/query/v1/suiteql"
_LIMITS = "/services/rest/system/v1/governanceLimits"
_PAGE = 1000
_CREATE_FORM = "application/vnd.oracle.resource+json; type=create-form"
# Without Error, NetSuite leaves out misspelt fields in silence and answers success.
_STRICT = {"X-NetSuite-PropertyNameValidation": "Error", "X-NetSuite-PropertyValueValidation": "Error"}

Record = dict[str, Any]


class NetSuiteClient:
    """One account. At most `concurrency` requests at a time: the account's limit is shared with its other users."""

    def __init__(self, settings: NetSuiteSettings) -> None:
        self._names, self._base = settings.names, settings.base_url.rstrip("/")
        self._http = transport(settings.ca_file)
        self._wire = Wire(VENDOR, self._http)
        self._login = login.of(settings, self._wire)
        self._room = asyncio.Semaphore(settings.concurrency)

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, kind: str, ref: str) -> Record:
        """The whole record with its sublists; `ref` is an internal id or `eid:...`. Raises NotThere."""
        query = {"expandSubResources": "true"}
        return await self._answered(f"GET {kind}", "GET", f"{_RECORD}/{kind}/{_ref(ref)}", query=query, repeatable=True)

    async def find(self, kind: str, key: str) -> Record | None:
        """By external id; None when there is none."""
        try:
            return await self.get(kind, f"eid:{key}")
        except NotThere:
            return None

    async def create(self, kind: str, body: Record) -> str:
        """Answers the new record's id. Raises AlreadyThere for a taken external id."""
        answer = await self._send(f"POST {kind}", "POST", f"{_RECORD}/{kind}", body=body)
        return _located(answer)

    async def transform(self, source: str, ref: str, target: str, body: Record) -> str:
        """Only the lines the body names are taken (`replace`). Answers the new record's id."""
        path = f"{_RECORD}/{source}/{_ref(ref)}/!transform/{target}"
        answer = await self._send(f"{source}->{target}", "POST", path, body=body, query={"replace": "item"})
        return _located(answer)

    async def form(self, source: str, ref: str, target: str, body: Record) -> Record:
        """What the transform would make, computed by NetSuite and not saved."""
        path = f"{_RECORD}/{source}/{_ref(ref)}/!transform/{target}"
        return await self._answered(
            f"form {source}->{target}", "POST", path, body=body, repeatable=True,
            query={"replace": "item", "expandSubResources": "true"}, accept=_CREATE_FORM,
        )  # fmt: skip

    async def patch(self, kind: str, ref: str, body: Record) -> None:
        await self._send(f"PATCH {kind}", "PATCH", f"{_RECORD}/{kind}/{_ref(ref)}", body=body, repeatable=True)

    async def delete(self, kind: str, ref: str) -> None:
        """Raises NotThere."""
        await self._send(f"DELETE {kind}", "DELETE", f"{_RECORD}/{kind}/{_ref(ref)}", repeatable=True)

    async def query(self, text: str, *params: str) -> list[dict[str, str]]:
        """Every row of a SuiteQL query. Values are strings; columns without a value are missing from their row."""
        rows: list[dict[str, str]] = []
        while True:
            page = await self._rows(text, params, _PAGE, len(rows))
            rows += page["items"]
            if not page["hasMore"]:
                return rows

    async def first(self, text: str, *params: str) -> dict[str, str] | None:
        """The first row of a SuiteQL query, however many there are."""
        rows: list[dict[str, str]] = (await self._rows(text, params, 1, 0))["items"]
        return rows[0] if rows else None

    async def limits(self) -> Record | None:
        """How many requests the account takes at once; None where the role may not know. Raises what a refused login
        is, and nothing else that is Permanent."""
        name = "governanceLimits"
        try:
            return await self._answered(name, "GET", _LIMITS, repeatable=True)
        except Permanent as refused:
            if isinstance(refused, LoginRefused) or refused.call != name:
                raise
            return None

    async def seen(self, kind: str) -> Record:
        """The first entry of a record type's list. Raises Permanent where the role may not see the type."""
        query = {"limit": "1"}
        return await self._answered(f"LIST {kind}", "GET", f"{_RECORD}/{kind}", query=query, repeatable=True)

    async def blank(self, kind: str) -> Record:
        """The form of a new record, not saved. Raises Permanent where the role may not make one."""
        return await self._answered(
            f"form {kind}", "POST", f"{_RECORD}/{kind}", body={}, repeatable=True, accept=_CREATE_FORM
        )

    async def _rows(self, text: str, params: tuple[str, ...], limit: int, offset: int) -> Record:
        page = await self._answered(
            "suiteql", "POST", _QUERY, body={"q": text, "params": list(params)}, repeatable=True,
            query={"limit": str(limit), "offset": str(offset)}, prefer="transient",
        )  # fmt: skip
        if not isinstance(page.get("items"), list) or "hasMore" not in page:
            raise Retryable(VENDOR, "suiteql", "answer is not a page of rows")
        return page

    async def _answered(self, name: str, method: str, path: str, **more: Any) -> Record:
        answer = await self._send(name, method, path, **more)
        try:
            body = numbers.read(answer.text)
        except ValueError as error:
            raise Retryable(VENDOR, name, f"answer is not JSON: {excerpt(answer.text)}") from error
        if not isinstance(body, dict):
            raise Retryable(VENDOR, name, "answer is not a record")
        return body

    async def _send(
        self, name: str, method: str, path: str, *, body: Record | None = None, query: dict[str, str] | None = None,
        accept: str = "", prefer: str = "", repeatable: bool = False,
    ) -> httpx.Response:  # fmt: skip
        url = self._base + path + (f"?{urlencode(query)}" if query else "")
        headers = dict(_STRICT)
        if body is not None:
            headers["Content-Type"] = "application/json"
        headers |= {key: value for key, value in (("Accept", accept), ("Prefer", prefer)) if value}

        def judge(answer: httpx.Response) -> None:
            error = refusal(VENDOR, name, answer, self._names, repeatable=repeatable)
            if error is not None:
                raise error

        content = None if body is None else numbers.write(body).encode()
        refused = ""
        for last in (False, True):
            try:
                async with self._room:
                    headers["Authorization"] = await self._login.header(method, url, refused)
                    return await self._wire.send(
                        Call(name, method, url, repeatable, headers, content=content, judge=judge)
                    )
            except LoginRefused:
                if last:
                    raise
                refused = headers["Authorization"]
        raise AssertionError("the second refusal is raised above")


def _located(answer: httpx.Response) -> str:
    """The id at the end of the Location header of a 204."""
    return str(answer.headers.get("location", "")).rstrip("/").rpartition("/")[2]


def _ref(ref: str) -> str:
    return quote(ref, safe=":")
