"""Finding returns: filters together, free text, pages that neither skip nor repeat."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.errors import BadInput
from domain.money import Money
from domain.order import Contact
from domain.refund import ByHand, Quote
from domain.returns import Hold, Owner, Reason, SnapshotLine, Stage, UnexpectedGoods
from store.port import Search, Stores
from tests.store.samples import NOW, move

MUG = SnapshotLine("70011", "MUG-01", "Mug", 2, Reason.DAMAGED)
HOLD = Hold("h1", "amount_differs", Owner.FINANCE, "", (), NOW)
QUOTE = Quote(1, "901", "RA-17", (), Money(0, "EUR"), NOW, None, "d")


async def found(stores: Stores, **search: Any) -> list[str]:
    page = await stores.returns.search(Search(**search))
    assert page.cursor is None
    return [snapshot.return_id for snapshot in page.snapshots]


@pytest.fixture
async def three(stores: Stores) -> Stores:
    """A opened first, C last."""
    await stores.returns.record(
        move("R-1-A", lines=(MUG,), order_name="#5001_x", customer_id="801", region="DE", channel="web", quote=QUOTE)
    )
    await stores.returns.record(
        move(
            "R-2-B",
            opened_at=NOW + timedelta(hours=1),
            stage=Stage.INSPECTED,
            holds=(HOLD,),
            tracking=("1Z999",),
            credit_memo="CM-33",
            unexpected=(UnexpectedGoods("rc1", "other_article", None, "CUP-09", 1),),
        )
    )
    await stores.returns.record(move("R-2-C", opened_at=NOW + timedelta(hours=2), region="FR", channel="b2b"))
    await stores.returns.save_contact("R-2-C", Contact("Émile", "ÉMILE+shop@Example.Test", "9"))
    return stores


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({}, ["R-2-C", "R-2-B", "R-1-A"]),
        ({"return_id": "R-2-B"}, ["R-2-B"]),
        ({"order_id": "2"}, ["R-2-C", "R-2-B"]),
        ({"order_id": "2", "region": "FR"}, ["R-2-C"]),
        ({"customer_id": "801"}, ["R-1-A"]),
        ({"channel": "b2b"}, ["R-2-C"]),
        ({"sku": "MUG-01"}, ["R-1-A"]),
        ({"sku": "CUP-09"}, ["R-2-B"]),
        ({"sku": "MUG"}, []),
        ({"tracking": "1Z999"}, ["R-2-B"]),
        ({"stages": ("inspected", "closed")}, ["R-2-B"]),
        ({"stages": ("quoted",), "region": "DE"}, ["R-1-A"]),
        ({"held": True}, ["R-2-B"]),
        ({"held": False}, ["R-2-C", "R-1-A"]),
        ({"hold_owner": "finance"}, ["R-2-B"]),
        ({"hold_owner": "support"}, []),
        ({"opened_before": NOW + timedelta(hours=1)}, ["R-1-A"]),
        ({"opened_after": NOW + timedelta(hours=1)}, ["R-2-C", "R-2-B"]),
        ({"email": "émile+SHOP@example.test"}, ["R-2-C"]),
        ({"email": "shop@example.test"}, []),
        ({"text": "mug-01"}, ["R-1-A"]),
        ({"text": "r-2-"}, ["R-2-C", "R-2-B"]),
        ({"text": "ra-17"}, ["R-1-A"]),
        ({"text": "cm-33 1z999"}, ["R-2-B"]),
        ({"text": "cm-33 mug"}, []),
        ({"text": "émile+SHOP@example.test"}, ["R-2-C"]),
        # Else an address that is masked could be read letter by letter.
        ({"text": "émile"}, []),
        ({"text": "shop@example.test"}, []),
        ({"text": "@"}, []),
        ({"text": "#5001_X"}, ["R-1-A"]),
        ({"text": "50%"}, []),
        ({"text": "5001_"}, ["R-1-A"]),
        ({"text": "R_2"}, []),
        ({"text": "'; DROP TABLE returns; --"}, []),
        ({"text": "  "}, ["R-2-C", "R-2-B", "R-1-A"]),
        ({"stages": ("closed'",)}, []),
    ],
)
async def test_search_finds(three: Stores, search: dict[str, Any], expected: list[str]) -> None:
    assert await found(three, **search) == expected


async def test_what_does_not_match_or_was_settled_by_hand_is_found(stores: Stores) -> None:
    by_hand = ByHand("pay_rest_by_hand", Money(100, "EUR"), "the card took no more", "finance", "SEPA 77", NOW)
    await stores.returns.record(move("R-3-A", matched=False))
    await stores.returns.record(move("R-3-B", opened_at=NOW + timedelta(hours=1), matched=True, by_hand=(by_hand,)))
    await stores.returns.record(move("R-3-C", opened_at=NOW + timedelta(hours=2), matched=True))
    await stores.returns.record(move("R-3-D", opened_at=NOW + timedelta(hours=3)))
    assert await found(stores, differ=True) == ["R-3-B", "R-3-A"]
    assert await found(stores, differ=True, order_id="4") == []


async def test_pages_neither_skip_nor_repeat_while_returns_move_and_open(stores: Stores) -> None:
    # Three of each opening moment, so that a page ends in the middle of equals.
    ids = [f"R-{number}-X" for number in range(10, 22)]
    for place, return_id in enumerate(ids):
        await stores.returns.record(move(return_id, opened_at=NOW + timedelta(seconds=place // 3)))
    seen: list[str] = []
    cursor: str | None = None
    for turn in range(100):
        page = await stores.returns.search(Search(limit=5, cursor=cursor))
        seen += [snapshot.return_id for snapshot in page.snapshots]
        cursor = page.cursor
        if cursor is None:
            break
        await stores.returns.record(move(ids[turn], 2, opened_at=NOW + timedelta(seconds=turn // 3)))
        await stores.returns.record(move(f"R-99-{turn}", opened_at=NOW + timedelta(days=1)))
    assert seen == sorted(ids, reverse=True)


@pytest.mark.parametrize(
    "cursor", ["x", "äö", "W10", "WzEsMl0", "bm90IGpzb24", "WyIyMDI2LTExLTIxIiwgIlIiXQ", "a" * 5000]
)
async def test_a_cursor_that_no_page_gave_is_refused_by_field(stores: Stores, cursor: str) -> None:
    with pytest.raises(BadInput) as refused:
        await stores.returns.search(Search(cursor=cursor))
    assert refused.value.field == "cursor"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", 0),
        ("limit", 501),
        ("text", "a\0b"),
        ("text", "a b c d e f g h i"),
        ("text", "a" * 201),
        ("stages", ("a\0b",)),
        ("opened_after", datetime(2026, 11, 21)),
    ],
)
async def test_what_cannot_be_searched_for_is_refused_by_field(stores: Stores, field: str, value: Any) -> None:
    with pytest.raises(BadInput) as refused:
        await stores.returns.search(Search(**{field: value}))
    assert refused.value.field == field
