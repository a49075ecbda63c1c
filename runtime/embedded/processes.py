"""Detached processes that outlive who started them: launched with a log, known by pid and birth, ended one by one."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from runtime.embedded.part import StackError

# Every process of a stack carries this variable, its value the stack's folder.
MARK = "BACKHAUL_STACK"
# A birth is computed from the boot time, which the clock's corrections move by fractions of a second.
_BIRTH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Process:
    """`born` (seconds since the epoch) tells the process from a later one with the same pid. `settings` is a digest of
    the variables it was started with: when they change, it must be started anew. `ready` is set when it answered."""

    pid: int
    born: float
    argv: tuple[str, ...]
    log: str
    settings: str = ""
    ports: dict[str, int] = field(default_factory=dict)
    ready: bool = False


def launch(argv: tuple[str, ...], log: Path, environ: Mapping[str, str], folder: Path) -> Process:
    """Start it in a session of its own, its output added to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=dict(environ),
            cwd=folder,
            start_new_session=True,
        )
    # It is meant to outlive us; without this, Popen would warn about the child when it is collected.
    child.returncode = 0
    try:
        return _record(psutil.Process(child.pid), argv, log)
    except psutil.Error:
        raise StackError(f"{argv[0]} ended at once:\n{last_lines(log)}") from None


def left_behind(argv: tuple[str, ...], log: Path, mark: str) -> Process | None:
    """A process of this stack with the same command that nobody remembers, because a start was killed half way."""
    for process in psutil.process_iter():
        try:
            if process.cmdline() == list(argv) and process.environ().get(MARK) == mark and _lives(process):
                return _record(process, argv, log)
        except psutil.Error:
            continue
    return None


def environ(process: Process) -> dict[str, str]:
    """The environment it was started with."""
    try:
        found: dict[str, str] = psutil.Process(process.pid).environ()
    except psutil.Error:
        return {}
    return found


def alive(process: Process) -> bool:
    return _find(process) is not None


def end(process: Process, seconds: float) -> None:
    """Ask it to end, and kill it when it has not within `seconds`. One that is gone already is fine."""
    found = _find(process)
    if found is None:
        return
    try:
        found.terminate()
        if not _gone(found, seconds):
            found.kill()
            _gone(found, seconds)
    except psutil.NoSuchProcess:
        return
    if alive(process):
        raise StackError(f"process {process.pid} ({process.argv[0]}) does not end; end it yourself.")


def last_lines(log: str | Path, count: int = 15) -> str:
    path = Path(log)
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:]) if path.exists() else ""


def _find(process: Process) -> psutil.Process | None:
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.born) < _BIRTH_SECONDS
    except psutil.Error:
        return None
    return found if same and _lives(found) else None


def _lives(process: psutil.Process) -> bool:
    """A zombie is dead: in a container nobody may be there to bury it. But a killed process is a zombie as soon as its
    first thread is gone, and holds its ports and files until its last one is."""
    try:
        return bool(process.is_running() and (process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1))
    except psutil.Error:
        return False


def _gone(process: psutil.Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _lives(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _record(process: psutil.Process, argv: tuple[str, ...], log: Path) -> Process:
    return Process(process.pid, process.create_time(), argv, str(log))
