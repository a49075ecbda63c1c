"""Four worker processes under one cap of calls per second, as the org counts them, while a backfill runs."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest

from adapters.crm.spending import Priority
from tests.adapters.crm import forget_calls
from tests.adapters.test_crm_salesforce import settings
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
CAP = 20
TIMES = 30
# Live status may meet a turn or two of the others: not more, as it would in one line with them.
MORE = 0.4


def begun(sandbox: Sandbox, database: str, number: int, purpose: Priority, times: int | None) -> subprocess.Popen[str]:
    given: dict[str, Any] = {
        "salesforce": dataclasses.asdict(settings(sandbox)),
        "database": database,
        "per_second": CAP,
        "purpose": int(purpose),
        "return_id": f"R-{number}-A",
        "order": order(number),
        "times": times,
    }
    sandbox.seed(given["order"])
    command = [sys.executable, "-m", "tests.adapters.lane", json.dumps(given)]
    lane = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return lane


def said(lane: subprocess.Popen[str]) -> Any:
    assert lane.stdout is not None
    return lane.stdout.readline().strip()


def go(lane: subprocess.Popen[str]) -> None:
    assert lane.stdin is not None
    lane.stdin.write("go\n")
    lane.stdin.flush()


def ended(lane: subprocess.Popen[str]) -> list[float]:
    """What a lane that goes on until its input ends has done."""
    told, _ = lane.communicate(timeout=60)
    assert lane.returncode == 0
    took: list[float] = json.loads(told)
    return took


def busiest_second(sandbox: Sandbox) -> tuple[int, int]:
    """(the most calls that began within any one second, all calls), by the org's own clock, but for sign-ins."""
    calls = sandbox.control.get("/calls", params={"vendor": "salesforce"}).json()["recent"]
    at = sorted(datetime.fromisoformat(each["at"]).timestamp() for each in calls if each["operation"] != "TOKEN")
    return max(sum(start <= each < start + 1 for each in at) for start in at), len(at)


def p95(took: list[float]) -> float:
    return quantiles(took, n=20, method="inclusive")[18]


@pytest.mark.timeout(120)
def test_the_cap_holds_over_any_second_and_live_status_does_not_feel_the_backfill(
    sandbox: Sandbox, postgres_url: str
) -> None:
    sandbox.heal()
    live = begun(sandbox, postgres_url, 618001, Priority.LIVE, TIMES)
    backfill = [begun(sandbox, postgres_url, 618002 + n, Priority.BACKFILL, None) for n in range(3)]
    assert [said(lane) for lane in (live, *backfill)] == ["ready"] * 4
    go(live)
    alone = json.loads(said(live))
    forget_calls(sandbox)
    for lane in (*backfill, live):
        go(lane)
    crowded = json.loads(said(live))
    most, calls = busiest_second(sandbox)
    filled = [ended(lane) for lane in backfill]
    live.communicate(timeout=60)
    assert most <= CAP
    assert all(filled), "the backfill went on meanwhile"
    assert calls > TIMES + 10
    assert p95(crowded) <= p95(alone) + MORE, (p95(alone), p95(crowded))
