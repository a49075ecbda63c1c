"""SuiteTalk REST as we use it: records by id or external id, transforms, SuiteQL; every refusal in our errors."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from adapters.erp.netsuite import login, numbers
from adapters.erp.netsuite.settings import NetSuiteSettings
from adapters.errors import ClosedPeriod, Permanent, Retryable, VendorError, excerpt
from adapters.http import Call, Wire, transport

VENDOR = "netsuite"
_RECORD = "/services/rest/record/v1"
_QUERY = "/services/rest/query/v1/suiteql"
_PAGE = 1000
_CREATE_FORM = "application/vnd.oracle.resource+json; type=create-form"
# Without Error, NetSuite leaves out misspelt fields in silence and answers success.
_STRICT = {"X-NetSuite-PropertyNameValidation": "Error", "X-NetSuite-PropertyValueValidation": "Error"}

Record = dict[str, Any]


class NotThere(Permanent):
    """No record with that id."""


class AlreadyThere(Permanent):
    """The external id is taken: somebody, perhaps we ourselves, was there before."""


class _LoginRefused(Permanent):
    """401 for this header; a fresh token may do."""


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
            page = await self._answered(
                "suiteql", "POST", _QUERY, body={"q": text, "params": list(params)}, repeatable=True,
                query={"limit": str(_PAGE), "offset": str(len(rows))}, prefer="transient",
            )  # fmt: skip
            if not isinstance(page.get("items"), list) or "hasMore" not in page:
                raise Retryable(VENDOR, "suiteql", "answer is not a page of rows")
            rows += page["items"]
            if not page["hasMore"]:
                return rows

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
        for last in (False, True):
            try:
                async with self._room:
                    headers["Authorization"] = await self._login.header(method, url)
                    return await self._wire.send(Call(
                        name, method, url, repeatable, headers,
                        content=None if body is None else numbers.write(body).encode(),
                        judge=lambda answer: self._judge(name, answer),
                    ))  # fmt: skip
            except _LoginRefused:
                if last or not self._login.forget(headers["Authorization"]):
                    raise
        raise AssertionError("the second refusal is raised above")

    def _judge(self, name: str, answer: httpx.Response) -> None:
        if answer.status_code < 400 or answer.status_code >= 500:
            return
        code, detail = _error_of(answer)
        raise self._refusal(name, answer.status_code, code, excerpt(detail, 300))

    def _refusal(self, name: str, status: int, code: str, detail: str) -> VendorError:
        words = detail.lower()
        if status == 401:
            return _LoginRefused(VENDOR, name, "login refused: check the account's credentials and role", code)
        if status == 429:
            return Retryable(VENDOR, name, "the account's concurrency limit is reached", code)
        if status == 404:
            return NotThere(VENDOR, name, detail or "no such record", code)
        if any(part in words for part in self._names.closed_period):
            return ClosedPeriod(VENDOR, name, detail, code)
        if any(part in words for part in self._names.already_there):
            return AlreadyThere(VENDOR, name, detail, code)
        return Permanent(VENDOR, name, detail or f"HTTP {status}", code)


def _error_of(answer: httpx.Response) -> tuple[str, str]:
    """(code, sentence) of NetSuite's error body; of anything else, its status and beginning."""
    try:
        first = answer.json()["o:errorDetails"][0]
        return str(first.get("o:errorCode", "")), str(first.get("detail", ""))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return str(answer.status_code), answer.text


def _located(answer: httpx.Response) -> str:
    """The id at the end of the Location header of a 204."""
    return str(answer.headers.get("location", "")).rstrip("/").rpartition("/")[2]


def _ref(ref: str) -> str:
    return quote(ref, safe=":")
