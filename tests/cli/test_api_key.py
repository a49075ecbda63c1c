"""`api-key`: what it prints makes the API know exactly that key."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from cli.stack import logins
from runtime.access import keyholders
from runtime.complaints import BadSettings
from runtime.embedded import api_keys as embedded
from runtime.embedded.part import PartStatus
from security.api_keys import SPEAKERS
from security.roles import Principal, Role
from tests.stack.desk import Desk
from tests.stack.settings import least_settings


def test_its_settings_make_the_key_known() -> None:
    words = ("--role", "storefront", "--role", "support", "--region", "DE", "--region", "AT", "--shop", "outlet")
    made = Desk().answer("api-key", "web-shop", *words)
    who = keyholders(least_settings(**made["settings"])).holder(made["key"])
    roles = frozenset({Role.STOREFRONT, Role.SUPPORT})
    assert who == Principal("web-shop", roles, frozenset({"DE", "AT"}), frozenset({"outlet"}))


def test_the_key_is_in_no_setting() -> None:
    made = Desk().answer("api-key", "web-shop", "--role", "storefront")
    assert made["key"] not in str(made["settings"])


@pytest.mark.parametrize("name", ["Shop", "my shop", "", "-x", "x" * 41])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    assert "small letters" in Desk().say("api-key", "--role", "storefront", "--", name).sentence


@pytest.mark.parametrize(("setting", "value"), [("ROLES", "king"), ("ROLES", ""), ("DIGEST", "abc"), ("COLOUR", "red")])
def test_a_wrong_setting_is_named(setting: str, value: str) -> None:
    given = {"DIGEST": "0" * 64, "ROLES": "storefront"} | {setting: value}
    with pytest.raises(BadSettings, match=f"BACKHAUL_API_KEYS__WEBSHOP__{setting}"):
        least_settings(**{f"BACKHAUL_API_KEYS__WEBSHOP__{name}": text for name, text in given.items()})


@pytest.mark.parametrize("name", sorted(SPEAKERS))
def test_no_key_has_the_name_of_who_speaks_in_the_audit_without_one(name: str) -> None:
    assert "speaks without a key" in Desk().say("api-key", name, "--role", "storefront").sentence
    with pytest.raises(BadSettings, match="speaks without a key"):
        least_settings(
            **{
                f"BACKHAUL_API_KEYS__{name.upper()}__DIGEST": "0" * 64,
                f"BACKHAUL_API_KEYS__{name.upper()}__ROLES": "finance",
            }
        )


def test_a_stack_has_a_key_and_a_person_for_each_role_and_keeps_them(tmp_path: Path) -> None:
    once = embedded.variables(tmp_path)
    assert embedded.variables(tmp_path) == once
    assert {name: once[name] for name in once if name.endswith("ROLES")} == {
        f"BACKHAUL_{kind}__{role.upper()}__ROLES": str(role) for role in Role for kind in ("API_KEYS", "LOGINS")
    }
    for file in (embedded.FILE, embedded.LOGINS_FILE):
        assert stat.S_IMODE((tmp_path / file).stat().st_mode) == 0o600
        assert not any(secret in once.values() for secret in json.loads((tmp_path / file).read_text()).values())


def test_the_demo_tells_who_may_sign_in_and_by_which_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKHAUL_FILES__DATA", str(tmp_path))
    told = logins((PartStatus("api", "running", 1, {"api": 8123}, ""),))
    known = json.loads((tmp_path / embedded.LOGINS_FILE).read_text())
    assert "http://localhost:8123/console" in told[1]
    assert [line.split() for line in told[2:]] == [[role, known[role]] for role in known if role != Role.STOREFRONT]
