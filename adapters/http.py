"""One way to speak HTTP to a vendor: timeouts, TLS trust, and the four things that can go wrong, in our three errors.

It knows no vendor: what a status or a body means is decided by the vendor's own adapter, through `Call.judge`, and
where an answer tells how much may still be asked, through `Wire.quota`.
"""

from __future__ import annotations

import email.utils
import functools
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
from opentelemetry import trace
from opentelemetry.propagate import inject

from adapters.bodies import MOST_BYTES, TooLarge, fits, unpacked, without
from adapters.errors import Permanent, Retryable, UnknownOutcome, VendorError, excerpt
from adapters.measures import call_ended, quota_told

_TRACER = trace.get_tracer("backhaul.vendor")
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_EXTENSIONS = {"timeout": _TIMEOUT.as_dict()}
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "backhaul"}
# "Not now" for every vendor we know, and for whoever stands before it (408: the request did not arrive whole); the rest
# of 5xx is a failure whose effect is not known.
_NOT_NOW = frozenset({408, 425, 429, 503})
# A vendor that wants more patience than a day is asked again after a day.
_LONGEST_WAIT = 86_400.0
# Nothing left this machine, and the same words never will: an address or a header that cannot be written.
_UNSENDABLE = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# Headers by which a call is let in.
_CREDENTIALS = ("Authorization", "X-Shopify-Access-Token")
# Fields of a sign-in that are the same for everybody.
_PUBLIC = frozenset({"grant_type", "client_assertion_type"})


class Answered(Protocol):
    """All that a waiting time is read from, whoever made the call."""

    @property
    def headers(self) -> Mapping[str, str]: ...


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
    return httpx.AsyncHTTPTransport(verify=trust(ca_file), trust_env=False)


@functools.cache
def trust(ca_file: str | None) -> ssl.SSLContext:
    """Read once for all vendors: the system's certificates take longer to read than a vendor to answer."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def client(ca_file: str | None, base_url: str = "") -> httpx.AsyncClient:
    """The same pool for who is no vendor's adapter, with httpx's own manners."""
    return httpx.AsyncClient(transport=transport(ca_file), timeout=_TIMEOUT, base_url=base_url, trust_env=False)


class Wire:
    """A vendor's connection. Raises Retryable, Permanent or UnknownOutcome and nothing else.

    `quota` finds in an answer what is left to ask: by the name of the allowance, how much; nothing when it does not
    tell."""

    def __init__(
        self,
        vendor: str,
        http: httpx.AsyncBaseTransport,
        quota: Callable[[httpx.Response], Mapping[str, float]] | None = None,
    ) -> None:
        self.vendor, self.http, self._quota = vendor, http, quota

    async def send(self, call: Call) -> httpx.Response:
        with _TRACER.start_as_current_span(f"{self.vendor} {call.name}", kind=trace.SpanKind.CLIENT) as span:
            headers = {**_HEADERS, **call.headers}
            inject(headers)
            outcome, status, began = "abandoned", 0, time.monotonic()
            try:
                answer = await self._answer(call, headers)
                status = answer.status_code
                span.set_attribute("http.response.status_code", status)
                if self._quota is not None:
                    for allowance, left in self._quota(answer).items():
                        span.set_attribute(f"backhaul.quota.{allowance}", left)
                        quota_told(self.vendor, allowance, left)
                self._accept(call, answer)
                outcome = "ok"
            except VendorError as error:
                outcome = type(error).__name__
                span.set_attribute("error.type", outcome)
                raise
            finally:
                call_ended(self.vendor, call.name, outcome, status, time.monotonic() - began)
            return answer

    async def _answer(self, call: Call, headers: dict[str, str]) -> httpx.Response:
        """Whatever the vendor answers."""
        try:
            return await self._exchange(httpx.Request(
                call.method, call.url, headers=headers, params=dict(call.params) or None, extensions=_EXTENSIONS,
                json=call.json, content=call.content, data=dict(call.form) if call.form else None,
            ))  # fmt: skip
        except _UNSENDABLE as error:
            # Not chained: the text of such an error is what could not be sent, and that may be a credential.
            raise Permanent(self.vendor, call.name, f"cannot be sent ({type(error).__name__})") from None
        except _NOT_SENT as error:
            raise Retryable(self.vendor, call.name, _unreached(error)) from error
        except httpx.RequestError as error:
            raise self.lost(call, f"answer lost ({type(error).__name__})") from error
        except TooLarge:
            raise self.lost(call, f"the answer is larger than {MOST_BYTES} bytes") from None

    def _accept(self, call: Call, answer: httpx.Response) -> None:
        """Raise what the answer says when it says no."""
        status = answer.status_code
        if status >= 300:
            answer = without(answer, _secrets(call))
        if call.judge is not None:
            call.judge(answer)
        if status < 300:
            return
        if status in _NOT_NOW:
            raise Retryable(self.vendor, call.name, f"HTTP {status}", str(status), retry_after(answer))
        if status >= 500:
            raise self.lost(call, f"HTTP {status}: {excerpt(answer.text)}")
        if status >= 400:
            raise Permanent(self.vendor, call.name, f"HTTP {status}: {excerpt(answer.text)}")
        # Not followed: it would take the credentials to a place nobody named.
        raise Permanent(self.vendor, call.name, f"HTTP {status}: it answers from elsewhere")

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        """The whole answer; its connection is free again."""
        answer = await self.http.handle_async_request(request)
        answer.request = request
        try:
            if not fits(answer):
                return await unpacked(answer)
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
            # What comes back from a sign-in is half a token at worst: it is not told.
            said = "" if call.form else f": {excerpt(without(answer, _secrets(call)).text)}"
            raise self.lost(call, f"answer is not JSON{said}") from error


def _secrets(call: Call) -> list[str]:
    """What lets this call in, which some servers and many proxies repeat when they refuse it."""
    sent = [call.headers[name].rpartition(" ")[2] for name in _CREDENTIALS if name in call.headers]
    return sent + [value for name, value in (call.form or {}).items() if name not in _PUBLIC]


def _unreached(error: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "its certificate is not signed by anybody trusted here; BACKHAUL_FILES__CA names one more authority"
    return f"no connection ({type(error).__name__})"


def retry_after(answer: Answered) -> float | None:
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
