"""One Salesforce org over its REST API: queries in composite calls, keyed upserts in collections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from simple_salesforce.format import format_soql

from adapters.crm.allowance import UNLIMITED, Allowance, family_of, paying
from adapters.crm.salesforce.refusals import SessionExpired, judge, of_body, trouble, usage
from adapters.crm.salesforce.session import VENDOR, Opened, Session
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.errors import Retryable
from adapters.http import Call, Wire, transport

Row = dict[str, Any]
T = TypeVar("T")
# Platform limits: records of one collection, queries or collections of one composite call; and a length of IN that
# keeps URLs short.
_RECORDS, _QUERIES, _VALUES = 200, 5, 200
_TABLE = {"Content-Type": "text/csv", "Accept": "text/csv"}


class Lookup:
    """A question for the rows of one object whose key is among some values, or whose id is among some ids;
    `deleted_too` finds those of the recycle bin as well."""

    def __init__(
        self, of: str, key: str, values: Sequence[str], fields: Sequence[str] = (), ids: Sequence[str] = (), *,
        deleted_too: bool = False,
    ) -> None:  # fmt: skip
        self.of, self.key, self.values = of, key, list(dict.fromkeys(values))
        self._ids = list(dict.fromkeys(ids))
        self.resource = _resource(deleted_too)
        self._fields = ", ".join(dict.fromkeys(("Id", key, *fields)))

    def queries(self) -> Iterator[str]:
        named = {"fields": self._fields, "of": self.of, "key": self.key}
        select = "SELECT {fields:literal} FROM {of:literal} WHERE "
        for some, ids in zip_longest(_chunks(self.values, _VALUES), _chunks(self._ids, _VALUES), fillvalue=()):
            chosen = {"{key:literal} IN {values}": list(some), "Id IN {ids}": list(ids)}
            where = " OR ".join(part for part, values in chosen.items() if values)
            yield str(format_soql(f"{select}{where}", **named, values=list(some), ids=list(ids)))


class Org:
    """Raises Retryable and Permanent only: everything here is a read or a write by key."""

    def __init__(self, settings: SalesforceSettings, allowance: Allowance = UNLIMITED) -> None:
        self._settings, self._allowance = settings, allowance
        self._session = Session(settings)
        self._wire = Wire(VENDOR, transport(settings.ca_file), self._calls_left)

    async def aclose(self) -> None:
        await self._wire.http.aclose()

    async def read(self, lookups: Sequence[Lookup]) -> list[list[Row]]:
        """The rows of each lookup; five queries travel in one composite call."""
        asked = [
            (at, f"{lookup.resource}?q={quote(query, safe='')}")
            for at, lookup in enumerate(lookups)
            for query in lookup.queries()
        ]
        found: list[list[Row]] = [[] for _ in lookups]
        for some in _chunks(asked, _QUERIES):
            for (at, _), rows in zip(some, await self._queries([path for _, path in some]), strict=True):
                found[at].extend(rows)
        return found

    async def upsert(self, of: str, key: str, records: Sequence[Row]) -> list[Row]:
        """One result per record, in order: {id, success, created} or {success: false, errors}."""
        results: list[Row] = []
        for some in _chunks(records, _RECORDS):
            body = {"allOrNone": False, "records": _typed(of, some)}
            answer = await self._ask(f"upsert {of}", "PATCH", f"composite/sobjects/{of}/{key}", body)
            if not isinstance(answer, list) or len(answer) != len(some):
                raise Retryable(VENDOR, f"upsert {of}", "the answer does not match the records sent")
            results.extend(answer)
        return results

    async def upsert_all(self, sets: Sequence[tuple[str, str, Sequence[Row]]]) -> list[list[Row]]:
        """The results of several upserts, (object, key, records) each, in as few composite calls as they fit."""
        asked = [
            (at, of, key, some) for at, (of, key, records) in enumerate(sets) for some in _chunks(records, _RECORDS)
        ]
        results: list[list[Row]] = [[] for _ in sets]
        for part in _chunks(asked, _QUERIES):
            entries = await self._composite(
                "upsert",
                [
                    ("PATCH", f"composite/sobjects/{of}/{key}", {"records": _typed(of, some)})
                    for _, of, key, some in part
                ],
            )
            for (at, _, _, some), entry in zip(part, entries, strict=True):
                answer = entry.get("body")
                if entry.get("httpStatusCode") != 200 or not isinstance(answer, list) or len(answer) != len(some):
                    raise of_body("upsert", answer) or Retryable(
                        VENDOR, "upsert", "the answer does not match the records"
                    )
                results[at].extend(answer)
        return results

    async def create_job(self, of: str, key: str) -> str:
        """An ingest job that upserts under a key; its id."""
        wanted = {"object": of, "operation": "upsert", "externalIdFieldName": key, "contentType": "CSV"}
        made = await self._ask("create job", "POST", "jobs/ingest", wanted | {"lineEnding": "LF"})
        return str(made["id"])

    async def feed_job(self, job: str, table: str) -> None:
        """The one upload a job takes, which also closes it: from here on the org works."""
        await self._ask("feed job", "PUT", f"jobs/ingest/{job}/batches", table, csv=True)
        await self._ask("close job", "PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"})

    async def job_table(self, job: str, which: str) -> str:
        """`which`: successfulResults, failedResults or unprocessedrecords."""
        return str(await self._ask("read job", "GET", f"jobs/ingest/{job}/{which}", None, csv=True))

    async def get(self, name: str, path: str) -> Any:
        """What stands at an address of the API, below its version; with a slash in front, below the org."""
        return await self._ask(name, "GET", path, None)

    async def query(self, name: str, query: str, *, deleted_too: bool = False) -> list[Row]:
        """All rows of one query: the org may tell fewer at once than were asked for, and where the others are."""
        path = f"{_resource(deleted_too)}?q={quote(query, safe='')}"
        found: list[Row] = []
        while path:
            answer = await self.get(name, path)
            if not isinstance(answer, dict) or not isinstance(answer.get("records"), list):
                raise Retryable(VENDOR, name, "the answer holds no rows")
            found.extend(answer["records"])
            path = str(answer.get("nextRecordsUrl") or "") if not answer.get("done", True) else ""
        return found

    async def session(self, stale: Opened | None = None) -> Opened:
        """The session of these calls, for what the org offers beside them; a new one for the `stale` one."""
        return await self._session.open(stale)

    async def _queries(self, paths: Sequence[str]) -> list[list[Row]]:
        return [_rows(entry) for entry in await self._composite("read", [("GET", path, None) for path in paths])]

    async def _composite(self, name: str, asked: Sequence[tuple[str, str, Row | None]]) -> list[Row]:
        """One entry per (method, path, body), in order. Each is done or fails on its own."""
        base = f"/services/data/v{self._settings.api_version}"
        requests = [
            {"method": method, "url": f"{base}/{path}", "referenceId": f"part{at}"} | ({"body": body} if body else {})
            for at, (method, path, body) in enumerate(asked)
        ]
        answer = await self._ask(name, "POST", "composite", {"allOrNone": False, "compositeRequest": requests})
        entries = answer.get("compositeResponse") if isinstance(answer, dict) else None
        if not isinstance(entries, list) or len(entries) != len(asked):
            raise Retryable(VENDOR, name, "the answer does not match what was asked")
        return entries

    async def _ask(self, name: str, method: str, path: str, body: Any, csv: bool = False) -> Any:
        """One call, in JSON or as the text of a table, paid from the org's allowance; a session that ended meanwhile is
        opened anew once, a second 401 is the caller's error."""
        family = family_of(reads=_reads(method, body), bulk=path.startswith("jobs/"))
        stale: Opened | None = None
        while True:
            async with paying(self._allowance, name, family, trouble):
                opened = await self._session.open(stale)
                try:
                    return await self._once(opened, name, method, path, body, csv)
                except SessionExpired as refused:
                    if stale is not None:
                        what = "a session just opened is refused; check the org's policies for sessions and addresses"
                        raise Retryable(VENDOR, name, what, refused.code) from None
                    stale = opened

    def _calls_left(self, answer: httpx.Response) -> dict[str, float]:
        told = usage(answer)
        if told is None:
            return {}
        used, most = told
        self._allowance.told(most - used, most)
        return {"calls": float(most - used)}

    async def _once(self, opened: Opened, name: str, method: str, path: str, body: Any, csv: bool) -> Any:
        below = path if path.startswith("/") else f"/services/data/v{self._settings.api_version}/{path}"
        call = Call(
            name=name,
            method=method,
            url=f"{opened.base}{below}",
            repeatable=True,
            headers={
                "Authorization": f"Bearer {opened.token}",
                "Sforce-Call-Options": f"client={self._settings.client_name}",
                **(_TABLE if csv else {}),
            },
            json=None if csv else body,
            content=body.encode() if csv and body is not None else None,
            judge=partial(judge, name),
        )
        answer = await self._wire.send(call)
        return answer.text if csv else self._wire.json_of(call, answer)


def _reads(method: str, body: Any) -> bool:
    """A composite call that only asks is a read, however it is sent."""
    parts = body.get("compositeRequest", ()) if isinstance(body, dict) else ()
    return method == "GET" or (bool(parts) and all(part["method"] == "GET" for part in parts))


def _resource(deleted_too: bool) -> str:
    return "queryAll" if deleted_too else "query"


def _typed(of: str, records: Sequence[Row]) -> list[Row]:
    return [{"attributes": {"type": of}, **record} for record in records]


def _rows(entry: Mapping[str, Any]) -> list[Row]:
    """The records of one query. Keys are unique and a query names at most 200, so there is never a second page."""
    body = entry.get("body")
    if entry.get("httpStatusCode") == 200 and isinstance(body, dict):
        return list(body.get("records") or ())
    raise of_body("read", body) or Retryable(VENDOR, "read", f"a query was answered {entry.get('httpStatusCode')}")


def _chunks(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    return (items[at : at + most] for at in range(0, len(items), most))
