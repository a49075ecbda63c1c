"""Snapshots, the clock, the seed and the pages: what makes the sandbox useful beyond one test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox import credentials
from sandbox.books import Books
from sandbox.chance import Chance
from sandbox.faults import KINDS
from sandbox.vendors import build_all
from sandbox.world import World
from tests.sandbox.dataverse import InProcess
from tests.stack.orders import order
from tests.stack.sandbox import ROOT, Sandbox, trust

DRAWS = (
    "uuid1",
    "uuid4",
    "token_hex",
    "token_bytes",
    "token_urlsafe",
    "randint",
    "random",
    "choice",
    "urandom",
    "randbytes",
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    one = Sandbox(tmp_path_factory.mktemp("own"))
    one.start()
    yield one
    one.stop()


def token(sandbox: Sandbox) -> str:
    known = sandbox.credentials["dynamics"]
    form = {
        "grant_type": "client_credentials",
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
    }
    with httpx.Client(verify=trust(sandbox.ca_file), trust_env=False) as client:
        scope = {"scope": f"{sandbox.url('dynamics')}/.default"}
        answer = client.post(f"{sandbox.url('dynamics')}/{known['tenant']}/oauth2/v2.0/token", data=form | scope)
    issued: str = answer.json()["access_token"]
    return issued


def accounts(sandbox: Sandbox, held: str) -> int:
    """The status of a request with that token."""
    with httpx.Client(verify=trust(sandbox.ca_file), trust_env=False) as client:
        path = f"{sandbox.url('dynamics')}/api/data/v9.2/accounts"
        return client.get(path, headers={"Authorization": f"Bearer {held}"}).status_code


def test_a_snapshot_brings_everything_back(own: Sandbox) -> None:
    own.seed(order(663_001))
    held = token(own)
    own.fault("netsuite", "SUITEQL", "down", times=None)
    own.control.post("/clock", json={"advance_seconds": 60})
    before = own.control.get("/books").json()
    made = own.control.post("/snapshots", json={"name": "before"})
    assert (made.status_code, made.json()["name"]) == (201, "before")
    own.seed(order(663_002))
    own.control.post("/dynamics/revoke")
    own.heal()
    own.control.post("/clock", json={"advance_seconds": 10_000})
    assert accounts(own, held) == 401
    assert own.control.post("/snapshots/before/restore").status_code == 200
    assert own.control.get("/books").json() == before
    assert [plan["operation"] for plan in own.control.get("/faults").json()] == ["SUITEQL"]
    assert own.control.get("/clock").json()["offset_seconds"] == 60
    assert accounts(own, held) == 200
    own.kill()
    own.start()
    assert own.control.get("/books").json() == before
    assert [each["name"] for each in own.control.get("/snapshots").json()] == ["before"]
    assert own.control.delete("/snapshots/before").status_code == 204
    own.control.delete("/clock")
    own.heal()


def test_what_is_made_after_a_restore_does_not_collide(own: Sandbox) -> None:
    own.control.post("/snapshots", json={"name": "again"})
    first = own.seed(order(663_003))
    own.control.post("/snapshots/again/restore")
    assert own.seed(order(663_003)) == first
    assert len([one for one in own.books("dynamics")["salesorders"] if one["bh_orderref"] == "663003"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("POST", "/snapshots", 422, "letters"),
        ("POST", "/snapshots/nothing/restore", 404, "no snapshot 'nothing'"),
        ("DELETE", "/snapshots/nothing", 404, "no snapshot"),
        ("GET", "/nowhere", 404, "not a control"),
        ("DELETE", "/orders", 405, "not a control"),
    ],
)
def test_a_control_that_cannot_be_done_says_why(own: Sandbox, method: str, path: str, status: int, words: str) -> None:
    answer = own.control.request(method, path, json={"name": "../escape"})
    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text


def test_a_body_that_is_not_json_is_named(own: Sandbox) -> None:
    for path in ("/orders", "/faults", "/clock", "/snapshots"):
        answer = own.control.post(path, content=b"{nope")
        assert answer.status_code == 422
        assert "not JSON" in answer.json()["error"]


def test_the_clock_is_set_stopped_moved_and_let_go(own: Sandbox) -> None:
    def clock(**wish: Any) -> dict[str, Any]:
        answer = own.control.post("/clock", json=wish)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    assert clock(set="2031-05-01T12:00:00Z", frozen=True)["now"] == "2031-05-01T12:00:00+00:00"
    stopped = own.control.get("/clock").json()["now"]
    assert own.control.get("/clock").json()["now"] == stopped
    moved = clock(advance_seconds=3600)["now"]
    assert moved > stopped
    assert own.control.get("/clock").json()["now"] == moved
    assert clock(frozen=False)["now"] >= moved
    assert own.control.post("/clock", json={"forward": 1}).status_code == 422
    assert own.control.post("/clock", json={"set": "tomorrow"}).status_code == 422
    assert own.control.delete("/clock").json() | {"now": ""} == {"now": "", "offset_seconds": 0.0, "frozen": False}


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"vendor": "shopfy", "kind": "down"}, "not 'shopfy'"),
        ({"vendor": "shopify", "kind": "sulk"}, "not 'sulk'"),
        ({"vendor": "dynamics", "kind": "down", "operation": "PACTH accounts"}, "PACTH accounts"),
        ({"vendor": "shopify", "kind": "down", "operation": "returnProces"}, "returnProces"),
        ({"vendor": "netsuite", "kind": "down", "operation": "TRANSFORM salesOrder"}, "TRANSFORM salesOrder"),
        ({"vendor": "salesforce", "kind": "down", "operation": "QEURY"}, "QEURY"),
        ({"vendor": "smtp", "kind": "down", "operation": "SEND"}, "MAIL"),
        ({"vendor": "dynamics", "kind": "down", "time": 3}, "'time'"),
        ({"vendor": "dynamics", "kind": "down", "times": 0}, "times must be"),
        ({"vendor": "dynamics", "kind": "error", "status": 200}, "status must be"),
        ({"vendor": "dynamics", "kind": "slow"}, "delay_ms"),
        ("down", "a plan is an object"),
    ],
)
def test_a_fault_plan_is_refused_by_the_name_of_what_is_wrong(own: Sandbox, plan: Any, words: str) -> None:
    own.heal()
    answer = own.control.post("/faults", json=plan)
    assert answer.status_code == 422
    assert words in answer.json()["error"]
    assert own.control.get("/faults").json() == []


@pytest.mark.parametrize(
    ("vendor", "operation"),
    [
        ("shopify", "returnProcess"),
        ("shopify", "shop"),
        ("netsuite", "PATCH returnAuthorization"),
        ("netsuite", "TRANSFORM returnAuthorization->creditMemo"),
        ("salesforce", "COMPOSITE sobjects"),
        ("salesforce", "UNABLE_TO_LOCK_ROW"),
        ("salesforce", "DESCRIBE ReturnOrder"),
        ("dynamics", "PATCH msdyn_rmas"),
        ("dynamics", "GET WhoAmI"),
        ("smtp", "MAIL"),
    ],
)
def test_every_operation_a_request_can_have_can_be_planned_for(own: Sandbox, vendor: str, operation: str) -> None:
    for kind in set(KINDS) - {"slow"}:
        own.fault(vendor, operation, kind)
    own.heal()


def test_calls_tell_what_is_left_of_the_limits(own: Sandbox) -> None:
    own.control.delete("/calls")
    accounts(own, token(own))
    told = own.control.get("/calls").json()
    assert told["quota"]["dynamics"]["requests left"] > 0
    assert [call["operation"] for call in told["recent"]] == ["TOKEN", "GET accounts"]


def test_the_pages_show_every_document_and_call_and_narrow_them(own: Sandbox) -> None:
    own.seed(order(663_010))
    accounts(own, token(own))
    overview = own.control.get("/").text
    assert "/documents?vendor=dynamics&amp;kind=salesorders" in overview
    found = own.control.get("/documents", params={"vendor": "dynamics", "kind": "salesorders", "find": "663010"}).text
    assert "1 to 1 of 1" in found
    assert "ORD-663010" in found
    everywhere = own.control.get("/documents", params={"find": "663010"}).text
    assert all(f"<summary>{vendor} " in everywhere for vendor in ("shopify", "netsuite", "salesforce", "dynamics"))
    nothing = own.control.get("/documents", params={"find": "<no such>"}).text
    assert "0 to 0 of 0" in nothing
    assert "&lt;no such&gt;" in nothing
    calls = own.control.get("/requests", params={"vendor": "dynamics", "operation": "accounts", "status": "200"}).text
    assert "GET accounts" in calls
    assert "requests left" in calls
    assert "TOKEN" not in calls
    assert "<script" not in overview + found + calls


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    def drawn(seed: int) -> list[str]:
        chance = Chance(Books(":memory:"), seed)
        return [chance.guid("a"), chance.hexadecimal("b", 40), chance.guid("a"), chance.url_safe("c", 48)]

    assert drawn(7) == drawn(7)
    assert not set(drawn(7)) & set(drawn(8))
    assert len(set(drawn(7))) == 4


def test_a_later_run_does_not_draw_again_what_an_earlier_one_gave_out() -> None:
    books = Books(":memory:")
    assert Chance(books, 7).guid("a") != Chance(books, 7).guid("a")


def test_two_runs_with_the_same_seed_and_requests_answer_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    def answered(seed: int) -> tuple[dict[str, Any], dict[str, Any], str]:
        world = World(Books(":memory:"), credentials.load(tmp_path_factory.getbasetemp()), seed=seed)
        world.ports.update(dict.fromkeys(("shopify", "netsuite", "salesforce", "dynamics", "pubsub"), 443))
        world.clock.freeze(True)
        world.clock.set(datetime(2027, 1, 1, tzinfo=UTC))
        vendors = build_all(world)
        ids = {name: vendor.seed(order(663_020)) for name, vendor in vendors.items()}
        known = world.credentials.dynamics
        form = {"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.client_secret}
        with httpx.Client(transport=InProcess(vendors["dynamics"].app), base_url="https://localhost:443") as client:
            wish = form | {"scope": f"{world.url('dynamics')}/.default"}
            token = client.post(f"/{known.tenant}/oauth2/v2.0/token", data=wish).json()["access_token"]
        return ids, {name: vendor.books_view() for name, vendor in vendors.items()}, token

    assert answered(7) == answered(7)
    assert answered(7)[2] != answered(8)[2]


def test_nothing_is_drawn_by_chance_but_from_the_seed() -> None:
    """Keys and certificates are: they are secrets, made once for each data folder."""
    for path in sorted((ROOT / "sandbox").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            assert name not in DRAWS, f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} draws with {name}"
