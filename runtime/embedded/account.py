"""Whom PostgreSQL runs as: ourselves, or an unprivileged account when we are root, because PostgreSQL refuses root.

Sources: postgresql.org/docs/18/creating-cluster.html and postgres-user.html. The wheel's own way would create a system
user and make every parent folder readable; here an account that exists is used and parents are only made passable.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ACCOUNTS = ("postgres", "nobody")
# A program of its own that becomes the account, groups included, and then the command.
_BECOME = """
import os, sys
uid, gid = map(int, sys.argv[1:3])
os.setgroups([]), os.setgid(gid), os.setuid(uid)
os.execv(sys.argv[3], sys.argv[3:])
"""


@dataclass(frozen=True, slots=True)
class Account:
    """The account for child processes; None means: as we are."""

    uid: int | None = None
    gid: int | None = None

    def running(self, command: list[str]) -> list[str]:
        """The command that runs `command`, whose first word is a path, as this account.

        subprocess's own `user` is not used: with it Python forks, and around a fork gRPC crashes or hangs a process
        whose channels are in use at that moment (grpc/grpc issue 43055).
        """
        if self.uid is None:
            return command
        return [sys.executable, "-I", "-S", "-c", _BECOME, str(self.uid), str(self.gid), *command]

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
