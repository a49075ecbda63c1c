"""The audit as lines of JSON, with all that is needed to verify it elsewhere; and such a file read back for that.

First the keys, then each checkpoint with the ends of streams it signed, then each chain before its acts.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from typing import Any

from domain.errors import BadInput
from security.signing import KnownKeys
from store.port import AuditReader, Chain, Checkpoint, Entry, Mark, Stub

# What a reader finds out; without the salts, which leave no copy of themselves, a copy cannot say it.
_JUDGED = "committed"


async def lines(reader: AuditReader, keys: KnownKeys) -> AsyncIterator[str]:
    yield _line("keys", {name: base64.b64encode(key).decode() for name, key in keys.public.items()})
    async for point, marks in reader.checkpoints():
        ends = [[mark.stream, mark.seq, mark.hash.hex()] for mark in marks]
        yield _line("checkpoint", _plain(point) | {"ends": ends})
    async for part in reader.chains():
        if isinstance(part, Entry):
            yield _line("act", _plain(part))
        else:
            head = [part.head[0], part.head[1].hex()] if part.head else None
            stubs = [_plain(stub) for stub in part.stubs]
            yield _line("chain", {"stream": part.stream, "head": head, "stubs": stubs})


def _line(kind: str, document: dict[str, Any]) -> str:
    return json.dumps({"kind": kind} | document, ensure_ascii=False) + "\n"


def _plain(one: Any) -> dict[str, Any]:
    return {name: _word(getattr(one, name)) for name in type(one).__slots__ if name != _JUDGED}


def _word(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, datetime) else value


class CopyReader:
    """A copy as a reader. Its keys are told, not believed: whoever verifies brings the ones they trust."""

    def __init__(self, copy: Iterable[str]) -> None:
        self._points: list[tuple[Checkpoint, tuple[Mark, ...]]] = []
        self._marks: dict[str, list[Mark]] = defaultdict(list)
        self._rest = self._read(copy)
        self._first: tuple[int, dict[str, Any]] | None = None
        for place, line in self._rest:
            if line["kind"] == "checkpoint":
                self._take(place, line)
            elif line["kind"] != "keys":
                self._first = (place, line)
                break

    def _read(self, copy: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        for place, text in enumerate(copy, start=1):
            try:
                line = json.loads(text)
                line["kind"]
            except (ValueError, KeyError, TypeError):
                raise _unreadable(place) from None
            yield place, line

    def _take(self, place: int, line: dict[str, Any]) -> None:
        point = _object(Checkpoint, place, line)
        try:
            marks = tuple(Mark(point.number, stream, seq, bytes.fromhex(end)) for stream, seq, end in line["ends"])
        except (ValueError, KeyError, TypeError):
            raise _unreadable(place) from None
        self._points.append((point, marks))
        for mark in marks:
            self._marks[mark.stream].append(mark)

    async def checkpoints(self) -> AsyncIterator[tuple[Checkpoint, tuple[Mark, ...]]]:
        for one in self._points:
            yield one

    async def chains(self, stream: str | None = None) -> AsyncIterator[Chain | Entry]:
        waiting = dict(self._marks)
        for place, line in (*((self._first,) if self._first else ()), *self._rest):
            part = self._part(place, line, waiting)
            if stream in (None, part.stream):
                yield part
        for name, marks in waiting.items():
            if stream in (None, name):
                yield Chain(name, tuple(marks), (), None)

    def _part(self, place: int, line: dict[str, Any], waiting: dict[str, list[Mark]]) -> Chain | Entry:
        if line["kind"] == "act":
            act: Entry = _object(Entry, place, line)
            return act
        try:
            stubs = tuple(_object(Stub, place, stub) for stub in line["stubs"])
            head = (line["head"][0], bytes.fromhex(line["head"][1])) if line["head"] else None
            return Chain(line["stream"], tuple(waiting.pop(line["stream"], ())), stubs, head)
        except (ValueError, KeyError, TypeError, IndexError):
            raise _unreadable(place) from None


def _object(kind: Any, place: int, line: dict[str, Any]) -> Any:
    try:
        return kind(**{name: _value(name, line[name]) for name in kind.__slots__ if name != _JUDGED})
    except (ValueError, KeyError, TypeError):
        raise _unreadable(place) from None


def _value(name: str, word: Any) -> Any:
    if name in ("prev", "hash", "root", "signature"):
        return bytes.fromhex(word)
    return datetime.fromisoformat(word) if name == "at" else word


def _unreadable(place: int) -> BadInput:
    return BadInput(f"line {place}", "is none of an audit's copy; make one with `audit export`")
