"""Live updates as an iterator: it comes again when a stream ends, and says how far it was."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx

from client.calls import Calls
from client.errors import problem
from client.shapes import Event

# The API gives a sign of life every 15 seconds.
_SILENCE = 45.0
# Of so many returns it is known which version was told; of older ones news may be told twice.
_KNOWN = 10_000


def follow(calls: Calls, path: str) -> Iterator[Event]:
    """For ever. What the API tells twice is told once. Raises Problem for what coming again does not mend."""
    mark, failures, told = "", 0, dict[str, int]()
    while True:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": mark} if mark else {})
        asked = calls.http.build_request("GET", path, headers=headers, timeout=httpx.Timeout(_SILENCE, connect=10))
        try:
            answer = calls.http.send(asked, stream=True)
            try:
                if answer.status_code >= 400:
                    answer.read()
                    if answer.status_code < 500 and answer.status_code != 429:
                        raise problem(answer)
                else:
                    for event, at in _events(answer):
                        mark, failures = at or mark, 0
                        if event is not None and _new(event, told):
                            yield event
            finally:
                answer.close()
        except httpx.TransportError:
            pass
        failures += 1
        calls.sleep(calls.pause(min(failures, 6)))


def _new(event: Event, told: dict[str, int]) -> bool:
    if event.version and told.get(event.return_id, 0) >= event.version:
        return False
    told[event.return_id] = event.version
    if len(told) > _KNOWN:
        del told[next(iter(told))]
    return True


def _events(answer: httpx.Response) -> Iterator[tuple[Event | None, str]]:
    """Each with its mark; no event where only the mark is told."""
    now: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line:
            now[name] = value
            continue
        yield (_event(now["event"], json.loads(now["data"])) if "event" in now else None), now.get("id", "")
        now = {}


def _event(kind: str, data: dict[str, object]) -> Event:
    known = {name: value for name, value in data.items() if name in Event.__slots__}
    return Event(kind, **known)  # type: ignore[arg-type]
