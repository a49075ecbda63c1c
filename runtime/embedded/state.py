"""What a stack remembers between commands: its processes and ports, in `stack.json`, behind a lock."""

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from runtime.embedded.part import StackError
from runtime.embedded.processes import Process


@dataclass(slots=True)
class State:
    """`ports` are kept after a process ended, so that a new one is found where the old one was."""

    path: Path
    processes: dict[str, Process] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def save(self) -> None:
        document = {"processes": {name: asdict(one) for name, one in self.processes.items()}, "ports": self.ports}
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(json.dumps(document, indent=2))
        unfinished.replace(self.path)


def load(folder: Path) -> State:
    path = folder / "stack.json"
    if not path.exists():
        return State(path)
    try:
        document = json.loads(path.read_text())
        processes = {
            name: Process(**{**one, "argv": tuple(one["argv"])}) for name, one in document["processes"].items()
        }
        return State(path, processes, document["ports"])
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(f"{path} cannot be read ({error}); end what it names, then remove it.") from error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[State]:
    """The state, for one command at a time. The lock ends with its process, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "stack.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"another command is changing the stack in {folder}; wait until it is done.") from None
        yield load(folder)
