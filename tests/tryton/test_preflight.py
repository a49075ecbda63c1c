"""The preflight against a real Tryton: nothing wrong with the lab's database, then one thing after another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.erp.tryton import Names, TrytonSettings
from adapters.erp.tryton.preflight import TrytonPreflight
from domain.preflight import State
from tests.preflight.looking import findings, wrong
from tests.stack.tryton import RealTryton


def looked_at(tryton: RealTryton, **changes: Any) -> TrytonPreflight:
    mine = TrytonSettings(tryton.url, tryton.database, tryton.user, tryton.password)
    return TrytonPreflight(replace(mine, **changes))


async def test_nothing_is_wrong_with_the_labs_database(tryton: RealTryton) -> None:
    """A service for shipping comes with the first order that has any."""
    found = await findings(looked_at(tryton, names=_without_shipping()))

    assert {each.state for each in found} == {State.OK}, found


@pytest.mark.parametrize(
    ("names", "about", "mend"),
    [
        ({"web_shop": "Elsewhere"}, "Elsewhere", "BACKHAUL_ERP__WEB_SHOP"),
        ({"quarantine": "NONE"}, "NONE", "BACKHAUL_ERP__QUARANTINE_LOCATION"),
        ({"scrap": "STO"}, "STO", "waste locations"),
        ({"other_payments": "Barter"}, "Barter", "BACKHAUL_ERP__PAYMENT_METHOD"),
        ({"services": {"restocking_fee": "NO_FEE"}}, "NO_FEE", "service product"),
    ],
)
async def test_a_name_the_database_does_not_have_is_told_with_its_mend(
    tryton: RealTryton, names: dict[str, Any], about: str, mend: str
) -> None:
    [found] = await wrong(looked_at(tryton, names=replace(_without_shipping(), **names)))

    assert found.about == about
    assert mend in found.mend


async def test_a_wrong_password_leaves_the_rest_unasked(tryton: RealTryton) -> None:
    found = await findings(looked_at(tryton, password="wrong"))

    assert [each.state for each in found].count(State.FAILED) == 1
    assert "BACKHAUL_ERP__PASSWORD" in found[0].mend
    assert {each.state for each in found[1:]} == {State.SKIPPED}


async def test_a_user_who_reads_another_language_is_told(tryton: RealTryton) -> None:
    with tryton.admin() as admin:
        [user] = admin.find("res.user", ["login", "=", tryton.user], fields=("language",))
        german = admin.id("ir.lang", ["code", "=", "de"])
        admin.call("ir.lang.load_translations", [german])
        admin.call("res.user.write", [user["id"]], {"language": german})
        try:
            found = await wrong(looked_at(tryton, names=_without_shipping()))
        finally:
            admin.call("res.user.write", [user["id"]], {"language": user["language"]})

    assert [each.about for each in found] == ["language"]
    assert "English" in found[0].mend


async def test_a_user_without_a_group_lacks_its_rights(tryton: RealTryton) -> None:
    with tryton.admin() as admin:
        user, sales = admin.id("res.user", ["login", "=", tryton.user]), admin.id("res.group", ["name", "=", "Sales"])
        admin.call("res.user.write", [user], {"groups": [["remove", [sales]]]})
        try:
            found = await wrong(looked_at(tryton, names=_without_shipping()))
        finally:
            admin.call("res.user.write", [user], {"groups": [["add", [sales]]]})

    assert "sale.sale" in {each.about for each in found}
    assert all("groups Sales" in each.mend for each in found)


def _without_shipping() -> Names:
    names = Names()
    return replace(names, services={line: code for line, code in names.services.items() if code != "SHIPPING"})
