"""Vendors' credentials by the command line: taken from standard input, and shown by no command."""

from __future__ import annotations

import base64

import pytest

from tests.stack.desk import Desk

NAME, SECRET = "shopify.client_secret", "the-secret-that-must-not-be-seen"
BY = ("--by", "ines")


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(name.ljust(32, '.').encode()).decode()}"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKHAUL_CREDENTIALS__KEYS", key("one"))


def test_one_is_written_listed_sealed_anew_and_dropped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    written = desk.say("credentials", "set", NAME, *BY, stdin=f"{SECRET}\n".encode())
    assert (written.code, written.out.startswith(f"{NAME}  kept  version 1, by ines")) == (0, True), written
    monkeypatch.setenv("BACKHAUL_CREDENTIALS__KEYS", f"{key('two')},{key('one')}")
    assert desk.answer("credentials", "reencrypt", *BY) == {"reencrypted": 1}
    monkeypatch.setenv("BACKHAUL_CREDENTIALS__KEYS", key("two"))
    listed = desk.say("credentials", "list", "--json")
    [mine] = [one for one in listed.document["credentials"] if one["credential"] == NAME]
    assert (mine["source"], mine["version"], mine["set_by"]) == ("kept", 1, "ines")
    assert SECRET not in written.out + listed.out
    assert desk.answer("credentials", "drop", NAME, *BY)["source"] == "settings"
    assert desk.say("credentials", "list").out.split()[:3] == [NAME, "settings", "BACKHAUL_STOREFRONT__CLIENT_SECRET"]


@pytest.mark.parametrize(
    ("stdin", "says"),
    [
        (b"", "secret: is empty"),
        (b"\xff", "standard input: is not UTF-8"),
        (b"x" * 70_000, "standard input: is larger"),
    ],
)
def test_what_is_no_secret_is_refused(desk: Desk, stdin: bytes, says: str) -> None:
    said = desk.say("credentials", "set", NAME, *BY, stdin=stdin)
    assert (said.code, said.err.startswith(says)) == (2, True), said


def test_what_the_doctor_finds_says_where_each_is_from(desk: Desk) -> None:
    desk.say("credentials", "set", NAME, *BY, stdin=SECRET.encode())
    said = desk.say("doctor", "--vendor", "credentials")
    assert said.code == 0, said
    assert f"{NAME} is kept: version" in said.out
    assert "netsuite.token_secret is that of BACKHAUL_ERP__TOKEN_SECRET" in said.out
    assert SECRET not in said.out
    desk.answer("credentials", "drop", NAME, *BY)
