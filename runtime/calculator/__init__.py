"""The refund calculator: an invoice and its returns as one document in, what each return is worth out.

It asks no server and no database, and works a credit out by the very rules the reversal ledger reserves by.
"""

from __future__ import annotations

from typing import Any

from runtime.calculator.answer import answer
from runtime.calculator.asking import asked
from runtime.calculator.parts import take_apart
from runtime.calculator.problems import BadDocument, Problems
from runtime.calculator.refunds import Ledger
from runtime.calculator.sold import sold

__all__ = ["BadDocument", "calculate"]


def calculate(document: Any) -> dict[str, Any]:
    """The answer to a document as JSON gives it (decimal numbers as Decimal). Raises BadDocument with every problem."""
    problems = Problems()
    parts = take_apart(document, problems)
    asks = asked(parts, problems)
    sale = sold(parts, problems)
    problems.check()
    assert sale is not None, "without problems there is a sale"
    ledger = Ledger(sale)
    refunds = list(ledger.refunds(asks))
    return answer(parts, sale, refunds, ledger.taken)
