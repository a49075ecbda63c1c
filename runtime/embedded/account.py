"""Whom PostgreSQL runs as: ourselves, or an unprivileged account when we are root, because PostgreSQL refuses root.

Sources: postgresql.org/docs/18/creating-cluster.html and postgres-user.html. The wheel's own way would create a system
user and make every parent folder readable; here an account that exists is used and parents are only made passable.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The account for child processes; None means: as we are."""

    uid: int | None = None
    gid: int | None = None

    def child(self) -> dict[str, Any]:
        """Keyword arguments for subprocess that drop to this account, groups included."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Make one file or folder this account's own."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def own_tree(self, folder: Path) -> None:
        if self.uid is None or folder.stat().st_uid == self.uid:
            return
        for parent, _, files in os.walk(folder, topdown=False):
            for name in files:
                self.own(Path(parent, name))
            self.own(Path(parent))

    def let_pass(self, *paths: Path) -> None:
        """Let this account pass through every folder above `paths`: search permission only, nothing can be listed."""
        if self.uid is None:
            return
        for folder in _above(paths):
            mode = stat.S_IMODE(folder.stat().st_mode)
            if not mode & stat.S_IXOTH and folder.stat().st_uid != self.uid:
                folder.chmod(mode | stat.S_IXOTH)


def unprivileged() -> Account:
    """Ourselves, or when we are root the first of `postgres` and `nobody` that exists."""
    if os.name == "nt" or os.geteuid() != 0:
        return Account()
    import pwd  # not on Windows

    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise RuntimeError(
        "PostgreSQL refuses to run as root, and this system has neither a 'postgres' nor a 'nobody' account; "
        "start as an ordinary user, or name a PostgreSQL server in the settings instead"
    )


def _above(paths: tuple[Path, ...]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        for folder in path.resolve().parents:
            if folder not in seen:
                seen.add(folder)
                yield folder
