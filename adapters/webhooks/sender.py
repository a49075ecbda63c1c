"""Events over HTTPS: signed, to the address that was checked, without following anybody anywhere."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import httpx
from opentelemetry import trace

from adapters.errors import Gone, Permanent, Retryable, VendorError
from adapters.http import retry_after, trust
from adapters.measures import call_ended
from adapters.webhooks.addresses import check_url, refused
from domain.errors import BadInput
from domain.webhooks import Parcel, secret_for
from security.boxes import Box, CannotOpen
from security.webhook_signing import signed

_TRACER = trace.get_tracer("backhaul.webhooks")
_VENDOR, _CALL = "webhook", "deliver"
_SECONDS = 15.0
_TIMEOUT = httpx.Timeout(_SECONDS, connect=5.0)
# Of a name that has many; the first two families and their spares.
_ADDRESSES = 4
# The event itself is refused, whenever it comes; everything else may be another tomorrow.
_NEVER = frozenset({400, 405, 406, 411, 413, 415, 422})
_GONE = 410

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as this machine would connect to it. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


class WebhookSender:
    """`near`: only this machine may be told, also without TLS (an embedded stack); else only public addresses. `box`
    opens the secrets; None where the settings have no keys for them."""

    def __init__(self, box: Box | None, ca_file: str | None, near: bool = False, resolve: Resolve = resolved) -> None:
        self._box, self._near, self._resolve = box, near, resolve
        # No connection is kept: it is one to an address, and the next event's name may belong to another by then.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._http = httpx.AsyncHTTPTransport(verify=trust(ca_file), trust_env=False, limits=limits)

    async def hand_over(self, name: str, parcel: Parcel) -> None:
        outcome, status, began = "abandoned", 0, time.monotonic()
        with _TRACER.start_as_current_span(f"{_VENDOR} {_CALL}", kind=trace.SpanKind.CLIENT) as span:
            try:
                async with asyncio.timeout(_SECONDS):
                    status = await self._sent(name, parcel)
                span.set_attribute("http.response.status_code", status)
                outcome = "ok"
            except VendorError as error:
                outcome, status = type(error).__name__, int(error.code or 0)
                span.set_attribute("error.type", outcome)
                raise
            except TimeoutError:
                outcome = "Retryable"
                raise Retryable(_VENDOR, _CALL, f"no answer within {_SECONDS:.0f} s") from None
            finally:
                call_ended(_VENDOR, _CALL, outcome, status, time.monotonic() - began)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _sent(self, name: str, parcel: Parcel) -> int:
        body = json.dumps(parcel.event.cloud_event(), ensure_ascii=False, separators=(",", ":"))
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "backhaul",
            "Accept": "*/*",
            **signed(parcel.event.event_id, datetime.now(UTC), body, self._keys(name, parcel)),
        }
        unreached = ""
        for request in await self._addressed(parcel.url, headers, body.encode()):
            try:
                answer = await self._http.handle_async_request(request)
                # What it says beyond its status is of no interest, however long it is.
                await answer.aclose()
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                # Nothing was said yet, and the name has other addresses.
                unreached = type(error).__name__
                continue
            except (httpx.RequestError, httpx.InvalidURL) as error:
                # Without what the library says: the address in it is not the one people know.
                raise Retryable(_VENDOR, _CALL, f"no answer ({type(error).__name__})") from None
            return _judged(answer)
        raise Retryable(_VENDOR, _CALL, f"no answer ({unreached})")

    def _keys(self, name: str, parcel: Parcel) -> list[str]:
        if self._box is None:
            raise Retryable(_VENDOR, _CALL, "the secret cannot be read: BACKHAUL_WEBHOOKS__KEYS is not set")
        try:
            return [self._box.open(sealed, secret_for(name)) for sealed in parcel.secrets]
        except CannotOpen as error:
            raise Retryable(_VENDOR, _CALL, f"the secret cannot be read: {error}") from None

    async def _addressed(self, url: str, headers: dict[str, str], body: bytes) -> list[httpx.Request]:
        """A request to each of the very addresses that were looked at, to be sent to the first that is reached. The
        name is still what the certificate must be for."""
        try:
            check_url(url, self._near)
        except BadInput as error:
            raise Permanent(_VENDOR, _CALL, str(error)) from None
        named = httpx.URL(url)
        host = named.raw_host.decode()
        port = named.port or (443 if named.scheme == "https" else 80)
        try:
            addresses = await self._resolve(named.host, port)
        except OSError as error:
            raise Retryable(_VENDOR, _CALL, f"its name has no address ({type(error).__name__})") from None
        # One that is not for us, and none of the others is trusted either.
        for address in addresses:
            if reason := refused(address, self._near):
                raise Permanent(_VENDOR, _CALL, f"its name leads to what is {reason}")
        if not addresses:
            raise Retryable(_VENDOR, _CALL, "its name has no address")
        return [
            httpx.Request(
                "POST",
                named.copy_with(host=address),
                headers={"Host": named.netloc.decode(), **headers},
                content=body,
                extensions={"sni_hostname": host, "timeout": _TIMEOUT.as_dict()},
            )
            for address in addresses[:_ADDRESSES]
        ]


def _judged(answer: httpx.Response) -> int:
    status = answer.status_code
    if 200 <= status < 300:
        return status
    if status == _GONE:
        raise Gone(_VENDOR, _CALL, "HTTP 410: it wants no more", str(status))
    if status in _NEVER:
        raise Permanent(_VENDOR, _CALL, f"HTTP {status}: it refuses this event", str(status))
    if 300 <= status < 400:
        raise Retryable(_VENDOR, _CALL, f"HTTP {status}: it sends us elsewhere, where we do not go", str(status))
    raise Retryable(_VENDOR, _CALL, f"HTTP {status}", str(status), retry_after(answer))
