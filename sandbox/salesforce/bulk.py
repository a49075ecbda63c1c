"""Bulk API 2.0 jobs: created, fed with CSV, worked off when their time has come, their results kept for seven days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce import bulk_csv
from sandbox.salesforce.bulk_ingest import OPERATIONS, work_off
from sandbox.salesforce.errors import Refusal, not_found
from sandbox.salesforce.ids import USER_ID, canonical, make
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records, known_type
from sandbox.salesforce.reply import Ask, Reply
from sandbox.salesforce.rows import document
from sandbox.salesforce.soql import Selection
from sandbox.salesforce.values import timestamp
from sandbox.world import World

_KIND, _DATA = "salesforce.job", "salesforce.jobdata"
_KEPT = timedelta(days=7)
_RESULTS = {
    "successfulresults": "successful",
    "failedresults": "failed",
    "unprocessedrecords": "unprocessed",
}
_QUERY_OPERATIONS = ("query", "queryAll")
_MOST_RECORDS = 50_000
Job = dict[str, Any]


class Bulk:
    def __init__(self, world: World, org: Org) -> None:
        self._world, self._org, self._records = world, org, Records(world, org)

    def answer(self, ask: Ask, version: str, steps: list[str]) -> Reply:
        """`steps` is the path after jobs/."""
        kind = steps[0]
        if kind not in ("ingest", "query"):
            raise not_found()
        if len(steps) == 1:
            if ask.method == "POST":
                return self._create(kind, version, document(ask.body), ask.client)
            jobs = [self._shown(job) for job in self._world.books.all(_KIND) if job["kind"] == kind]
            return Reply(200, {"done": True, "nextRecordsUrl": None, "records": jobs})
        job = self._world.books.get(_KIND, canonical(steps[1]) or "")
        if job is None or job["kind"] != kind:
            raise not_found()
        if len(steps) == 2:
            return self._job(job, ask)
        if kind == "ingest" and steps[2] == "batches" and ask.method == "PUT":
            return self._upload(job, ask.body)
        if ask.method == "GET" and len(steps) == 3:
            return self._results(job, steps[2].lower(), ask.query)
        raise not_found()

    def catch_up(self) -> None:
        """Work off what is due: a job takes `bulk_seconds` of the org's settings, half of them waiting."""
        for state in ("UploadComplete", "InProgress"):
            for job in self._world.books.find(_KIND, state=state):
                age = (self._world.clock.now() - datetime.fromisoformat(job["begun"])).total_seconds()
                takes = float(self._org.settings()["bulk_seconds"])
                if age >= takes:
                    self._finish(job)
                elif age >= takes / 2 and state == "UploadComplete":
                    self._put(job | {"state": "InProgress"})

    def _create(self, kind: str, version: str, body: dict[str, Any], client: str | None) -> Reply:
        operation = str(body.get("operation") or "")
        if operation not in (OPERATIONS if kind == "ingest" else _QUERY_OPERATIONS):
            raise Refusal("INVALIDOPERATION" if operation else "INVALIDJOB", f"Invalid operation: {operation}")
        job: Job = {
            "kind": kind,
            "operation": operation,
            "apiVersion": float(version[1:]),
            "client": client,
            "columnDelimiter": bulk_csv.known(bulk_csv.DELIMITERS, body.get("columnDelimiter"), "COMMA"),
            "lineEnding": bulk_csv.known(bulk_csv.LINE_ENDINGS, body.get("lineEnding"), "LF"),
        }
        if str(body.get("contentType") or "CSV") != "CSV":
            raise Refusal("INVALIDJOB", "Unsupported content type. Only CSV is supported.")
        if kind == "query":
            selection = Selection(self._records, str(body.get("query") or ""))
            job |= {"object": selection.of.name, "query": str(body["query"]), "state": "UploadComplete"}
            job["begun"] = self._world.clock.now().isoformat()
        else:
            of = known_type(self._records, str(body.get("object") or ""))
            job |= {"object": of.name, "state": "Open"}
            if operation == "upsert":
                key = str(body.get("externalIdFieldName") or "")
                field = of.field(key)
                if field is None or not (field.external_id or field.name == "Id"):
                    message = f"Field name provided, {key} does not match an External ID for {of.name}"
                    raise Refusal("INVALIDJOB", message)
                job["externalIdFieldName"] = field.name
        number = self._world.books.next_number(_KIND)
        job |= {"id": make("750", number), "opened": timestamp(self._world.clock.now())}
        self._put(job)
        return Reply(200, self._shown(job))

    def _job(self, job: Job, ask: Ask) -> Reply:
        if ask.method == "GET":
            return Reply(200, self._shown(job))
        if ask.method == "PATCH":
            return self._move(job, str(document(ask.body).get("state")))
        if ask.method == "DELETE":
            if job["state"] in ("Open", "InProgress") or (job["state"] == "UploadComplete" and job["kind"] == "ingest"):
                raise Refusal("INVALIDJOBSTATE", "Job must be in a state of JobComplete, Aborted or Failed to delete.")
            self._forget(job)
            return Reply(204)
        raise Refusal("METHOD_NOT_ALLOWED", "HTTP Method not allowed for this resource", status=405)

    def _move(self, job: Job, state: str) -> Reply:
        if state == "Aborted" and job["state"] in ("Open", "UploadComplete", "InProgress"):
            job = job | {"state": "Aborted"}
        elif state == "UploadComplete" and job["kind"] == "ingest" and job["state"] == "Open":
            if self._world.books.get(_DATA, job["id"]) is None:
                raise Refusal("INVALIDJOBSTATE", "No data was uploaded for this job.")
            job = job | {"state": "UploadComplete", "begun": self._world.clock.now().isoformat()}
        else:
            raise Refusal("INVALIDJOBSTATE", f"Job is {job['state']} and cannot become {state}.")
        self._put(job)
        return Reply(200, self._shown(job))

    def _upload(self, job: Job, body: Any) -> Reply:
        if not isinstance(body, str):
            raise Refusal("INVALIDCONTENTTYPE", "The content of a job must be sent as text/csv.")
        if job["state"] != "Open" or self._world.books.get(_DATA, job["id"]) is not None:
            message = f"Found multiple contents for job: <{job['id']}>, please 'Close' / 'Abort' / 'Delete' it first"
            raise Refusal("INVALIDJOBSTATE", message)
        self._world.books.put(_DATA, job["id"], {"csv": body})
        return Reply(201)

    def _finish(self, job: Job) -> None:
        if job["kind"] == "query":
            chosen = Selection(self._records, job["query"])
            if chosen.query.count or chosen.is_grouped or chosen.query.children:
                message = "COUNT(), groups and child queries are not supported in a bulk query"
                self._put(job | {"state": "Failed", "errorMessage": message})
                return
            found = chosen.find(deleted_too=job["operation"] == "queryAll")
            rows = [[bulk_csv.cell(chosen.value(row, path)) for path in chosen.query.paths] for row in found]
            self._world.books.put(_DATA, job["id"], {"header": chosen.query.paths, "rows": rows})
            self._put(job | {"state": "JobComplete", "numberRecordsProcessed": len(rows)})
            return
        data = self._world.books.get(_DATA, job["id"]) or {"csv": ""}
        with self._org.changes.made_by("bulkapi", str(job["apiVersion"]), job["client"]):
            outcome = work_off(self._records, job, str(data["csv"]))
        self._world.books.put(_DATA, job["id"], dict(data) | outcome.tables)
        self._put(job | outcome.figures)

    def _results(self, job: Job, name: str, query: dict[str, str]) -> Reply:
        if name not in (("results",) if job["kind"] == "query" else _RESULTS):
            raise not_found()
        data = self._world.books.get(_DATA, job["id"]) or {}
        if job["kind"] == "ingest":
            header, rows = data.get(_RESULTS[name]) or ([], [])
            return Reply(200, bulk_csv.written(job, header, rows), media="text/csv")
        if job["state"] != "JobComplete":
            raise Refusal("INVALIDJOBSTATE", "Job is not complete.")
        start = int(query["locator"]) if query.get("locator", "").isdigit() else 0
        size = int(query["maxRecords"]) if query.get("maxRecords", "").isdigit() else _MOST_RECORDS
        page = data["rows"][start : start + size]
        more = start + size < len(data["rows"])
        headers = {"Sforce-Locator": str(start + size) if more else "null", "Sforce-NumberOfRecords": str(len(page))}
        return Reply(200, bulk_csv.written(job, data["header"], page), headers, "text/csv")

    def _shown(self, job: Job) -> dict[str, Any]:
        """What the job resource tells; times and counts as the platform writes them."""
        ours = ("kind", "query", "begun", "opened", "client")
        shown = {name: value for name, value in job.items() if name not in ours}
        shown |= {
            "createdById": USER_ID,
            "createdDate": job["opened"],
            "systemModstamp": job["opened"],
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "jobType": "V2Ingest" if job["kind"] == "ingest" else "V2Query",
        }
        if job["kind"] == "ingest" and job["state"] == "Open":
            shown["contentUrl"] = f"services/data/v{job['apiVersion']}/jobs/ingest/{job['id']}/batches"
        counts = ("numberRecordsProcessed", "numberRecordsFailed") if job["kind"] == "ingest" else ()
        return dict.fromkeys(counts, 0) | {"retries": 0, "totalProcessingTime": 0} | shown

    def _put(self, job: Job) -> None:
        self._world.books.put(_KIND, job["id"], job)
        for old in self._world.books.all(_KIND):
            if self._world.clock.now() - datetime.fromisoformat(old["opened"]) > _KEPT:
                self._forget(old)

    def _forget(self, job: Job) -> None:
        self._world.books.delete(_KIND, job["id"])
        self._world.books.delete(_DATA, job["id"])
