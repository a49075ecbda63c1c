"""Pages that show much have room for all of it: what an installation in a browser test never comes to in a minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request

from adapters.crm.port import Scalar
from api.console.rendering import page
from api.console.searching import Asked
from api.console.wording import VERDICTS
from domain.allowance import BrokenOrg, Standing
from domain.mapping import Mode
from domain.money import Money
from domain.refund import ByHand
from domain.returns import Hold, Owner, Stage
from domain.units import Lot, Reception
from runtime.bench import bench_of
from runtime.finance import Matter, Mismatch
from runtime.hub.quota import state
from runtime.hub.sheets import sheets_of
from runtime.overview import Seen
from runtime.protection import Protected
from runtime.rehearsal import Difference, Rehearsed
from runtime.views.money import money_of
from security.roles import Principal, Role
from store.port import (
    Attempts,
    Backfill,
    BackfillState,
    Claim,
    Coverage,
    CrmLetter,
    Erasure,
    ErasureState,
    Latency,
    OrgCoverage,
    Part,
    Position,
    Reconciliation,
    RunState,
    Subject,
    Subscription,
)
from tests.stack.settings import least_settings
from tests.store.samples import NOW, full_snapshot, snapshot
from workflows.decisions import NEED_A_NOTE

EVERYBODY = Principal("eve", frozenset(Role))
LATER = NOW + timedelta(days=3650)


def shown(template: str, **values: Any) -> str:
    app = SimpleNamespace(state=SimpleNamespace(settings=least_settings()))
    scope = {"type": "http", "method": "GET", "path": "/console", "query_string": b"", "headers": [], "app": app}
    scope["server"] = ("console", 80)
    return bytes(page(Request(scope), EVERYBODY, template, **values).body).decode()


def test_a_crm_with_everything_on_its_sheet() -> None:
    coverage = OrgCoverage("main", 200, 150, 1000, 940, NOW, Latency(900, 0.8, 4.25, 31.5))
    seen = Seen(
        {"main": "ReturnOrder", "idle": "Case"},
        Coverage((coverage,), (), 3, (replace(coverage, region="DE", latency=None),)),
        (Attempts("main", "", 90, 10, {"UNABLE_TO_LOCK_ROW": 7, "TIMEOUT": 3}),),
        (CrmLetter("R-1-A", "main", "quoted", 2, 1, NOW, "no licence", 1),),
        (Backfill("b1", "main", BackfillState.PAUSED, True, None, 50, 20, 5, 2, "", "", "by hand", NOW, NOW),),
        (Reconciliation("r1", "main", "ReturnOrder", 0, RunState.COMPLETE, 9, 9, 7, 1, True, "", NOW, NOW,
                        {"edited_there": 1}, {"Status": 1}),),
        (Protected("main", Standing("main", NOW, LATER, 1000, 900, 50, 5, 20, NOW), (
            BrokenOrg("main", "org", 5, "REQUEST_LIMIT_EXCEEDED", NOW, LATER, "", None),
            BrokenOrg("main", "bulk", 0, "", None, None, "certificate is new", NOW),
        ), True),),
        (Position("main", "ReturnOrder", "1", "", NOW, NOW, "the feed was away"),),
    )  # fmt: skip
    said = shown("crms.html", sheets=sheets_of(seen, NOW), days=30, untold=seen.coverage.untold, state_of=state)
    for told in (
        "75.0", "4.25 s", "31.50 s", "UNABLE_TO_LOCK_ROW", "1 dead letter", "950 of 1000 used",
        "REQUEST_LIMIT_EXCEEDED", "certificate is new", "queue is slowed", "the feed was away",
        "25 of 50, 2 refused", "1 edited there", "3 open returns were never owed", "Make calls again",
    ):  # fmt: skip
        assert told in said, told
    assert 'width="75.0"' in said
    assert said.index("UNABLE_TO_LOCK_ROW") < said.index("TIMEOUT")


def test_finance_sees_what_was_settled_by_hand_and_who_is_at_it() -> None:
    by_hand = ByHand("accept_by_hand", Money(-1, "EUR"), "", "finance-2", "rounding of the bank", NOW)
    snap = replace(full_snapshot(), matched=False, holds=(), by_hand=(by_hand,))
    money = money_of(snap, ())
    said = shown("mismatches.html", found=(Mismatch(snap, money),), next="")
    assert "Accepted" in said
    assert "finance-2: rounding of the bank" in said
    hold = Hold("H1", "match_failed", Owner.FINANCE, "paid 1 less", ("accept_by_hand", "retry"), NOW)
    taken = Claim(snap.return_id, "H1", "finance-2", NOW, LATER)
    page_of = {"next": "", "deciding": True, "noted": NEED_A_NOTE}
    free = shown("finance.html", found=(Matter(snap, hold, money, None, None),), **page_of)
    assert "Needs a note: why the difference is accepted" in free
    assert '<button class="main">Decide</button>' in free
    busy = shown("finance.html", found=(Matter(snap, hold, money, taken, None),), **page_of)
    assert "<strong>finance-2</strong> works on it" in busy
    assert "Decide</button>" not in busy


@pytest.mark.parametrize("stage", list(Stage))
def test_the_bench_says_something_of_a_return_at_every_stage(stage: Stage) -> None:
    snap = replace(full_snapshot(), stage=stage, lots=(Lot("70011", 2, Reception.RECEIVED),), stock=())
    said = shown(
        "bench_return.html", snap=snap, bench=bench_of(snap), verdicts=VERDICTS, draw=lambda what: what, scanned=""
    )
    assert ("Waiting for a verdict: 2" in said) is (stage is Stage.PENDING_INSPECTION)
    assert ("Count it in" in said) is (stage in (Stage.AWAITING_GOODS, Stage.PENDING_INSPECTION, Stage.EXPIRED))
    assert "CUP-09" in said


def test_what_would_be_written_is_told_field_by_field() -> None:
    def one(return_id: str, *differences: tuple[str, Scalar, Scalar], mode: Mode = Mode.LIVE, **more: Any) -> Rehearsed:
        return Rehearsed(return_id, bool(differences), mode, tuple(Difference(*each) for each in differences), **more)

    found = (
        one("R-1-A", ("Status", "New", "Closed")),
        one("R-1-B", ("Status", None, "New"), mode=Mode.OFF),
        one("R-1-C", problem="no such picklist value"),
        one("R-1-D"),
    )
    said = shown("rehearsed.html", org="main", found=found)
    assert "4 returns looked at, 2 would change" in said
    for told in ("Closed", "nothing is written", "No such picklist value", "shows it so already"):
        assert told in said, told


def test_dead_letters_of_customers_are_mended_on_the_returns_page() -> None:
    letter = SimpleNamespace(return_id="R-1-A", lane="notice", subject="quoted", since=NOW, reason="mailbox is full")
    given = Asked("/console/dead-letters", {})
    said = shown("letters.html", asked=given, rows=((letter, None),), orgs=("main",))
    assert "The customer" in said
    assert "Show again" not in said
    assert snapshot().return_id in said


STATES = {
    ErasureState.WAITING: ("2 still open", "Take the request back"),
    ErasureState.ERASING: ("Look again now", "every 30s"),
    ErasureState.DONE: ("Receipt below", "Theirs to do"),
    ErasureState.INCOMPLETE: ("Try again", "No right to the field."),
    ErasureState.WITHDRAWN: ("Stopped here", "before anything was erased"),
}


@pytest.mark.parametrize("state", list(ErasureState))
def test_a_request_to_be_erased_says_how_it_stands(state: ErasureState) -> None:
    over = state in (ErasureState.DONE, ErasureState.INCOMPLETE)
    parts = (Part("crm:main", {}, "no right to the field", NOW), Part("elsewhere", {"shop": "order 1"}, "", NOW))
    one = Erasure(
        "E-1", "petra", "a letter", NOW, NOW, state, Subject(("R-1-A", "R-1-B")),
        ("R-1-A", "R-1-B") if state is ErasureState.WAITING else (), NOW if over else None, parts if over else (),
    )  # fmt: skip
    said = shown("erasure.html", one=one, running=not over)
    for told in STATES[state]:
        assert told in said, told
    # Nobody can take back what has begun.
    assert ("Take the request back" in said) is (state is ErasureState.WAITING)
    today = shown("today.html", waiting=(), newest=(), owners=(), requests=(one,))
    assert "Overdue" in today


def test_a_system_that_hears_nothing_is_told_apart_from_one_that_wants_nothing() -> None:
    def one(state: str, **more: Any) -> Subscription:
        return Subscription("wms", "https://wms.example/", (), state, NOW, "ida", **more)

    page_of = {"told": (), "dead": False, "most": 100}
    resting = shown("webhook.html", one=one("active", failures=6, resting=LATER), **page_of)
    assert "Resting" in resting
    assert "Send a test event" in resting
    gone = shown("webhook.html", one=one("gone"), **page_of)
    assert "the receiver wants no more" in gone
    assert "Switch it on" in gone
    assert "Send a test event" not in gone
