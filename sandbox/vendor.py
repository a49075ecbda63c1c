"""What every vendor's package hands to the sandbox: one dataclass, made by its `build(world)`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp


@dataclass(frozen=True)
class Companion:
    """A server beside a vendor's own that does not speak HTTP: its place in the ports file, and how it is started."""

    place: str
    start: Callable[[str, Path, Path], Awaitable[int]]
    """(address with port, 0 for any; certificate; key) -> the port it listens on."""
    stop: Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Vendor:
    name: str
    app: ASGIApp
    operation: Callable[[str, str, bytes], str]
    """(method, path with query string, body) -> the name fault plans and the call log use for this request."""
    throttled: Callable[[float], Response]
    """The vendor's own way to say "too many requests", given the seconds to wait."""
    seed: Callable[[dict[str, Any]], dict[str, Any]]
    """Take a neutral order document into the vendor's books (called inside a transaction); answers its ids, none where
    orders are not known."""
    books_view: Callable[[], dict[str, Any]]
    """What the books page and `GET /books/{vendor}` show."""
    controls: tuple[BaseRoute, ...] = ()
    """Routes mounted on the control server under `/{name}` (NetSuite: `Route("/periods", ...)`)."""
    background: Callable[[], Awaitable[None]] | None = None
    """A task that runs as long as the server does (webhook deliveries)."""
    complaint: Callable[[str], str | None] = lambda operation: None
    """Why a fault plan cannot name this operation; None when a request may have that name."""
    quota: Callable[[Mapping[str, str], bytes], dict[str, float]] = lambda headers, body: {}
    """What an answer tells about limits, from its headers (lower case) and its body."""
    restored: Callable[[], None] = lambda: None
    """The books were replaced by a snapshot: drop what is only known in memory."""
    companion: Companion | None = None
