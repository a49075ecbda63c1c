"""Many returns at once through Bulk API 2.0: customers by the same code as a publish, then one job of records, then one
of lines, ordered by parent.

A job that ended green may have refused every row: successes, failures and unprocessed rows are all read, and found by
their keys, never by their place. Whatever may go through on another try (a lock, a row the job never came to, a row the
org has newer by now) is published the ordinary way, which looks first.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from adapters.crm.port import Forecast, Projection, Published
from adapters.crm.salesforce.crm import SalesforceCrm
from adapters.crm.salesforce.org import Row
from adapters.crm.salesforce.records import KEY, LINE_KEY, OBJECTS, VERSION, Known
from adapters.crm.salesforce.refusals import is_stale, lost_race, of_item
from adapters.crm.salesforce.session import VENDOR
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.errors import Permanent, Retryable, VendorError, excerpt

Keep = Callable[[str], Awaitable[None]]
# So many returns in one pair of jobs: their result tables stay far below what an answer may hold.
MOST = 2000
_LINES = "ReturnOrderLineItem"
_OVER = frozenset({"JobComplete", "Failed", "Aborted"})
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 1.0, 30.0, 1.6
# Of a job: create, upload, close, look twice, read three tables.
_CALLS_OF_JOB = 8
# Guesses for the forecast: an org's own pace is not told before it has worked.
_SECONDS_OF_JOB, _SECONDS_OF_CALL, _ROWS_A_SECOND = 20.0, 0.3, 100
_QUERIES, _VALUES, _RECORDS = 5, 200, 200


@dataclass(frozen=True, slots=True)
class _Worked:
    """A job that is over: what became of its rows, each row by its key. Those in neither were never come to."""

    good: Mapping[str, Row]
    bad: Mapping[str, Row]
    failed: str


class SalesforceBulk:
    """Implements adapters.crm.port.Bulk. `first_pause` in seconds before a job is looked at again."""

    def __init__(self, settings: SalesforceSettings, crm: SalesforceCrm, first_pause: float = _FIRST_PAUSE) -> None:
        self._settings, self._crm, self._org = settings, crm, crm.org
        self._object, self._first_pause = OBJECTS[settings.profile], first_pause

    async def forecast(self, returns: int, lines: int) -> Forecast:
        with_lines = self._settings.profile == "return_order"
        loads = [min(MOST, returns - at) for at in range(0, returns, MOST)]
        jobs = len(loads) * (2 if with_lines else 1)
        # Looked up: the return, its customer, its order; with lines also the goods and the lines.
        kinds = 2 if self._settings.profile == "case" else 3
        calls = jobs * _CALLS_OF_JOB
        for many in loads:
            mine = ceil(lines * many / max(returns, 1)) if with_lines else 0
            queries = kinds * ceil(many / _VALUES) + 2 * ceil(mine / _VALUES)
            # In the worst case every customer is new: an account and a contact each.
            calls += ceil(queries / _QUERIES) + 2 * ceil(many / _RECORDS)
        seconds = jobs * _SECONDS_OF_JOB + calls * _SECONDS_OF_CALL + (returns + lines) / _ROWS_A_SECOND
        told = (await self._org.get("limits", "limits")).get("DailyApiRequests") or {}
        return Forecast(returns, calls, jobs, seconds, told.get("Max"), told.get("Remaining"))

    async def load(
        self, projections: Sequence[Projection], ticket: str, keep: Keep
    ) -> Mapping[str, Published | VendorError]:
        jobs: dict[str, str] = json.loads(ticket) if ticket else {}
        asked = {each.return_id: each for each in projections}
        known, settled = await self._crm.prepared(list(asked.values()))
        done: dict[str, Published | VendorError] = {key: _ours(value) for key, value in settled.items()}
        headers: list[Row] = []
        for key, each in asked.items():
            if key not in done:
                try:
                    headers.append(self._crm.header_row(each, known))
                except Permanent as error:
                    done[key] = error
        if not headers and "headers" not in jobs:
            return done
        worked = await self._job(self._object, KEY, headers, "headers", jobs, keep)
        self._judge(worked, asked, known, done)
        await self._load_lines(asked, known, settled.keys(), done, jobs, keep)
        again = [asked[key] for key in asked if key not in done or isinstance(done[key], Retryable)]
        answers = await asyncio.gather(*(self._crm.publish(each) for each in again), return_exceptions=True)
        for each, answer in zip(again, answers, strict=True):
            if isinstance(answer, asyncio.CancelledError):
                raise answer
            done[each.return_id] = answer if isinstance(answer, Published) else _ours(answer)
        return done

    def _judge(
        self,
        worked: _Worked,
        asked: Mapping[str, Projection],
        known: Known,
        done: dict[str, Published | VendorError],
    ) -> None:
        """What the job of records says. A resumed job tells of the versions it was given, which stand in its rows."""
        for key in asked:
            if key in worked.good:
                row = worked.good[key]
                shown = self._crm.written(asked[key], str(row["sf__Id"]), known)
                done[key] = replace(shown, version=int(row[VERSION]))
            elif key in worked.bad and not _to_look_at(worked.bad[key]):
                done[key] = of_item(f"load {key}", worked.bad[key])
            elif key not in worked.bad and key not in done and worked.failed:
                done[key] = Permanent(VENDOR, f"load {key}", worked.failed)

    async def _load_lines(
        self,
        asked: Mapping[str, Projection],
        known: Known,
        settled: Collection[str],
        done: dict[str, Published | VendorError],
        jobs: dict[str, str],
        keep: Keep,
    ) -> None:
        rows: list[Row] = []
        owners: dict[str, str] = {}
        # Rows with the same parent stand together, because they lock each other.
        for key in sorted(asked):
            shown = done.get(key)
            if not isinstance(shown, Published) or key in settled:
                continue
            for line, row in self._crm.line_rows(asked[key], shown.record, known):
                rows.append(row)
                owners[line] = key
        if not rows:
            return
        worked = await self._job(_LINES, LINE_KEY, rows, "lines", jobs, keep)
        for line, key in owners.items():
            if line in worked.good or (line in worked.bad and is_stale(worked.bad[line])):
                continue
            if line in worked.bad and not _to_look_at(worked.bad[line]):
                done[key] = of_item(f"load lines of {key}", worked.bad[line])
            elif line not in worked.bad and worked.failed:
                done[key] = Permanent(VENDOR, f"load lines of {key}", worked.failed)
            else:
                done[key] = Retryable(VENDOR, f"load lines of {key}", "the job did not settle it")

    async def _job(
        self, of: str, key: str, rows: Sequence[Row], stage: str, jobs: dict[str, str], keep: Keep
    ) -> _Worked:
        """A job from its file to its results; one that was begun before is only waited for."""
        if stage not in jobs:
            made = await self._org.create_job(of, key)
            await self._org.feed_job(made, _table(rows))
            jobs[stage] = made
            await keep(json.dumps(jobs))
        job = jobs[stage]
        told = await self._until_over(job)
        good = _by_key(key, await self._org.job_table(job, "successfulResults"))
        bad = _by_key(key, await self._org.job_table(job, "failedResults"))
        left = _by_key(key, await self._org.job_table(job, "unprocessedrecords"))
        for name, row in bad.items():
            bad[name] = row | {"errors": [_error(str(row.get("sf__Error") or ""))]}
        failed = ""
        if told["state"] != "JobComplete":
            failed = f"the job {told['state']}: {excerpt(str(told.get('errorMessage') or 'without a word'))}"
        elif left:
            bad |= {name: {"errors": [{"statusCode": "PROCESSING_HALTED", "message": "not come to"}]} for name in left}
        return _Worked(good, bad, failed)

    async def _until_over(self, job: str) -> Row:
        """Looked at ever less often, and often again when it begins to be worked at."""
        pause, state = self._first_pause, ""
        while True:
            told: Row = await self._org.get("look at job", f"jobs/ingest/{job}")
            if told["state"] in _OVER:
                return told
            pause = self._first_pause if told["state"] != state else min(pause * _GROWTH, _LONGEST_PAUSE)
            state = told["state"]
            await asyncio.sleep(pause)


def _to_look_at(item: Row) -> bool:
    """Another try may go through, or the org has a newer version."""
    return is_stale(item) or lost_race(item) or isinstance(of_item("load", item), Retryable)


def _ours(error: object) -> Published | VendorError:
    if isinstance(error, Published | VendorError):
        return error
    raise error if isinstance(error, BaseException) else TypeError(type(error).__name__)


def _table(rows: Sequence[Row]) -> str:
    """A blank cell would leave a field as it is, so what is to be emptied says #N/A; a field a row does not have stays
    blank."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row[name]) if name in row else "" for name in names] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return "#N/A"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _by_key(key: str, table: str) -> dict[str, Row]:
    rows: Iterable[Row] = csv.DictReader(io.StringIO(table))
    return {row[key]: row for row in rows if row.get(key)}


def _error(text: str) -> Row:
    """`CODE:sentence:fields --`, as a result table writes what a collection answers as an object."""
    code, _, rest = text.partition(":")
    message, _, fields = rest.rpartition(":")
    named = [name.strip() for name in fields.replace("--", "").split(",") if name.strip()]
    return {"statusCode": code, "message": message or rest, "fields": named}
