"""Returns over real order lines: every usable line becomes a return that closes, every other one has its reason."""

import asyncio
import csv

import pytest

from stories import real_orders
from stories.order_lines import COLUMNS
from stories.real_orders import Report
from tests.stack.installation import Installation

pytestmark = pytest.mark.timeout(300)
RETURNS = 15
PURCHASES = [
    ("536365", "85123A", "WHITE HEART T-LIGHT HOLDER", "6", "2010-12-01 08:26:00", "2.55", "17850.0", "United Kingdom"),
    ("536365", "71053", "WHITE METAL LANTERN", "6", "2010-12-01 08:26:00", "3.39", "17850.0", "United Kingdom"),
    ("536365", "21730", "GLASS STAR T-LIGHT HOLDER", "7", "2010-12-01 08:26:00", "4.25", "17850.0", "United Kingdom"),
    ("536401", "22728", "ALARM CLOCK BAKELIKE PINK", "24", "2010-12-02 09:45:00", "3.75", "12583.0", "France"),
    ("536401", "21724", "PANDA STICKER SHEET", "12", "2010-12-02 09:45:00", "0.85", "12583.0", "France"),
    ("536527", "22809", "SET OF 6 T-LIGHTS SANTA", "6", "2010-12-01 13:04:00", "2.95", "12662.0", "Germany"),
    ("536527", "84347", "SILVER ANGELS T-LIGHT HLDR", "600", "2010-12-01 13:04:00", "0.21", "12662.0", "Germany"),
    ("536540", "22968", "ROSE COTTAGE KEEPSAKE BOX", "4", "2010-12-01 14:05:00", "9.95", "14911.0", "EIRE"),
    ("536990", "21731", "RED TOADSTOOL LED NIGHT LIGHT", "12", "2010-12-03 12:23:00", "1.65", "12601.0", "Italy"),
    ("537201", "22423", "REGENCY CAKESTAND 3 TIER", "1", "2010-12-05 15:19:00", "12.75", "12472.0", "Japan"),
    # A guest, and no description.
    ("537434", "22141", "", "3", "2010-12-06 16:57:00", "4.21", "", "United Kingdom"),
]  # fmt: skip
CANCELLATIONS = [
    ("C536379", "21730", "GLASS STAR T-LIGHT HOLDER", "-2", "2010-12-09 09:41:00", "4.25", "17850.0", "United Kingdom"),
    ("C536380", "21730", "GLASS STAR T-LIGHT HOLDER", "-1", "2010-12-10 09:41:00", "4.25", "17850.0", "United Kingdom"),
    # More than was bought: what was bought comes back. Without a C it is the sign that tells.
    ("C536381", "22728", "ALARM CLOCK BAKELIKE PINK", "-30", "2010-12-20 10:00:00", "3.75", "12583.0", "France"),
    ("536606", "84347", "SILVER ANGELS T-LIGHT HLDR", "-599", "2010-12-02 14:23:00", "0.21", "12662.0", "Germany"),
    # Eleven months later: how long ago is the shop's policy's affair.
    ("C580000", "22968", "ROSE COTTAGE KEEPSAKE BOX", "-1", "2011-11-05 10:00:00", "9.95", "14911.0", "EIRE"),
]  # fmt: skip
BAD = {
    ("", "22111", "x", "1", "2010-12-01 08:26:00", "1.00", "1.0", "France"): "InvoiceNo or StockCode is empty",
    ("540001", "", "x", "1", "2010-12-01 08:26:00", "1.00", "1.0", "France"): "InvoiceNo or StockCode is empty",
    ("540002", "22111", "x", "1.5", "2010-12-01 08:26:00", "1.00", "1.0", "France"): "Quantity is not a whole number",
    ("540003", "22111", "x", "0", "2010-12-01 08:26:00", "1.00", "1.0", "France"): "Quantity is zero",
    ("540004", "22111", "x", "1", "2010-12-01 08:26:00", "a lot", "1.0", "France"): "UnitPrice is not a number",
    ("540005", "22111", "x", "1", "2010-12-01 08:26:00", "NaN", "1.0", "France"): "UnitPrice is not above zero",
    ("540006", "22111", "x", "1", "2010-12-01 08:26:00", "0.0", "1.0", "France"): "UnitPrice is not above zero",
    ("540007", "22111", "x", "1", "2010-12-01 08:26:00", "0.001", "1.0", "France"): "UnitPrice has more decimals",
    ("540008", "22111", "x", "1", "2010-12-01 08:26:00", "1E+30", "1.0", "France"): "UnitPrice is too large",
    ("540009", "22111", "x", "1", "yesterday", "1.00", "1.0", "France"): "InvoiceDate is not a date",
    ("C540010", "22809", "x", "-1", "2010-12-09 08:26:00", "2.95", "", "Germany"): "a cancellation without",
    ("C540011", "NEVER", "x", "-1", "2010-12-09 08:26:00", "1.00", "12662.0", "Germany"): "a cancellation with no",
    # It comes before the purchase.
    ("C540012", "21731", "x", "-1", "2010-12-01 08:26:00", "1.65", "12601.0", "Italy"): "a cancellation with no",
}  # fmt: skip


@pytest.fixture(scope="module")
def report(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Report:
    path = tmp_path_factory.mktemp("lines") / "lines.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *PURCHASES, *CANCELLATIONS, *BAD])

    async def run() -> Report:
        async with installation.theatre() as theatre:
            return await real_orders.run(theatre, path, RETURNS, lambda line: None)

    return asyncio.run(run())


def test_every_return_closes_with_one_number(report: Report) -> None:
    assert report.failures == []
    assert report.closed == report.wanted == RETURNS


def test_every_cancellation_becomes_a_return_and_the_rest_is_drawn(report: Report) -> None:
    assert report.origins == {"cancellation": len(CANCELLATIONS), "drawn": RETURNS - len(CANCELLATIONS)}


def test_our_books_and_every_vendors_have_the_same_sum(report: Report) -> None:
    (sums,) = report.sums.values()
    assert len(set(sums.values())) == 1, sums
    assert report.ok


def test_every_line_that_was_not_used_has_its_row_and_reason(report: Report) -> None:
    first = 2 + len(PURCHASES) + len(CANCELLATIONS)
    said = {line.row: line.reason for line in report.unused}
    assert sorted(said) == list(range(first, first + len(BAD)))
    for row, reason in enumerate(BAD.values(), start=first):
        assert said[row].startswith(reason)
