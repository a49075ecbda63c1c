"""One call: sent, sent again where that is safe, and its answer or what is wrong with it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from client.errors import Unreachable, problem

# Gateways' words for "not now" among them.
_AGAIN = frozenset({429, 502, 503, 504})
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 60.0


class Calls:
    """Every call may be sent again: what is written carries a key or an id of the caller's, by which it is known."""

    def __init__(
        self, url: str, key: str, timeout: float, attempts: int, transport: httpx.BaseTransport | None,
        verify: Any, sleep: Callable[[float], None],
    ) -> None:  # fmt: skip
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "backhaul-client"}
        self.http = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=timeout, transport=transport, verify=verify
        )
        self.sleep = sleep
        self._attempts = attempts

    def close(self) -> None:
        self.http.close()

    def ask(
        self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """A good answer. Raises Problem and Unreachable, after the last attempt."""
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            try:
                answer = self.http.request(method, path, json=body, params=query, headers=headers)
            except httpx.TransportError as error:
                if last:
                    raise Unreachable(f"{self.http.base_url} does not answer: {error}") from error
                self.sleep(self.pause(attempt))
                continue
            if answer.status_code < 400:
                return answer
            if last or answer.status_code not in _AGAIN:
                raise problem(answer)
            self.sleep(self.pause(attempt, answer.headers.get("Retry-After", "")))
        raise AssertionError("there is at least one attempt")

    def get(self, path: str, **query: Any) -> Any:
        """The document there; what is None is not asked for."""
        return self.ask("GET", path, query=_given(query)).json()

    def say(self, path: str, told: Mapping[str, Any], key: str | None = None, seen: str = "") -> Any:
        """What was answered to it."""
        headers = {"Idempotency-Key": key} if key is not None else {}
        headers |= {"If-Match": seen} if seen else {}
        return self.ask("POST", path, _given(told), headers=headers).json()

    def each(self, path: str, name: str, **query: Any) -> Iterator[Any]:
        """All of a list that goes on, page after page as they are asked for."""
        cursor: str | None = None
        while True:
            found = self.get(path, **{**query, "cursor": cursor})
            yield from found[name]
            cursor = found["cursor"]
            if cursor is None:
                return

    def pause(self, attempt: int, told: str = "") -> float:
        """What the API asked for; else a wait that doubles, and is not everybody's same."""
        if told.isdigit():
            return min(float(told), _LONGEST_WAIT)
        longest: float = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT)
        return longest * random.uniform(0.5, 1)  # noqa: S311 - chance, no secret


def at(*parts: str | int) -> str:
    """A path of these, whatever is in them."""
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)


def new_key() -> str:
    """Of a message of its own."""
    return uuid4().hex


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def wait(seconds: float) -> None:
    time.sleep(seconds)
