"""One way to speak HTTP to a vendor: timeouts, TLS trust, and the four things that can go wrong, in our three errors.

It knows no vendor: what a status or a body means is decided by the vendor's own adapter, through `Call.judge`.
"""

from __future__ import annotations

import email.utils
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from opentelemetry import trace
from opentelemetry.propagate import inject

from adapters.errors import Permanent, Retryable, UnknownOutcome, VendorError, excerpt
from adapters.measures import call_ended

_TRACER = trace.get_tracer("backhaul.vendor")
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_EXTENSIONS = {"timeout": _TIMEOUT.as_dict()}
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "backhaul"}
# 429 and 503 say "not now" for every vendor we know; the rest of 5xx is a failure whose effect is not known.
_NOT_NOW = frozenset({429, 503})
# A vendor that wants more patience than a day is asked again after a day.
_LONGEST_WAIT = 86_400.0
# Nothing left this machine, and the same words never will: an address or a header that cannot be written.
_UNSENDABLE = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `repeatable` says that doing it twice is harmless (reads, keyed writes): a lost answer is then
    Retryable instead of UnknownOutcome. `judge` may raise our errors or return None to accept the answer."""

    name: str
    method: str
    url: str
    repeatable: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    form: Mapping[str, str] | None = None
    judge: Callable[[httpx.Response], None] | None = None


def transport(ca_file: str | None) -> httpx.AsyncBaseTransport:
    """A pool of connections that trusts the system's certificates and, when given, one more CA file.

    The pool alone: what a client of httpx does on top (cookies, redirects, environment proxies) no vendor may ask of
    us, and it is a third of a call's price."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return httpx.AsyncHTTPTransport(verify=context, trust_env=False)


def client(ca_file: str | None, base_url: str = "") -> httpx.AsyncClient:
    """The same pool for who is no vendor's adapter, with httpx's own manners."""
    return httpx.AsyncClient(transport=transport(ca_file), timeout=_TIMEOUT, base_url=base_url, trust_env=False)


class Wire:
    """A vendor's connection. Raises Retryable, Permanent or UnknownOutcome and nothing else."""

    def __init__(self, vendor: str, http: httpx.AsyncBaseTransport) -> None:
        self.vendor, self.http = vendor, http

    async def send(self, call: Call) -> httpx.Response:
        with _TRACER.start_as_current_span(f"{self.vendor} {call.name}", kind=trace.SpanKind.CLIENT) as span:
            headers = {**_HEADERS, **call.headers}
            inject(headers)
            outcome, began = "abandoned", time.monotonic()
            try:
                answer = await self._send(call, headers)
                outcome = "ok"
            except VendorError as error:
                outcome = type(error).__name__
                span.set_attribute("error.type", outcome)
                raise
            finally:
                call_ended(self.vendor, call.name, outcome, time.monotonic() - began)
            span.set_attribute("http.response.status_code", answer.status_code)
            return answer

    async def _send(self, call: Call, headers: dict[str, str]) -> httpx.Response:
        try:
            answer = await self._exchange(httpx.Request(
                call.method, call.url, headers=headers, params=dict(call.params) or None, extensions=_EXTENSIONS,
                json=call.json, content=call.content, data=dict(call.form) if call.form else None,
            ))  # fmt: skip
        except _UNSENDABLE as error:
            raise Permanent(self.vendor, call.name, f"cannot be sent ({type(error).__name__})") from error
        except _NOT_SENT as error:
            raise Retryable(self.vendor, call.name, f"no connection ({type(error).__name__})") from error
        except httpx.RequestError as error:
            raise self.lost(call, f"answer lost ({type(error).__name__})") from error
        if call.judge is not None:
            call.judge(answer)
        if answer.status_code in _NOT_NOW:
            raise Retryable(
                self.vendor, call.name, f"HTTP {answer.status_code}", str(answer.status_code), retry_after(answer)
            )
        if answer.status_code >= 500:
            raise self.lost(call, f"HTTP {answer.status_code}: {excerpt(answer.text)}")
        if answer.status_code >= 400:
            raise Permanent(self.vendor, call.name, f"HTTP {answer.status_code}: {excerpt(answer.text)}")
        if answer.status_code >= 300:
            # Not followed: it would take the credentials to a place nobody named.
            raise Permanent(self.vendor, call.name, f"HTTP {answer.status_code}: it answers from elsewhere")
        return answer

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        """The whole answer; its connection is free again."""
        answer = await self.http.handle_async_request(request)
        answer.request = request
        try:
            await answer.aread()
        finally:
            await answer.aclose()
        return answer

    def lost(self, call: Call, reason: str) -> VendorError:
        """The error for an answer that cannot be used: harmless to repeat, or unknown."""
        kind = Retryable if call.repeatable else UnknownOutcome
        return kind(self.vendor, call.name, reason)

    def json_of(self, call: Call, answer: httpx.Response) -> Any:
        """The JSON body, or Retryable/UnknownOutcome when the vendor answered HTML or half a document."""
        try:
            return answer.json()
        except ValueError as error:
            raise self.lost(call, f"answer is not JSON: {excerpt(answer.text)}") from error


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds to wait by the Retry-After header, which has seconds or a date (RFC 9110 10.2.3); None without one."""
    value = answer.headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value) if value.isascii() and value[0].isdigit() else _until(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _until(date: str) -> float:
    moment = email.utils.parsedate_to_datetime(date)
    # "-0000" says UTC without claiming a time zone, and gives a naive date.
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
