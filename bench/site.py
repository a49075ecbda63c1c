"""Where it is measured: an embedded stack of its own in a temporary folder, and a worker process for each side.

Leaving the site ends every process and removes the folder, whatever happened.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime.embedded import environment, processes
from runtime.embedded.part import SERVERS
from runtime.embedded.processes import Process
from runtime.embedded.stack import Stack
from runtime.settings import Settings, from_file, read, stack_file

_ROOT = Path(__file__).resolve().parents[1]
# One CRM: the returns that are measured are shown in Salesforce.
_LEFT_OUT = "BACKHAUL_CRM__DYNAMICS"
# How long a worker may take to finish what it does.
_END_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Site:
    """A running stack. `pids` has a process each for server (Temporal), postgres, sandbox, worker, floor (the floor's
    worker) and driver (this one)."""

    settings: Settings
    ports: Mapping[str, int]
    pids: Mapping[str, int]
    workers: tuple[Process, ...]

    def check(self) -> None:
        """Raises WorkerDied when nobody is there to do the work."""
        for worker in self.workers:
            if not processes.alive(worker):
                raise WorkerDied(f"{' '.join(worker.argv)} ended:\n{processes.last_lines(worker.log)}")


class WorkerDied(Exception):
    """A worker ended while it was needed; the text has the end of its log."""


@contextlib.contextmanager
def opened() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="backhaul-bench-"))
    stack = Stack.at(folder)
    workers: list[Process] = []
    try:
        parts = stack.up({}, SERVERS)
        given = from_file(stack_file(folder.resolve()))
        variables = {name: value for name, value in given.items() if not name.startswith(_LEFT_OUT)}
        for name, module in (("worker", "worker"), ("floor", "bench.floor_worker")):
            argv = (sys.executable, "-m", module)
            log = folder / "logs" / f"{name}.log"
            workers.append(processes.launch(argv, log, _environ(variables, folder), _ROOT))
        pids = {part.name: part.pid for part in parts if part.pid is not None}
        pids |= {"worker": workers[0].pid, "floor": workers[1].pid, "driver": os.getpid()}
        pids["server"] = pids.pop("temporal")
        ports = {name: port for part in parts for name, port in part.ports.items()}
        yield Site(read(variables, None), ports, pids, tuple(workers))
    finally:
        for worker in workers:
            processes.end(worker, _END_SECONDS)
        stack.down()
        shutil.rmtree(folder, ignore_errors=True)


def _environ(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    """A worker's environment. Its bytecode is kept even where this shell wants none written, but outside the checkout:
    the engine's sandbox loads the floor's modules anew for every walk, and would compile them each time."""
    given = environment.of_child(variables)
    if given.pop("PYTHONDONTWRITEBYTECODE", ""):
        given["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    return given
