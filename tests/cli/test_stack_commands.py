"""The command line: every refusal is one sentence and exit code 2, every answer may be JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import app
from runtime.embedded.part import PARTS
from tests.stack.desk import Desk

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("BACKHAUL_", "TEMPORAL_"))}
    command = [sys.executable, str(ROOT / "starter.py"), *words]
    return subprocess.run(command, cwd=folder, env=ours, capture_output=True, text=True, timeout=60, check=False)


def test_status_of_no_stack_says_that_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = Desk().say("status", "--stack", "--json")
    assert said.code == 0
    parts = json.loads(said.out)["parts"]
    assert [part["name"] for part in parts] == list(PARTS)
    assert {part["state"] for part in parts} == {"stopped"}


def test_missing_settings_are_told_one_by_one_with_the_way_out(tmp_path: Path) -> None:
    said = run(tmp_path, "migrate")
    assert said.returncode == 2
    lines = said.stderr.splitlines()
    assert lines[0].startswith("BACKHAUL_DATABASE__URL is not set")
    assert "`backhaul up`" in lines[-1]
    assert said.stdout == ""


def test_a_refusal_in_json_is_one_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = Desk().say("restart", "mainframe", "--json")
    assert said.code == 2
    assert json.loads(said.err)["error"].startswith("there is no part 'mainframe'")


@pytest.mark.parametrize("words", [("nonsense",), ("up", "--nonsense"), ("up", "--only", "mainframe"), ("restart",)])
def test_wrong_words_are_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    said = Desk().say(*words)
    assert said.code == 2
    assert "Traceback" not in said.err
    assert said.err.strip()


def test_what_nobody_foresaw_is_exit_code_1_with_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(app, "build", lambda: lambda **_: broken())
    with pytest.raises(SystemExit) as left:
        app.main(["status"])
    assert left.value.code == 1
    assert "nobody thought of this" in capsys.readouterr().err


def test_the_help_names_every_command() -> None:
    said = Desk().say("--help")
    assert said.code == 0
    for command in ("up", "down", "status", "restart", "migrate", "worker"):
        assert command in said.out
