"""The lab itself: starts again and again on the same books, whatever was killed; the desk is no administrator."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from runtime.embedded import state
from tests.stack.orders import line, order
from tests.stack.sandbox import ROOT
from tests.stack.tryton import RealTryton
from tryton_lab.rpc import Refused

VAT20 = [{"code": "VAT20", "rate": "20"}]


def _order(order_id: int) -> dict[str, object]:
    return order(order_id, line(order_id * 10 + 1, "LAB-MUG", 1, "10.00", taxes=VAT20), shipping={"price": "0"})


def _kill(tryton: RealTryton, part: str) -> None:
    process = psutil.Process(state.load(tryton.lab.folder).processes[part].pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(20)


def _known(tryton: RealTryton, order_id: int) -> bool:
    with tryton.desk() as desk:
        return bool(desk.find("sale.sale", ["web_id", "=", str(order_id)]))


def test_a_second_start_finds_everything_running(tryton: RealTryton) -> None:
    first = tryton.lab.up()
    before = state.load(tryton.lab.folder).processes
    assert tryton.lab.up() == first
    assert state.load(tryton.lab.folder).processes == before
    assert tryton.lab.is_up()
    assert first.url == tryton.url


@pytest.mark.parametrize("part", ["tryton", "postgres"])
def test_what_was_killed_comes_back_at_the_same_address_with_the_same_books(tryton: RealTryton, part: str) -> None:
    order_id = {"tryton": 981001, "postgres": 981002}[part]
    tryton.seed(_order(order_id))
    _kill(tryton, part)
    assert not tryton.lab.is_up()
    assert tryton.lab.up().url == tryton.url
    assert _known(tryton, order_id)


def test_a_sessions_own_database_is_not_the_working_copy(tryton: RealTryton) -> None:
    tryton.seed(_order(981003))
    with tryton.lab.up().desk() as working:
        assert working.find("sale.sale", ["web_id", "=", "981003"]) == []


def test_from_the_command_line_it_says_where_it_is_and_takes_orders(tryton: RealTryton, tmp_path: Path) -> None:
    ports, orders = tmp_path / "tryton.json", tmp_path / "orders.json"
    data = ["--data", str(tryton.lab.folder)]
    number = 981004 + 1000 * len(_sold(tryton))  # the working copy remembers earlier runs
    orders.write_text(json.dumps(_order(number)))
    up = _lab("up", *data, "--ports-file", str(ports))
    assert up.returncode == 0, up.stderr
    assert ports.stat().st_mode & 0o077 == 0
    assert json.loads(ports.read_text())["url"] == tryton.url
    seeded = _lab("seed", *data, str(orders))
    assert seeded.returncode == 0, seeded.stderr
    assert json.loads(seeded.stdout)["total"] == "12.00"
    again = _lab("seed", *data, str(orders))
    assert again.returncode == 1
    assert "unique" in again.stderr
    assert "Traceback" not in again.stderr


def test_the_desk_may_not_close_a_period(tryton: RealTryton) -> None:
    with tryton.desk() as desk:
        period = desk.find("account.period", ["state", "=", "open"])[0]["id"]
        with pytest.raises(Refused, match="close"):
            desk.call("account.period.close", [period])
    with tryton.admin() as admin:
        assert admin.call("account.period.read", [period], ["state"])[0]["state"] == "open"


def _sold(tryton: RealTryton) -> list[dict[str, object]]:
    with tryton.lab.up().desk() as working:
        return working.find("sale.sale")


def _lab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tryton_lab", *words], cwd=ROOT, capture_output=True, text=True)
