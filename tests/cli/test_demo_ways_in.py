"""What the demo says at its end opens the console: an address, and a word for each of its people."""

from __future__ import annotations

from pathlib import Path

from cli.demo import ways_in
from runtime.embedded import api_keys
from security.roles import Role


def test_the_demo_names_everybody_who_may_open_the_console_and_nobody_else(tmp_path: Path) -> None:
    address, *people = ways_in(8080, tmp_path)
    assert address.endswith("http://localhost:8080/console")
    told = dict(line.split() for line in people)
    assert set(told) == {str(role) for role in Role} - {"storefront"}
    assert told == {role: word for role, word in api_keys.logins(tmp_path).items() if role in told}
