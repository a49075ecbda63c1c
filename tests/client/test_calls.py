"""The client: what it sends again and what not, what its errors say, pages and live updates as iterators."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice

import httpx
import pytest

from client import (
    Backhaul,
    Conflict,
    NotAllowed,
    NotFound,
    Problem,
    Refused,
    Stale,
    TooFast,
    Unavailable,
    Unreachable,
    Wrong,
)

Answer = httpx.Response | Exception


class Api:
    """Answers one after the other, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []
        self._answers = iter(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, attempts: int = 4) -> Backhaul:
        transport = httpx.MockTransport(self)
        return Backhaul("https://api.test/", "bh_key", transport=transport, attempts=attempts, sleep=self.waited.append)


def said(status: int, **more: str) -> httpx.Response:
    return httpx.Response(
        status, json={"title": "No", "status": status, "detail": "because", **more}, headers={"X-Request-ID": "r-1"}
    )


def test_what_is_sent_again_has_the_same_key() -> None:
    api = Api(httpx.ConnectError("away"), httpx.Response(502), said(503), httpx.Response(200, json={"stage": "x"}))
    with api.client() as client:
        assert client.withdraw("R-1-A", "late")["stage"] == "x"
    assert len({request.headers["Idempotency-Key"] for request in api.asked}) == 1
    assert all(json.loads(request.content) == {"reason": "late"} for request in api.asked)
    assert [0 < wait <= 2 for wait in api.waited] == [True] * 3
    assert api.asked[0].url == "https://api.test/returns/R-1-A/withdrawal"
    assert api.asked[0].headers["Authorization"] == "Bearer bh_key"


def test_it_waits_as_long_as_it_is_told() -> None:
    again = said(429)
    again.headers["Retry-After"] = "7"
    api = Api(again, httpx.Response(200, json={"dead_letters": []}))
    assert api.client().dead_letters() == []
    assert api.waited == [7.0]


def test_a_key_of_the_callers_and_what_was_seen_are_sent() -> None:
    api = Api(httpx.Response(200, json={}))
    api.client().resolve("R-1-A", "H1", "retry", "seen", key="mine", seen='"7-x"')
    (asked,) = api.asked
    assert (asked.headers["Idempotency-Key"], asked.headers["If-Match"]) == ("mine", '"7-x"')
    assert asked.url.path == "/returns/R-1-A/holds/H1/resolution"


def test_a_second_person_says_which_proposal_is_meant() -> None:
    api = Api(httpx.Response(200, json={}))
    api.client().second_word("R-1-A", "H1", "P2", "reject", "not ours", key="mine")
    (asked,) = api.asked
    assert asked.url.path == "/returns/R-1-A/holds/H1/approval"
    assert json.loads(asked.content) == {"proposal": "P2", "decision": "reject", "note": "not ours"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Wrong), (401, NotAllowed), (403, NotAllowed), (404, NotFound), (409, Conflict), (412, Stale),
        (413, Wrong), (422, Refused), (500, Unavailable),
    ],
)  # fmt: skip
def test_a_no_is_an_error_of_its_kind_and_is_not_asked_again(status: int, kind: type[Problem]) -> None:
    api = Api(said(status, field="lines.0", code="bad_input"))
    with pytest.raises(kind) as told:
        api.client().look("R-1-A")
    assert (str(told.value), told.value.field, told.value.code, told.value.request_id) == (
        "because", "lines.0", "bad_input", "r-1",
    )  # fmt: skip
    assert (told.value.status, api.waited) == (status, [])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(said(503), Unavailable), (said(429), TooFast), (httpx.ReadTimeout("late"), Unreachable)],
    ids=["away", "too fast", "no answer"],
)
def test_the_last_attempt_tells(answer: Answer, kind: type[Exception]) -> None:
    api = Api(answer, answer)
    with pytest.raises(kind):
        api.client(attempts=2).timeline("R-1-A")
    assert len(api.asked) == 2


def test_what_a_gateway_says_is_an_error_too() -> None:
    api = Api(httpx.Response(404, text="<html>no such host</html>"))
    with pytest.raises(NotFound, match="Not Found"):
        api.client().look("R-1-A")


def test_pages_are_asked_for_as_they_are_needed() -> None:
    pages = [httpx.Response(200, json={"returns": ["1", "2"], "cursor": "c"})]
    pages += [httpx.Response(200, json={"returns": ["3"], "cursor": None})]
    api = Api(*pages)
    found = api.client().search(stage=["closed"], held=False, sku=None)
    assert [str(one) for one in islice(found, 2)] == ["1", "2"]
    assert len(api.asked) == 1
    assert [str(one) for one in found] == ["3"]
    assert dict(api.asked[1].url.params.multi_items()) == {"stage": "closed", "held": "false", "cursor": "c"}


def stream(*texts: str) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, text="".join(texts))


def moved(mark: int, version: int, **more: object) -> str:
    data = {"return_id": "R-1-A", "version": version, "stage": "paid", "held": False, "at": "now", **more}
    return f"id: {mark}\nevent: return\ndata: {json.dumps(data)}\n\n"


def test_live_updates_go_on_where_they_ended() -> None:
    api = Api(
        stream("retry: 1\nid: 5\n\n", ": still here\n\n", moved(6, 1)),
        httpx.ReadError("cut"),
        said(503),
        stream("id: 6\n\n", moved(6, 1), moved(7, 2, later="field"), "event: reset\ndata: {}\n\n"),
    )
    told = list(islice(api.client().events(), 3))
    assert [(one.kind, one.version) for one in told] == [("return", 1), ("return", 2), ("reset", 0)]
    assert [request.headers.get("Last-Event-ID") for request in api.asked] == [None, "6", "6", "6"]


def test_live_updates_end_where_coming_again_does_not_help() -> None:
    with pytest.raises(NotAllowed):
        next(Api(said(403)).client().events("R-1-A"))


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A test that would wait for real is one that was told nothing of it."""

    def never(seconds: float) -> None:
        raise AssertionError(f"waited {seconds} seconds")

    monkeypatch.setattr("time.sleep", never)
    return never
