"""The measurement runs, counts right and cleans up. How fast anything is depends on the machine: never asserted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, END_SECONDS = 60.0, 60.0
# What a shell runs in the background ignores Ctrl-C, and so would whatever it starts. Not by subprocess's preexec_fn,
# for which Python forks: see runtime/embedded/account.py.
_HEEDS_INTERRUPTS = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the bench makes its temporary folders. Not pytest's own: PostgreSQL wants to pass through to its data."""
    with TemporaryDirectory(prefix="backhaul-test-") as path:
        yield Path(path)


def start(folder: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _HEEDS_INTERRUPTS, sys.executable, "-m", "bench", *args],
        cwd=ROOT, env=os.environ | {"TMPDIR": str(folder), "COLUMNS": "100"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def left_behind(folder: Path) -> list[str]:
    """Files of the bench, and processes that carry its folder in their command or surroundings."""
    found = [str(path) for path in folder.glob("backhaul-bench-*")]
    for process in psutil.process_iter():
        try:
            if str(folder) in " ".join([*process.cmdline(), *process.environ().values()]):
                found.append(f"{process.pid} {process.cmdline()}")
        except psutil.Error:
            continue
    return found


@pytest.mark.timeout(300)
def test_a_small_run_measures_both_sides_and_leaves_nothing(folder: Path) -> None:
    file = folder / "numbers.json"
    sizes = ("--rounds", "1", "--returns", "2", "--at-once", "2", "--warmup", "2")
    bench = start(folder, *sizes, "--json", str(file))
    said, _ = bench.communicate(timeout=240)
    assert bench.returncode == 0, said
    found: dict[str, Any] = json.loads(file.read_text())
    assert found["backhaul"]["returns_per_s"] > 0
    assert found["floor"]["returns_per_s"] > 0
    assert found["ratio"] == pytest.approx(
        found["backhaul"]["returns_per_s"] / found["floor"]["returns_per_s"], abs=0.01
    )
    assert found["floor"]["counts"] == found["backhaul"]["counts"]
    assert found["backhaul"]["counts"]["updates"] == 4
    assert found["events"] > 50
    assert found["actions"] > 10
    assert {"worker", "server", "sandbox", "postgres", "driver"} == set(found["cpu_ms"])
    assert found["quote_ms"]["p50"] <= found["quote_ms"]["p95"]
    assert "returns per second" in said
    assert left_behind(folder) == []


@pytest.mark.timeout(180)
def test_an_interrupted_run_ends_everything_it_started(folder: Path) -> None:
    bench = start(folder)
    deadline = time.monotonic() + START_SECONDS
    while not list(folder.glob("backhaul-bench-*/logs/floor.log")):
        assert bench.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    bench.send_signal(signal.SIGINT)
    said, _ = bench.communicate(timeout=END_SECONDS)
    assert bench.returncode == 130, said
    assert left_behind(folder) == []
