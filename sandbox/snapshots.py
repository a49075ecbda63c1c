"""Snapshots: the books of all vendors, the clock and the fault plans kept under a name, to come back to."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.books import Books

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUFFIX = ".sqlite"


class BadSnapshot(ValueError):
    """The name cannot be used, or there is no snapshot of that name; the message says which."""


@dataclass(frozen=True)
class Snapshot:
    name: str
    taken_at: str
    """In real time: a test may have moved the sandbox's own clock."""
    bytes: int


class Snapshots:
    """One SQLite file each, in a folder of the data folder. The log of calls is not part of a snapshot."""

    def __init__(self, folder: Path, books: Books, restored: Callable[[], None]) -> None:
        """`restored` is called when the books were replaced: what vendors know only in memory no longer holds."""
        self._folder, self._books, self._restored = folder, books, restored

    def take(self, name: str) -> dict[str, Any]:
        """Under a name that is known, the newer snapshot replaces the older one."""
        if not _NAME.fullmatch(name):
            raise BadSnapshot("name must be 1 to 64 letters, digits, dots, dashes or underscores")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._books.copy_to(self._path(name))
        return asdict(self._read(self._path(name)))

    def all(self) -> list[dict[str, Any]]:
        return [asdict(self._read(path)) for path in sorted(self._folder.glob(f"*{_SUFFIX}"))]

    def restore(self, name: str) -> dict[str, Any]:
        found = self._find(name)
        self._books.take_from(found)
        self._restored()
        return asdict(self._read(found))

    def delete(self, name: str) -> None:
        self._find(name).unlink()

    def _find(self, name: str) -> Path:
        path = self._path(name)
        if not _NAME.fullmatch(name) or not path.exists():
            known = ", ".join(one["name"] for one in self.all()) or "none"
            raise BadSnapshot(f"no snapshot {name!r}; there are: {known}")
        return path

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"

    def _read(self, path: Path) -> Snapshot:
        about = path.stat()
        taken = datetime.fromtimestamp(about.st_mtime, UTC).isoformat(timespec="seconds")
        return Snapshot(path.name.removesuffix(_SUFFIX), taken, about.st_size)
