"""The ledger's commands on a real PostgreSQL and the sandbox's NetSuite: what differs is said, then set right."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from adapters.erp.netsuite import NetSuite
from domain.basis import Basis
from domain.invoice import Invoice
from domain.reckoning import Asked
from domain.refund import CreditLine
from domain.units import FULL_VALUE
from store.stores import open_stores
from tests.adapters.netsuite_case import settings
from tests.stack.desk import Desk
from tests.stack.netsuite import Account
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.settings import LEAST

_NUMBERS = count(9_050_001)


class Finance:
    """An order of three mugs at 9.99 plus 19 %, what returns hold of it, and a clerk in the ERP."""

    def __init__(self, sandbox: Sandbox, database: str, desk: Desk) -> None:
        self.number = next(_NUMBERS)
        self.order = order(self.number)
        sandbox.seed(self.order)
        self.line = str(self.order["lines"][0]["line_id"])
        self.invoice: Invoice = asyncio.run(self._read(sandbox))
        self.database, self.desk = database, desk
        self.clerk = Account(sandbox)
        self.clerk.login()

    def reserve(self, who: str, units: int) -> tuple[CreditLine, ...]:
        async def run() -> tuple[CreditLine, ...]:
            async with open_stores(self.database) as stores:
                asked = (Asked(self.line, units, units * FULL_VALUE),)
                return (await stores.ledger.reserve(who, self.invoice, asked, Basis())).lines

        return asyncio.run(run())

    def credit_by_hand(self, units: int) -> str:
        body = {"item": {"items": [{"orderLine": 1, "quantity": units}]}, "shippingCost": 0}
        return self.clerk.made(f"invoice/{self.invoice.invoice_id}", "creditMemo", body, replace=True)

    def answer(self, act: str, *words: str) -> Any:
        return self.desk.answer("ledger", act, str(self.number), *words)

    async def _read(self, sandbox: Sandbox) -> Invoice:
        netsuite = NetSuite(settings(sandbox))
        try:
            return await netsuite.invoice(str(self.number))
        finally:
            await netsuite.close()


@pytest.fixture
def finance(
    sandbox: Sandbox, postgres_url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Finance]:
    """Commands run in an empty folder, with their settings in the environment."""
    folder, known = tmp_path_factory.mktemp("finance"), sandbox.credentials["netsuite"]
    key = folder / "key.pem"
    key.write_text(known["private_key_pem"])
    given = LEAST | {
        "BACKHAUL_DATABASE__URL": postgres_url,
        "BACKHAUL_FILES__CA": str(sandbox.ca_file),
        "BACKHAUL_ERP__ACCOUNT": known["account"],
        "BACKHAUL_ERP__BASE_URL": sandbox.url("netsuite"),
        "BACKHAUL_ERP__CLIENT_ID": known["client_id"],
        "BACKHAUL_ERP__CERTIFICATE_ID": known["certificate_id"],
        "BACKHAUL_ERP__PRIVATE_KEY_FILE": str(key),
    }
    monkeypatch.chdir(folder)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    opened = Finance(sandbox, postgres_url, Desk())
    yield opened
    opened.clerk.http.close()


def test_the_ledger_shows_what_was_posted_who_holds_it_and_what_is_left(finance: Finance) -> None:
    finance.reserve("R-1-A", 2)
    (page,) = finance.answer("show")["invoices"]
    units, net, tax = (row for row in page["lines"] if row["line_id"] == finance.line)
    left = {"posted": "3", "reserved": "2", "reversed": "0", "remaining": "1"}
    assert units == {"line_id": finance.line, "component": "units"} | left
    assert (net["posted"], net["reserved"], net["remaining"]) == ("29.97", "19.98", "9.99")
    assert (tax["component"], tax["posted"]) == ("tax DE19", "5.69")
    assert [(entry["holder"], entry["state"], entry["value"]) for entry in page["entries"]] == [
        ("R-1-A", "reserved", 2 * FULL_VALUE)
    ]
    said = finance.desk.say("ledger", "show", str(finance.number))
    assert f"R-1-A reserved  line {finance.line}  2 units  23.77 EUR" in said.out


def test_showing_asks_no_erp(finance: Finance, monkeypatch: pytest.MonkeyPatch) -> None:
    finance.reserve("R-1-A", 1)
    monkeypatch.setenv("BACKHAUL_ERP__BASE_URL", "https://127.0.0.1:1")
    assert len(finance.answer("show")["invoices"]) == 1


def test_books_that_agree_are_said_to(finance: Finance) -> None:
    finance.reserve("R-1-A", 1)
    said = finance.desk.say("ledger", "rebuild", str(finance.number))
    assert (said.code, said.out.splitlines()[1:]) == (0, ["the ledger and the ERP agree"])


def test_a_memo_made_by_hand_is_printed_and_then_written(finance: Finance) -> None:
    finance.reserve("R-1-A", 1)
    document = finance.credit_by_hand(1)
    first = finance.answer("rebuild", "--dry-run")
    assert not first["written"]
    assert [(one["component"], one["ours"], one["theirs"]) for one in first["differences"]] == [
        ("units", "0", "1"),
        ("net", "0.00", "9.99"),
        ("tax DE19", "0.00", "1.90"),
    ]
    assert {one["document"] for one in first["differences"]} == {f"credit memo CM{document} (erp:{document})"}
    assert finance.answer("rebuild", "--dry-run") == first
    said = finance.desk.say("ledger", "rebuild", str(finance.number))
    assert f"line {finance.line}  net       ours 0.00  theirs 9.99" in said.out
    assert said.out.splitlines()[-1] == "the ledger is set right"
    assert finance.answer("rebuild")["differences"] == []
    (memo,) = first["credit_memos"]
    assert (memo["holder"], memo["total"], memo["open"]) == (f"erp:{document}", "11.89", "11.89")


def test_returns_that_are_short_are_named(finance: Finance) -> None:
    finance.reserve("R-1-A", 2)
    finance.credit_by_hand(2)
    found = finance.answer("rebuild")
    assert [(one["component"], one["missing"]) for one in found["shortages"]] == [
        ("units", "1"),
        ("net", "9.99"),
        ("tax DE19", "1.90"),
    ]
    assert found["shortages"][0]["returns"] == [{"return_id": "R-1-A", "reserved": "2"}]
    said = finance.desk.say("ledger", "show", str(finance.number))
    assert f"line {finance.line} units: 1 more is taken than was posted; short: R-1-A (2)" in said.out


def test_what_cannot_be_answered_is_one_sentence(finance: Finance) -> None:
    finance.desk.say("ledger", "show", str(finance.number)).sentence.index("nothing of it was ever returned")
    finance.desk.say("ledger", "rebuild", "4044").sentence.index("order 4044 has no invoice to credit")
    for act in ("show", "rebuild"):
        for word in ("", "a b", "ü", "5" * 65):
            assert finance.desk.say("ledger", act, word).sentence.startswith("order: must be 1 to 64")


def test_an_erp_that_is_away_is_one_sentence(finance: Finance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKHAUL_ERP__BASE_URL", "https://127.0.0.1:1")
    assert "netsuite" in finance.desk.say("ledger", "rebuild", str(finance.number)).sentence
