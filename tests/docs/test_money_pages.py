"""The pages on money are held to the calculator: every number in them is worked out again."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from runtime.calculator import calculate
from tests.docs.test_docs import DOCS, rows_of

MONEY, CALCULATOR = DOCS / "money.md", DOCS / "refund-calculator.md"
COMPLAINTS = DOCS.parent / "tests" / "domain" / "test_complaints.py"


def documents(page: str) -> list[Any]:
    return [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE)]


def worked(**policies: Any) -> dict[str, Any]:
    (given,) = documents(MONEY.read_text())
    given["policies"] |= policies
    return calculate(given)


def cells(amounts: dict[str, Any]) -> list[str]:
    return [amounts["net"], amounts["taxes"].get("VAT20", ""), amounts["taxes"].get("VAT5", ""), amounts["total"]]


def sums(rows: list[list[str]]) -> list[str]:
    """The columns after the first, summed; nothing for a column of nothing."""
    return [str(sum(Decimal(row[at] or "0") for row in rows)) for at in range(1, len(rows[0]))]


def test_the_worked_invoice_is_posted_as_written() -> None:
    invoice = worked()["invoice"]
    lines = [[line["id"], str(line["quantity"]), *cells(line)] for line in invoice["lines"]]
    assert list(rows_of(MONEY, "posted")) == [*lines, ["shipping", "1", *cells(invoice["shipping"])]]
    assert list(invoice["order_discount"]["allocation"].values()) == ["3.00", "3.00", "4.00"]


def test_its_three_returns_are_credited_as_written() -> None:
    credited = []
    for one in worked()["returns"]:
        credited += [[one["id"], line["line"], *cells(line)] for line in one["lines"]]
        credited += [[one["id"], "shipping", *cells(one["shipping"])]] if one["shipping"] else []
    written = list(rows_of(MONEY, "return"))
    assert [row for row in written if len(row) == 6] == credited


def test_its_payouts_are_as_written() -> None:
    found = [
        [one["id"], one["total"], one["tenders"].get("card", ""), one["tenders"].get("gift", "")]
        for one in worked()["returns"]
    ]
    written = [row for row in rows_of(MONEY, "return") if len(row) == 4]
    assert written == [*found, ["together", *sums(found)]]


def test_the_strict_policies_end_as_written() -> None:
    found = []
    for one in worked(promotion="claw_back", restocking_fee={"percent": "15"})["returns"]:
        fees = {fee["name"]: Decimal(fee["total"]) for fee in one["fees"]}
        goods = Decimal(one["total"]) + sum(fees.values())
        taken = [str(-fees["restocking_fee"]), str(-fees["promotion_claw_back"])]
        found.append([one["id"], str(goods), *taken, one["total"]])
    written = [row for row in rows_of(MONEY, "return") if len(row) == 5]
    assert written == [*found, ["together", *sums(found)]]


def test_the_calculators_example_answers_as_written() -> None:
    given, answer, _ = documents(CALCULATOR.read_text())
    assert calculate(given) == answer


def test_every_complaint_is_listed_and_has_its_test() -> None:
    listed = [row[0] for row in rows_of(MONEY, "complaint")]
    assert listed == [f"I-{number}" for number in range(1, 37)]
    names = re.findall(r"^def (test_\w+)", COMPLAINTS.read_text(), re.MULTILINE)
    tested = {f"I-{number}" for name in names for number in re.findall(r"_i(\d+)(?=_)", name)}
    assert tested == set(listed)
