"""NetSuite's way to refuse: an RFC 7807-like body with `o:errorDetails`."""

import json
from typing import Any

from starlette.responses import Response

_RFC = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
_SECTIONS = {400: "#sec10.4.1", 403: "#sec10.4.4", 404: "#sec10.4.5", 405: "#sec10.4.6", 413: "#sec10.4.14",
             415: "#sec10.4.16"}  # fmt: skip
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
}
MEDIA = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"


class Refused(Exception):
    """A request NetSuite turns down. `path`, `header`, `query` or `url` says which part of the request is meant."""

    def __init__(
        self, status: int, code: str, detail: str, *, path: str = "", header: str = "", query: str = "", url: str = ""
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.path, self.header, self.query, self.url = path, header, query, url
        self.title = _TITLES.get(status, "Error")
        self.headers: dict[str, str] = {}

    def response(self) -> Response:
        detail: dict[str, Any] = {"detail": self.detail, "o:errorCode": self.code}
        parts = (("Path", self.path), ("Header", self.header), ("QueryParam", self.query), ("Url", self.url))
        detail |= {f"o:error{name}": value for name, value in parts if value}
        return _response(self.status, self.title, [detail], self.headers)


def user_error(sentence: str, path: str = "") -> Refused:
    """A business rule's no: the sentence follows NetSuite's fixed opening."""
    return Refused(400, "USER_ERROR", f"Error while accessing a resource. {sentence}", path=path)


def invalid_content(sentence: str, path: str = "") -> Refused:
    return Refused(400, "INVALID_CONTENT", f"Error while accessing a resource. {sentence}", path=path)


def invalid_value(value: object, path: str) -> Refused:
    """A reference to what is not there, or a value of the wrong kind."""
    field = path.rsplit(".", 1)[-1].partition("[")[0]
    return invalid_content(f"You have entered an Invalid Field Value {value} for the following field: {field}", path)


def nonexistent(url: str) -> Refused:
    """No such record, sublist line or job; `url` is the part of the address that leads nowhere."""
    sentence = "The record instance does not exist. Provide a valid record instance ID."
    return Refused(404, "NONEXISTENT_ID", sentence, url=url)


def invalid_login(challenge: str) -> Refused:
    """`challenge` is what WWW-Authenticate says."""
    refused = Refused(
        401,
        "INVALID_LOGIN",
        "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at"
        " Setup > Users/Roles > User Management > View Login Audit Trail.",
    )
    refused.headers["WWW-Authenticate"] = challenge
    return refused


def too_many(_retry_after: float = 0) -> Response:
    """More requests at once than the account may have. The body looks like a bad request's; no Retry-After is sent."""
    detail = {
        "detail": "Concurrent request limit exceeded. Request blocked.",
        "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
    }
    return _response(429, "Bad Request", [detail], {})


def unexpected(error_id: str) -> Response:
    detail = {"detail": f"An unexpected error occurred. Error ID: {error_id}", "o:errorCode": "UNEXPECTED_ERROR"}
    return _response(500, _TITLES[500], [detail], {})


def _response(status: int, title: str, details: list[dict[str, Any]], headers: dict[str, str]) -> Response:
    body = {"type": _RFC + _SECTIONS.get(status, ""), "title": title, "status": status, "o:errorDetails": details}
    return Response(json.dumps(body), status, headers, MEDIA)
