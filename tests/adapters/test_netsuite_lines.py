"""Remembered line numbers of an authorization: read once, read again only when NetSuite refuses them."""

from typing import Any

import pytest

from adapters.erp.netsuite.lines import LineNumbers
from adapters.erp.netsuite.settings import Names
from adapters.errors import Permanent

NAMES = Names()


def authorization(*numbers: int) -> dict[str, Any]:
    return {"item": {"items": [{NAMES.line_field: f"L{number % 10}", "line": number} for number in numbers]}}


class Account:
    """Stands for the client: one authorization, whose lines somebody may change."""

    def __init__(self, *numbers: int) -> None:
        self.record, self.reads = authorization(*numbers), 0

    async def get(self, kind: str, ref: str) -> dict[str, Any]:
        self.reads += 1
        return self.record


async def test_numbers_the_quote_has_read_are_not_read_again() -> None:
    account = Account(1, 2)
    lines = LineNumbers(account, NAMES)
    lines.learn("7", account.record)

    async def make(numbers: dict[str, str]) -> dict[str, str]:
        return numbers

    assert await lines.used("7", make) == {"L1": "1", "L2": "2"}
    assert account.reads == 0
    assert await lines.used("8", make) == {"L1": "1", "L2": "2"}
    assert account.reads == 1


async def test_numbers_that_changed_are_read_again_and_it_is_tried_once_more() -> None:
    account = Account(11)
    lines = LineNumbers(account, NAMES)
    lines.learn("7", authorization(1))

    async def make(numbers: dict[str, str]) -> str:
        if numbers != {"L1": "11"}:
            raise Permanent("netsuite", "receive", "no such line")
        return "made"

    assert await lines.used("7", make) == "made"


async def test_a_refusal_of_the_right_numbers_is_raised_without_a_second_try() -> None:
    account, tried = Account(1), []
    lines = LineNumbers(account, NAMES)
    lines.learn("7", account.record)

    async def make(numbers: dict[str, str]) -> None:
        tried.append(numbers)
        raise Permanent("netsuite", "credit", "more than is left")

    with pytest.raises(Permanent, match="more than is left"):
        await lines.used("7", make)
    assert len(tried) == 1
