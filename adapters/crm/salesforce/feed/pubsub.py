"""The Pub/Sub API as a subscriber speaks it: gRPC over TLS, with the session of the org's REST calls."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from pathlib import Path
from typing import Any

import grpc
from grpc import StatusCode, aio
from opentelemetry import trace

from adapters.crm.salesforce.feed import messages
from adapters.crm.salesforce.feed.messages import CUSTOM, LATEST, FetchRequest, SchemaRequest, TopicRequest
from adapters.crm.salesforce.feed.shape import Shape
from adapters.crm.salesforce.org import Org
from adapters.crm.salesforce.session import VENDOR, Opened
from adapters.errors import Retryable
from adapters.measures import call_ended

_TRACER = trace.get_tracer("backhaul.vendor")
_SECONDS = 20.0
# Events asked for and not yet dealt with, at most. Few: what is lost with a process is only told again.
_ASKED = 50
# A connection that was refused is tried again soon; the library's own patience grows to two minutes. Its pings stay
# off: servers take more than one in five minutes for abuse, and the bus gives a sign of life more often than that.
# Fifty events of the platform's largest size are more than the four megabytes the library takes in one message.
_OPTIONS = (
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5000),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
)
_CODE = "error-code"


class Away(Exception):
    """The event bus cannot be had now; the text says why. `session`: it does not take our session."""

    def __init__(self, why: str, *, session: bool = False) -> None:
        super().__init__(why)
        self.session = session


class NotSelected(Away):
    """The object is not selected for change data capture, or the user may not read its changes."""


class Lapsed(Exception):
    """The event a subscription was to go on from is no longer kept, or never was."""


class Subscription:
    """One stream of events; one reader takes what comes, and the bus sends no more than was asked for."""

    def __init__(self, call: Any, first: Any, silence: float) -> None:
        self._call, self._silence = call, silence
        self._came: asyncio.Queue[Any] = asyncio.Queue()
        self._held = 0
        self._pending = int(first.num_requested)
        self._end: Exception | None = None
        self._decided = asyncio.Event()
        self.stood = False
        """The bus has taken the subscription: everything that is committed from now on will be told."""
        self._reader = asyncio.create_task(self._read(first))

    @property
    def more(self) -> bool:
        return self._held > 0

    async def settled(self, seconds: float) -> bool:
        """Whether it stands, after so many seconds at most. Raises Away and Lapsed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._decided.wait()
        # Behind everything that came stands the mark of its end.
        if self._end is not None and self._came.qsize() <= 1:
            raise self._end
        return self.stood

    async def next(self, seconds: float) -> Any:
        """The next answer of the bus, None after so many seconds of silence. Raises Away and Lapsed at its end."""
        try:
            async with asyncio.timeout(seconds):
                answer = await self._came.get()
        except TimeoutError:
            return None
        if answer is None:
            self._came.put_nowait(None)
            assert self._end is not None
            raise self._end
        self._held -= len(answer.events)
        return answer

    async def ask(self) -> None:
        """Ask for as many events as were dealt with meanwhile: calling this says that they were."""
        wanted = _ASKED - self._pending - self._held
        if wanted <= 0 or self._end is not None:
            return
        self._pending += wanted
        # A stream that ended meanwhile tells it where it is read.
        with contextlib.suppress(aio.AioRpcError, asyncio.InvalidStateError, aio.UsageError):
            await self._call.write(FetchRequest(num_requested=wanted))

    def end(self) -> None:
        self._reader.cancel()
        self._call.cancel()

    async def _read(self, first: Any) -> None:
        """A stream whose connection died without a word says nothing at all, not even that it lives."""
        try:
            async with asyncio.timeout(self._silence):
                await self._call.write(first)
                await self._call.initial_metadata()
            # A call that could not be made has headers too: none. Reading then says why.
            self.stood = not self._call.done()
            if self.stood:
                self._decided.set()
            while self._end is None:
                async with asyncio.timeout(self._silence):
                    answer = await self._call.read()
                if answer is aio.EOF:
                    self._end = judged(await self._call.code(), "", "the bus ended the stream")
                else:
                    self._pending = int(answer.pending_num_requested)
                    self._held += len(answer.events)
                    self._came.put_nowait(answer)
        except TimeoutError:
            self._end = Away("the stream says nothing, not even that it lives")
        except aio.AioRpcError as error:
            self._end = judged_error(error)
        except (asyncio.InvalidStateError, aio.UsageError):
            self._end = Away("the stream was ended")
        finally:
            self._end = self._end or Away("the stream was left")
            self._decided.set()
            self._came.put_nowait(None)
            self._call.cancel()


class PubSub:
    """Raises Away, NotSelected and Lapsed, and Retryable or Permanent for what its REST calls meet."""

    def __init__(self, org: Org, address: str, ca_file: str | None, silence: float) -> None:
        """`silence` is in seconds, and how long a stream may say nothing before it counts as dead."""
        self._org, self._address, self._ca_file, self._silence = org, address, ca_file, silence
        self._channel: aio.Channel | None = None
        self._refused: Opened | None = None
        self._used: Opened | None = None
        self._tenant = ""
        self._shapes: dict[str, Shape] = {}

    async def aclose(self) -> None:
        if self._channel is not None:
            await self._channel.close()

    async def selected(self, topic: str) -> bool:
        """Whether changes of this topic are published and ours to read."""
        try:
            answer = await self._ask("GetTopic", TopicRequest(topic_name=topic), messages.TopicInfo)
        except NotSelected:
            return False
        return bool(answer.can_subscribe)

    async def shape(self, schema: str) -> Shape:
        """Schemas never change under their id: each is asked for once."""
        if schema not in self._shapes:
            answer = await self._ask("GetSchema", SchemaRequest(schema_id=schema), messages.SchemaInfo)
            self._shapes[schema] = Shape(answer.schema_json)
        return self._shapes[schema]

    async def subscribe(self, topic: str, replay: bytes | None) -> Subscription:
        """Behind this event, or from now on. That it is refused is told by the subscription."""
        call = self._open().stream_stream(
            f"/{messages.PACKAGE}.PubSub/Subscribe",
            FetchRequest.SerializeToString,
            messages.FetchResponse.FromString,
        )(metadata=await self._metadata())
        first = FetchRequest(
            topic_name=topic,
            num_requested=_ASKED,
            replay_preset=LATEST if replay is None else CUSTOM,
            replay_id=replay or b"",
        )
        return Subscription(call, first, self._silence)

    def refused(self) -> None:
        """The session in use is no longer taken: the next call has a new one."""
        self._refused = self._used

    async def _ask(self, name: str, request: Any, answer: Any) -> Any:
        """One call, and once more with a new session when the first was refused."""
        try:
            return await self._once(name, request, answer)
        except Away as away:
            if not away.session:
                raise
            self.refused()
        return await self._once(name, request, answer)

    async def _once(self, name: str, request: Any, answer: Any) -> Any:
        metadata = await self._metadata()
        path = f"/{messages.PACKAGE}.PubSub/{name}"
        method = self._open().unary_unary(path, type(request).SerializeToString, answer.FromString)
        began, outcome, status = time.monotonic(), "abandoned", 0
        with _TRACER.start_as_current_span(f"{VENDOR} pubsub {name}", kind=trace.SpanKind.CLIENT) as span:
            try:
                told = await method(request, metadata=metadata, timeout=_SECONDS)
                outcome = "ok"
            except aio.AioRpcError as error:
                outcome, status = "Away", int(error.code().value[0])
                span.set_attribute("error.type", error.code().name)
                raise judged_error(error) from None
            finally:
                call_ended(VENDOR, f"pubsub {name}", outcome, status, time.monotonic() - began)
        return told

    async def _metadata(self) -> tuple[tuple[str, str], ...]:
        opened = await self._org.session(stale=self._refused)
        self._used, self._refused = opened, None
        return (("accesstoken", opened.token), ("instanceurl", opened.base), ("tenantid", await self._org_id(opened)))

    async def _org_id(self, opened: Opened) -> str:
        """The org's id stands before the token's exclamation mark; tokens of the other kind (JWT) have none."""
        if not self._tenant:
            before, mark, _ = opened.token.partition("!")
            self._tenant = before if mark else await self._named_by_the_org()
        return self._tenant

    async def _named_by_the_org(self) -> str:
        about = await self._org.get("who am I", "/services/oauth2/userinfo")
        found = about.get("organization_id") if isinstance(about, dict) else None
        if not isinstance(found, str):
            raise Retryable(VENDOR, "who am I", "the answer does not name the org")
        return found

    def _open(self) -> aio.Channel:
        if self._channel is None:
            self._channel = aio.secure_channel(
                self._address, grpc.ssl_channel_credentials(_authorities(self._ca_file)), options=_OPTIONS
            )
        return self._channel


def judged_error(error: aio.AioRpcError) -> Exception:
    trailers = {str(name): str(value) for name, value in error.trailing_metadata() or ()}
    return judged(error.code(), trailers.get(_CODE, ""), "")


def judged(status: Any, code: str, otherwise: str) -> Exception:
    """By the platform's own code first: INVALID_ARGUMENT may be many things. Nothing of the bus's sentence is told."""
    if "replayid" in code:
        return Lapsed(code)
    name = getattr(status, "name", str(status))
    if status in (StatusCode.NOT_FOUND, StatusCode.PERMISSION_DENIED):
        return NotSelected(f"{name} {code}".strip())
    return Away(otherwise or f"{name} {code}".strip(), session=status is StatusCode.UNAUTHENTICATED)


def _authorities(ca_file: str | None) -> bytes | None:
    """The library's own list, or, with one more to trust, the system's and that one."""
    if ca_file is None:
        return None
    system = ssl.get_default_verify_paths().cafile
    known = Path(system).read_bytes() if system and Path(system).is_file() else b""
    return known + b"\n" + Path(ca_file).read_bytes()
