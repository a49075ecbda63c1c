"""Asynchronous requests: with `Prefer: respond-async` a request becomes a job, whose result is read later."""

import base64
import uuid
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.netsuite import render
from sandbox.netsuite.asking import answer, no_such
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.door import Reply, reply_of
from sandbox.netsuite.errors import Refused

PATH = "/services/rest/async/v1/job"
_RECORDS = "/services/rest/record/v1/"
_KIND, _HOLD = "netsuite.job", ("netsuite.jobs", "held")
_KEY = "x-netsuite-idempotency-key"
# Who may come in was settled at the door; nobody's token is kept.
_LEFT_OUT = ("prefer", "authorization")


class Jobs:
    """A job runs at once, before its 202 is sent, unless jobs are held at the control server. It has one task.

    The idempotency key counts for asynchronous requests only; a synchronous one that carries it is simply done again.
    """

    def __init__(self, desk: Desk, service: ASGIApp) -> None:
        self._desk, self._service = desk, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The record service with the asynchronous way in front of it."""
        request = Request(scope, receive)
        wanted = "respond-async" in request.headers.get("prefer", "").lower()
        if not wanted or not request.url.path.startswith(_RECORDS):
            await self._service(scope, receive, send)
            return
        try:
            response = await self._accepted(request)
        except Refused as refused:
            response = refused.response()
        await response(scope, receive, send)

    async def hold(self, held: bool) -> Doc:
        """Keep jobs pending, or let all go that were kept."""
        self._desk.books.put(*_HOLD, {"held": held})
        for job in self._desk.books.all(_KIND) if not held else []:
            if not job["completed"]:
                await self._run(job)
        return {"held": held}

    async def job(self, request: Request) -> Response:
        job = self._need(request)
        url = self._url(request, job)
        body = {
            "links": [render.link(url)], "completed": job["completed"], "id": job["id"], "progress": job["progress"],
            "task": {"links": [render.link(f"{url}/task")]},
        }  # fmt: skip
        return answer(body, "singular")

    async def tasks(self, request: Request) -> Response:
        url = f"{self._url(request, self._need(request))}/task"
        items = [{"links": [render.link(f"{url}/1")], "id": "1"}]
        return answer(render.page([render.link(url)], items, 0, 1), "collection")

    async def task(self, request: Request) -> Response:
        job = self._need(request)
        url = f"{self._url(request, job)}/task/1"
        body: Doc = {"links": [{"rel": "related", "href": f"{url}/result"}, render.link(url)]}
        body |= {"completed": job["completed"], "id": "1", "progress": job["progress"]}
        body |= {name: job[name] for name in ("startTime", "endTime") if job.get(name)}
        return answer(body, "singular")

    async def result(self, request: Request) -> Response:
        """What the request would have been answered at once."""
        job = self._need(request)
        if not job["completed"]:
            raise no_such(request)
        headers = [(str(name), str(value)) for name, value in job["headers"]]
        return Reply(job["status"], headers, base64.b64decode(job["body"])).response()

    async def _accepted(self, request: Request) -> Response:
        key = request.headers.get(_KEY)
        if key is not None:
            try:
                uuid.UUID(key)
            except ValueError:
                raise Refused(
                    400, "INVALID_HEADER", "The idempotency key must be a UUID.", header="X-NetSuite-Idempotency-Key"
                ) from None
            for known in self._desk.books.find(_KIND, key=key.lower()):
                raise _known_already(known)
        job: Doc = {
            "id": str(self._desk.books.next_number(_KIND, 1)), "key": key.lower() if key else None,
            "method": request.method, "path": request.scope.get("raw_path", b"").decode("latin-1") or request.url.path,
            "query": request.url.query, "completed": False, "progress": "pending",
            "asked": [[name, value] for name, value in request.headers.items() if name not in _LEFT_OUT],
            "sent": base64.b64encode(await request.body()).decode(),
        }  # fmt: skip
        self._desk.books.put(_KIND, job["id"], job)
        if not (self._desk.books.get(*_HOLD) or {"held": False})["held"]:
            await self._run(job)
        return Response(
            status_code=202,
            headers={"Location": f"{PATH}/{job['id']}", "Preference-Applied": "respond-async"},
            media_type="application/json",
        )

    async def _run(self, job: Doc) -> None:
        began = self._desk.stamp()
        path = job["path"].partition("?")[0]
        scope: Scope = {
            "type": "http", "http_version": "1.1", "scheme": "https", "method": job["method"], "root_path": "",
            "path": unquote(path), "raw_path": path.encode("latin-1"), "query_string": job["query"].encode("latin-1"),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in job["asked"]],
        }  # fmt: skip
        reply = await reply_of(self._service, scope, base64.b64decode(job["sent"]))
        self._desk.books.put(_KIND, job["id"], job | {
            "completed": True, "progress": "succeeded" if reply.status < 400 else "failed",
            "startTime": began, "endTime": self._desk.stamp(), "status": reply.status,
            "headers": reply.headers, "body": base64.b64encode(reply.body).decode(),
        })  # fmt: skip

    def _need(self, request: Request) -> Doc:
        job = self._desk.books.get(_KIND, request.path_params["job"])
        if job is None or request.path_params.get("task", "1") != "1":
            raise no_such(request)
        return job

    def _url(self, request: Request, job: Doc) -> str:
        return f"https://{request.headers['host']}{PATH}/{job['id']}"


def _known_already(job: Doc) -> Refused:
    refused = Refused(
        400,
        "IDEMPOTENCY_ERROR",
        "A request with the same idempotency key was submitted before. The Location header leads to its job.",
    )
    refused.title = "Conflict"
    refused.headers |= {"Location": f"{PATH}/{job['id']}", "Preference-Applied": "respond-async"}
    return refused
