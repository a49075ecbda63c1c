"""The account's RESTlets: one script of its own, which reads a record or runs a query; and who a token belongs to."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.netsuite import preferences, render
from sandbox.netsuite.asking import BASE
from sandbox.netsuite.bodies import hidden_without
from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import Refused
from sandbox.netsuite.suiteql.run import run

PATH, TOKEN_INFO = "/app/site/hosting/restlet.nl", "/rest/tokeninfo"
_SCRIPTS, _DEPLOYMENTS = ("1", "customscript_lookup"), ("1", "customdeploy_lookup")


class Restlets:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def restlet(self, request: Request) -> Response:
        """GET reads `recordtype` and `id`; POST runs {"query", "params"} as SuiteQL and answers all rows."""
        query = request.query_params
        if query.get("script") not in _SCRIPTS:
            return _failed("SSS_INVALID_SCRIPTLET_ID", "That script is invalid or has been removed: script=1 is there.")
        if query.get("deploy") not in _DEPLOYMENTS:
            return _failed("SSS_INVALID_DEPLOYMENT_ID", "That deployment is invalid: deploy=1 is there.")
        if request.method == "GET":
            return self._answered(lambda: self._record(query.get("recordtype", ""), query.get("id", "")))
        if request.method == "POST":
            raw = await request.body()
            return self._answered(lambda: self._rows(raw))
        return _failed("SSS_INVALID_SCRIPT_METHOD", f"The script has no function for {request.method}.", 405)

    async def token_info(self, request: Request) -> Response:
        account = self._desk.world.credentials.netsuite.account
        return JSONResponse({
            "companyId": account, "roleId": "1001", "roleName": "Integration", "entityId": "1", "applicationName":
            "Sandbox",
        })  # fmt: skip

    def _answered(self, act: Callable[[], Any]) -> Response:
        try:
            return JSONResponse(act())
        except Refused as refused:
            return error(refused)

    def _record(self, kind: str, ref: str) -> Doc:
        found = next((name for name in TYPES if name.lower() == kind.lower()), None)
        if found is None:
            raise Refused(400, "INVALID_RCRD_TYPE", f"The record type {kind!r} is invalid.")
        doc = self._desk.find(found, ref)
        if doc is None:
            raise Refused(400, "RCRD_DSNT_EXIST", "That record does not exist.")
        hidden = hidden_without(preferences.on(self._desk, "suite_tax"))
        return render.record(doc, render.View(base=BASE, expand=True, hidden=hidden))

    def _rows(self, raw: bytes) -> list[dict[str, str]]:
        try:
            body = json.loads(raw)
            query, params = str(body["query"]), [str(value) for value in body.get("params", [])]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refused(400, "SSS_MISSING_REQD_ARGUMENT", "The script needs a query.") from None
        return run(self._desk, query, params)


def is_own(path: str) -> bool:
    return path == PATH


def error(refused: Refused) -> Response:
    """RESTlets have an error body of their own."""
    answer = _failed(refused.code, refused.detail, refused.status)
    answer.headers.update(refused.headers)
    return answer


def too_many() -> Response:
    """The limit is the account's; a RESTlet tells it as a bad request, not as 429."""
    return _failed("SSS_REQUEST_LIMIT_EXCEEDED", "The maximum number of concurrent requests has been exceeded.")


def _failed(code: str, message: str, status: int = 400) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
