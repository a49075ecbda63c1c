"""Tryton's own programs, in the virtual environment that `make test-erp` fills from requirements.txt."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime.embedded.part import StackError

VENV = Path(__file__).resolve().parents[1] / ".erp-venv"
MODULES = ("sale", "product_kit", "web_shop")
PRICE_DECIMALS = 6
# Variables that would steer Tryton or PostgreSQL past the configuration file.
_FOREIGN = ("PG", "TRYTON", "BACKHAUL_", "TEMPORAL_")


@dataclass(frozen=True, slots=True)
class Programs:
    """As they are called: with their own interpreter, so that a running one is known by its command line."""

    venv: Path = VENV

    def command(self, name: str, *words: str) -> tuple[str, ...]:
        program = self.venv / "bin" / name
        if not program.exists():
            raise StackError(f"there is no Tryton in {self.venv}: run `make tryton` first (about 160 MB).")
        return (str(self.venv / "bin" / "python"), str(program), *words)

    def versions(self) -> tuple[str, ...]:
        """Every package and its version, as the folders of the environment name them."""
        return tuple(sorted(path.name for path in self.venv.glob("lib/python*/site-packages/*.dist-info")))

    def activate(self, configuration: Path, database: str, password: str) -> None:
        """Tables and modules into an empty database, and its administrator. Takes a minute or two."""
        secret = configuration.with_name("admin-password")
        secret.touch(mode=0o600)
        secret.write_text(password + "\n")
        command = self.command("trytond-admin", "-c", str(configuration), "-d", database, "-u", "ir", "res", *MODULES)
        # Without an address it would ask for one, after all the work, and fail with nobody to answer.
        command += ("--activate-dependencies", "--email", "admin@lab.example")
        try:
            done = subprocess.run(
                command,
                env=environment({"TRYTONPASSFILE": str(secret)}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            secret.unlink()
        if done.returncode:
            raise StackError(f"Tryton's modules could not be activated:\n{done.stderr.strip()[-2000:]}")


def configure(path: Path, database_server: str, port: int) -> None:
    """Tryton's configuration file; it holds the database's password."""
    sections = {
        "database": {"uri": database_server, "path": str(path.parent / "files")},
        "web": {"listen": f"127.0.0.1:{port}"},
        "product": {"price_decimal": str(PRICE_DECIMALS)},
    }
    lines = (
        f"[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())
        for section, values in sections.items()
    )
    unfinished = path.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text("\n".join(lines))
    unfinished.replace(path)


def environment(more: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)} | dict(more)
