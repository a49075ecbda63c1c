"""The lab's databases: a template with modules and master data, made once, and copies of it to work in.

A template's name carries a digest of all it is made from; when Tryton or the master data change, or the year, a new one
is made and everything of the old one goes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import psutil

from runtime.embedded import postgres
from runtime.embedded.postgres import Server
from tryton_lab import programs
from tryton_lab.programs import Programs

_BOOKS = Path(__file__).with_name("books")


def key(tools: Programs, year: int) -> str:
    made_from = [str(year), *tools.versions(), *programs.MODULES, str(programs.PRICE_DECIMALS)]
    made_from += [path.read_text() for path in sorted(_BOOKS.glob("*.py"))]
    return hashlib.sha256("\0".join(made_from).encode()).hexdigest()[:12]


def template(server: Server, key: str, fill: Callable[[str], None]) -> str:
    """The template's name. `fill` makes an empty database into one, and leaves nobody connected to it.

    It gets its name when it is finished, so one that was interrupted is begun anew."""
    name, making = f"template_{key}", f"making_{key}"
    if name not in _names(server):
        for other in _names(server):
            postgres.drop_database(server, other)
        postgres.create_database(server, making)
        fill(making)
        postgres.sql(server, 'ALTER DATABASE :"making" RENAME TO :"name"', making=making, name=name)
    return name


def working_copy(server: Server, template: str) -> str:
    """The copy that everybody shares; it keeps what is booked in it."""
    name = template.replace("template_", "erp_")
    _copy(server, template, name)
    return name


def copy_for_this_process(server: Server, template: str) -> str:
    """A copy of one's own: its name. Those of processes that are gone are dropped."""
    for name in _names(server):
        owner = name.removeprefix("own_")
        if owner != name and not psutil.pid_exists(int(owner)):
            postgres.drop_database(server, name)
    own = f"own_{os.getpid()}"
    postgres.drop_database(server, own)
    _copy(server, template, own)
    return own


def working(server: Server) -> list[str]:
    """The copies that may be in use."""
    return [name for name in _names(server) if name.startswith(("erp_", "own_"))]


def _copy(server: Server, template: str, name: str) -> None:
    """Nothing when there is one of that name.

    A sequence is copied with the numbers it may still give without noting them: were the server killed before a
    checkpoint, it would give them twice. Seen; the checkpoint ends that."""
    postgres.create_database(server, name, template)
    postgres.sql(server, "CHECKPOINT")


def _names(server: Server) -> list[str]:
    listed = postgres.sql(server, "SELECT datname FROM pg_database WHERE datname ~ '^(template|making|erp|own)_'")
    return listed.split()
