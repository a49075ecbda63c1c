"""NetSuite's way to refuse: an RFC 7807-like body with `o:errorDetails`."""

import json
from typing import Any

from starlette.responses import Response

_RFC = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
_SECTIONS = {400: "#sec10.4.1", 401: "#sec10.4.2", 403: "#sec10.4.4", 404: "#sec10.4.5", 405: "#sec10.4.6"}
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


class Refused(Exception):
    """A request NetSuite turns down. `path`, `header` or `query` says which part of the request is meant."""

    def __init__(
        self, status: int, code: str, detail: str, *, path: str = "", header: str = "", query: str = ""
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.path, self.header, self.query = path, header, query

    def response(self) -> Response:
        detail: dict[str, Any] = {"detail": self.detail, "o:errorCode": self.code}
        for name, value in (("Path", self.path), ("Header", self.header), ("QueryParam", self.query)):
            if value:
                detail[f"o:error{name}"] = value
        body = {
            "type": _RFC + _SECTIONS.get(self.status, ""),
            "title": _TITLES.get(self.status, "Error"),
            "status": self.status,
            "o:errorDetails": [detail],
        }
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        media = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"
        return Response(json.dumps(body), self.status, headers, media)


def user_error(sentence: str, path: str = "") -> Refused:
    """A business rule's no: the sentence follows NetSuite's fixed opening."""
    return Refused(400, "USER_ERROR", f"Error while accessing a resource. {sentence}", path=path)


def invalid_content(sentence: str, path: str = "") -> Refused:
    return Refused(400, "INVALID_CONTENT", f"Error while accessing a resource. {sentence}", path=path)


def nonexistent(kind: str, ref: str) -> Refused:
    return Refused(
        404,
        "NONEXISTENT_ID",
        f"The record instance does not exist. Provide a valid record instance ID. ({kind} {ref})",
    )


def invalid_login() -> Refused:
    return Refused(
        401,
        "INVALID_LOGIN",
        "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at"
        " Setup > Users/Roles > User Management > View Login Audit Trail.",
    )


def too_many(_retry_after: float = 0) -> Response:
    """More requests at once than the account may have. The body looks like a bad request's; no Retry-After is sent."""
    detail = {
        "detail": "Concurrent request limit exceeded. Request blocked.",
        "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
    }
    body = {"type": _RFC, "title": "Bad Request", "status": 429, "o:errorDetails": [detail]}
    return Response(json.dumps(body), 429, media_type="application/vnd.oracle.resource+json; type=error; charset=UTF-8")
