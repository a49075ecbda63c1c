"""What the audit adds to a move: the same statement with the chain written, and with the function that writes it empty.

The books are the site's own, which nobody sees afterwards: the function is put back all the same.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
from rich.table import Table

from domain.returns import CustomerStage, Snapshot, Stage
from store import auditing
from store.port import Move, Returns, TimelineEvent
from store.stores import open_stores

_STAGES = (
    Stage.REQUESTED, Stage.QUOTED, Stage.CONFIRMED, Stage.AWAITING_GOODS, Stage.INSPECTED, Stage.CREDITED, Stage.CLOSED,
)  # fmt: skip
_EMPTY = """
    CREATE OR REPLACE FUNCTION audit_append(of_stream text, acts jsonb, earlier jsonb DEFAULT '{}') RETURNS void
    LANGUAGE plpgsql AS 'BEGIN END'
"""


async def measure(url: str, returns: int = 40, rounds: int = 5) -> dict[str, float]:
    """Milliseconds per move, by the median of the rounds, which take turns; `acts_ms` is what making the acts takes."""
    connection = await asyncpg.connect(url)
    try:
        full = await connection.fetchval("SELECT pg_get_functiondef('audit_append'::regproc)")
        async with open_stores(url, connections=1) as stores:
            await _moves(stores.returns, returns, "warm")
            took: dict[str, list[float]] = {"with": [], "without": []}
            try:
                for number in range(rounds):
                    for side, definition in (("with", full), ("without", _EMPTY)):
                        await connection.execute(definition)
                        took[side].append(await _moves(stores.returns, returns, f"{side}-{number}"))
            finally:
                await connection.execute(full)
    finally:
        await connection.close()
    found = {f"{side}_ms": statistics.median(each) for side, each in took.items()}
    found["acts_ms"] = _acts(returns)
    found["added_ms"] = found["with_ms"] - found["without_ms"] + found["acts_ms"]
    return {name: round(value, 3) for name, value in found.items()}


async def _moves(books: Returns, returns: int, name: str) -> float:
    """What a move took."""
    each = [move for number in range(returns) for move in _story(f"R-BENCH-{name}-{number}")]
    began = time.perf_counter()
    for move in each:
        await books.record(move)
    return (time.perf_counter() - began) * 1000 / len(each)


def _acts(returns: int) -> float:
    each = [move for number in range(returns) for move in _story(f"R-BENCH-{number}")]
    began = time.perf_counter()
    for move in each:
        auditing.of_move(move)
    return (time.perf_counter() - began) * 1000 / len(each)


def _story(return_id: str) -> list[Move]:
    now = datetime.now(UTC)
    first = Snapshot(
        return_id=return_id, order_id=return_id, version=1, stage=_STAGES[0],
        customer_stage=CustomerStage.CONFIRMATION, changed_at=now, opened_at=now,
    )  # fmt: skip
    return [
        Move(
            replace(first, version=version, stage=stage),
            (TimelineEvent(str(stage), f"the return is {stage} now", now, "customer", {"line": "1"}),),
        )
        for version, stage in enumerate(_STAGES, 1)
    ]


def table(found: dict[str, float]) -> Table:
    shown = Table("a move of a return", "ms", title="what the audit adds")
    shown.columns[1].justify = "right"
    for name, said in (
        ("with_ms", "with its acts in the chain"),
        ("without_ms", "without"),
        ("acts_ms", "making them"),
    ):
        shown.add_row(said, f"{found[name]:.2f}")
    shown.add_section()
    shown.add_row("added by the audit", f"{found['added_ms']:.2f}")
    return shown
