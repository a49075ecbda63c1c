"""Vendors' credentials as they are kept: written by people, and read by nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.errors import SignInRefused
from domain.credentials import Credential, credential
from domain.errors import BadInput, KeyReused, WrongStage
from runtime import wiring
from runtime.complaints import BadSettings
from runtime.credentials.keeping import Source
from runtime.credentials.known import known
from runtime.refusals import NotFound
from runtime.settings import read
from runtime.wiring import vendors
from store.port import Written
from store.stores import open_credentials
from store.tables import METADATA
from tests.runtime.credentials.conftest import FIELD, MAIL, SECRET, SHOP, Books, keyring
from tests.stack.settings import LEAST, least_settings


async def test_what_is_kept_counts_before_the_settings_until_it_is_dropped(books: Books) -> None:
    assert await books.now(SHOP) == "secret"
    assert await books.write(SHOP, SECRET) == 1
    assert await books.now(SHOP) == SECRET
    async with books.keeping() as keeping:
        dropped = await keeping.drop(SHOP, "ines")
        assert (dropped.source, dropped.version) == (Source.SETTINGS, 2)
        assert await keeping.drop(SHOP, "ines") == dropped
    assert await books.now(SHOP) == "secret"
    # A later one is not taken for one that was before.
    assert await books.write(SHOP, SECRET) == 3


async def test_it_is_in_no_table_as_it_was_written(books: Books) -> None:
    await books.write(SHOP, SECRET, key="k-1")
    await books.write(SHOP, f"{SECRET}-2", key="k-2")
    [row] = await books.run("SELECT * FROM credentials")
    for value in row:
        plain = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        assert SECRET.encode() not in plain
    every = " UNION ALL ".join(f'SELECT CAST(told AS text) FROM "{table}" AS told' for table in METADATA.tables)
    for (told,) in await books.run(every):
        assert SECRET not in told
    acts = await books.run("SELECT actor, action, subject, after FROM audit WHERE stream = 'credentials' ORDER BY seq")
    assert acts[-1][:3] == ("ines", "credential:write", SHOP)
    assert json.loads(acts[-1].after) == {"version": "2", "overlap": "86400 s"}


async def test_nothing_that_is_shown_holds_it(books: Books, caplog: pytest.LogCaptureFixture) -> None:
    await books.write(SHOP, SECRET)
    async with books.keeping() as keeping, books.vault() as vault:
        standing = await keeping.all()
        shown = vendors.shopify(books.settings(), vault)
        await vault.text(credential(SHOP))
        in_memory = [vault, vault.secret(credential(SHOP)), shown, standing, known(books.settings())]
    assert SECRET not in repr(in_memory) + caplog.text


async def test_what_was_tampered_with_is_a_refusal_that_says_what_to_do(books: Books) -> None:
    await books.write(SHOP, SECRET)
    await books.run("UPDATE credentials SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)")
    with pytest.raises(SignInRefused, match=r"shopify\.client_secret cannot be opened.*`credentials set`") as refused:
        await books.now(SHOP)
    assert "secret'" not in str(refused.value)
    source, trouble = await books.source(SHOP)
    assert (source, "write it again" in trouble) == (Source.UNREADABLE, True)
    # Written anew it counts again; what cannot be opened proves nobody.
    await books.write(SHOP, "another")
    assert await books.accepted(SHOP) == ("another",)


@pytest.mark.parametrize("change", ["vendor = 'dynamics', org = 'field'", "version = version + 1"])
async def test_a_value_that_was_moved_does_not_open(books: Books, change: str) -> None:
    await books.write(SHOP, SECRET)
    await books.run(f"UPDATE credentials SET {change}")
    moved = FIELD if "field" in change else SHOP
    with pytest.raises(SignInRefused, match="cannot be opened"):
        await books.now(moved)


async def test_a_wrong_key_is_told_with_its_setting_and_a_new_one_is_rotated_in(books: Books) -> None:
    await books.write(SHOP, SECRET)
    with pytest.raises(SignInRefused, match=r"the key 'one'.*BACKHAUL_CREDENTIALS__KEYS"):
        await books.now(SHOP, keys="two")
    async with books.keeping("two") as keeping:
        with pytest.raises(BadInput, match=r"BACKHAUL_CREDENTIALS__KEYS: does not open shopify\.client_secret"):
            await keeping.reencrypt("ines")
    async with books.keeping("two one") as keeping:
        assert await keeping.reencrypt("ines") == 1
    assert await books.now(SHOP, keys="two") == SECRET
    assert await books.source(SHOP, keys="two") == (Source.KEPT, "")


async def test_without_keys_nothing_can_be_kept_and_what_is_kept_is_told(books: Books) -> None:
    await books.write(SHOP, SECRET)
    bare = least_settings(BACKHAUL_DATABASE__URL=books.url)
    async with wiring.keeping(bare) as keeping:
        with pytest.raises(BadInput, match="BACKHAUL_CREDENTIALS__KEYS: is not set"):
            await keeping.write(SHOP, "x", "ines")
        one = await keeping.one(credential(SHOP))
        assert (one.source, "is not set here" in one.trouble) == (Source.UNREADABLE, True)
    async with wiring.vault(bare) as vault:
        assert await vault.text(credential(SHOP)) == "secret"


async def test_a_key_is_one_write(books: Books) -> None:
    assert await books.write(SHOP, "first", key="k-a") == 1
    assert await books.write(SHOP, "first", key="k-a") == 1
    with pytest.raises(KeyReused):
        await books.write(SHOP, "second", key="k-a")
    assert await books.write(SHOP, "second", key="k-b") == 2
    # A repeat that comes late does not bring the first one back.
    with pytest.raises(WrongStage, match="take a new key"):
        await books.write(SHOP, "first", key="k-a")
    assert await books.now(SHOP) == "second"
    with pytest.raises(BadInput, match="secret"):
        await books.write(SHOP, "has\nlines", key="k-c")
    # What was refused used up no key.
    assert await books.write(SHOP, "third", key="k-c") == 3


async def test_of_two_who_write_at_once_one_is_told(books: Books) -> None:
    async with open_credentials(books.url) as (rows, _):
        first = Written(credential(SHOP), 1, b"x", None, 0.0, "ines")
        assert await rows.write(first)
        assert not await rows.write(replace(first, by="audrey"))
        [row] = await rows.all()
        assert row.set_by == "ines"


@pytest.mark.parametrize(
    ("name", "secret", "why"),
    [
        (SHOP, "", "secret: is empty"),
        (SHOP, " x", "spaces around"),
        (SHOP, "x" * 16_385, "longer than"),
        (MAIL, "whsec_c2hvcnQ=", "at least 24 bytes"),
        ("dynamics.field.webhook_key", "short", "fewer than 16"),
        ("netsuite.private_key", "x", "no credential"),
        ("shopify.password", "x", "no credential"),
        ("nobody", "x", "is no name such as"),
    ],
)
async def test_what_cannot_be_used_is_refused_with_its_reason(books: Books, name: str, secret: str, why: str) -> None:
    with pytest.raises((BadInput, NotFound), match=why):
        await books.write(name, secret)
    assert await books.run("SELECT * FROM credentials") == []


def test_with_keys_the_settings_may_leave_secrets_out(tmp_path: Path) -> None:
    left = {name: value for name, value in LEAST.items() if not name.endswith("_SECRET")}
    left |= {"BACKHAUL_CRM__MAIN__KIND": "salesforce", "BACKHAUL_CRM__MAIN__URL": "https://127.0.0.1:1"}
    left |= {"BACKHAUL_CRM__MAIN__CLIENT_ID": "c", "BACKHAUL_CRM__MAIN__USERNAME": "u"}
    with pytest.raises(BadSettings) as missing:
        read(left, env_file=None)
    assert "BACKHAUL_STOREFRONT__CLIENT_SECRET is not set" in str(missing.value)
    kept = left | {"BACKHAUL_CREDENTIALS__KEYS": keyring("one")}
    found = known(read(kept, env_file=None))
    assert [str(one) for one in found if found[one].needed] == [
        SHOP, "netsuite.consumer_secret", "netsuite.token_secret", "salesforce.main.private_key",
    ]  # fmt: skip
    assert not any(one.given for one in found.values())
    by_certificate = {name: value for name, value in kept.items() if not name.startswith("BACKHAUL_ERP")}
    by_certificate["BACKHAUL_ERP__ACCOUNT"] = "T"
    by_certificate |= {"BACKHAUL_ERP__CLIENT_ID": "c", "BACKHAUL_ERP__CERTIFICATE_ID": "i"}
    assert Credential("netsuite", "", "private_key") in known(read(by_certificate, env_file=None))
    wrong = {"BACKHAUL_ERP__PRIVATE_KEY_FILE": str(tmp_path)}
    with pytest.raises(BadSettings, match="BACKHAUL_ERP__PRIVATE_KEY_FILE names no readable file"):
        read(by_certificate | wrong, env_file=None)
