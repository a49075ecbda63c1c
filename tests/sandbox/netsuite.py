"""What tests of the sandbox NetSuite account share: orders in its books, documents made, states read and switched."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.stack.netsuite import RECORD, Account
from tests.stack.orders import line, order

# Every test file that seeds through here has ids of its own: the numbers are counted per process.
NUMBERS = itertools.count(25_000)


@contextmanager
def preferring(account: Account, **wish: Any) -> Iterator[None]:
    """Preferences of the account, switched for a while."""
    control = account.sandbox.control
    before = control.get("/netsuite/preferences").json()
    control.post("/netsuite/preferences", json=wish).raise_for_status()
    try:
        yield
    finally:
        control.post("/netsuite/preferences", json=before).raise_for_status()


def seeded(account: Account, *lines: dict[str, Any], **more: Any) -> dict[str, str]:
    number = next(NUMBERS)
    whole = lines or (line(number * 10 + 1, f"ACC-{number}", 3, "9.99", taxes=[{"code": "NY", "rate": "8.875"}]),)
    free = {"shipping": {"price": "0.00", "taxes": []}}
    found: dict[str, str] = account.sandbox.seed(order(number, *whole, **(free | more)))["netsuite"]
    return found


def made(account: Account, kind: str, body: dict[str, Any], **query: str) -> str:
    answer = account.http.post(f"{RECORD}/{kind}", json=body, params=query)
    assert answer.status_code == 204, answer.text
    return f"{kind}/{answer.headers['location'].rsplit('/', 1)[1]}"


def turned(account: Account, source: str, target: str, body: dict[str, Any], **more: Any) -> str:
    return f"{target}/{account.made(source, target, body, **more)}"


def take(quantity: int, of_line: int = 1, **more: Any) -> dict[str, Any]:
    return {"item": {"items": [{"orderLine": of_line, "quantity": quantity, **more}]}}


def authorized(account: Account, source: str, quantity: int = 3) -> str:
    return turned(account, source, "returnAuthorization", take(quantity) | {"orderStatus": {"id": "B"}}, replace=True)


def state(account: Account, record: str) -> str:
    status: str = account.get(record).json()["status"]["id"]
    return status


def act(account: Account, what: str, record: str) -> int:
    kind, _, number = record.partition("/")
    wish = {"act": what, "record": kind, "id": number}
    return account.sandbox.control.post("/netsuite/acts", json=wish).status_code


def stocked(account: Account, item: str) -> dict[tuple[str, str], tuple[int, int]]:
    """{(location, status): (on hand, available)}"""
    found = account.ask(
        "SELECT location, inventorystatus, quantityonhand, quantityavailable FROM inventorybalance WHERE item = ?", item
    )
    return {
        (row["location"], row["inventorystatus"]): (int(row["quantityonhand"]), int(row["quantityavailable"]))
        for row in found["items"]
        if row["quantityonhand"] != "0"
    }


def applied_to(invoice: str) -> dict[str, Any]:
    return {"apply": {"items": [{"doc": {"id": invoice}, "apply": True}]}}


def detail_of(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"inventoryAssignment": {"items": list(rows)}}
