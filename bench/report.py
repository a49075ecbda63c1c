"""What was measured as a document and as a table. Every number is the median of the rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median, quantiles
from typing import Any

from rich.table import Table

from bench.measure import Measured, Side

Document = dict[str, Any]
_PARTS = ("worker", "server", "sandbox", "postgres", "driver")
_ENGINE = ("worker", "server")


def document(measured: Measured) -> Document:
    """`cpu_ms` is per return; the floor's is in `floor`. `cpu_ratio` is the CPU time of all processes for a walk
    over the floor, to theirs for a return; `engine_ratio` the same of worker and Temporal alone."""
    ours, floor = _side(measured.backhaul, "worker"), _side(measured.floor, "floor")
    first = [ms for played in measured.backhaul.rounds for ms in played.first_ms]
    return {
        "backhaul": {"returns_per_s": ours["per_s"], "counts": ours["counts"]},
        "floor": {"returns_per_s": floor["per_s"]} | {
            name: floor[name] for name in ("events", "actions", "cpu_ms", "counts")
        },
        "ratio": round(ours["per_s"] / floor["per_s"], 3),
        "cpu_ratio": round(_cpu(floor, _PARTS) / _cpu(ours, _PARTS), 3),
        "engine_ratio": round(_cpu(floor, _ENGINE) / _cpu(ours, _ENGINE), 3),
        "events": ours["events"],
        "actions": ours["actions"],
        "actions_by_history": ours["actions_by_history"],
        "cpu_ms": ours["cpu_ms"],
        "quote_ms": _spread(first),
        "quote_alone_ms": _spread(measured.alone_ms),
        "rounds": len(measured.backhaul.rounds),
        "returns_per_round": len(first) // len(measured.backhaul.rounds),
        "load_average": round(measured.load, 1),
    }  # fmt: skip


def table(found: Document) -> Table:
    floor = found["floor"]
    shown = Table("per return", "Backhaul", "floor", title=f"{found['rounds']} rounds of {found['returns_per_round']}")
    for column in shown.columns[1:]:
        column.justify = "right"
    shown.add_row("returns per second", str(found["backhaul"]["returns_per_s"]), str(floor["returns_per_s"]))
    shown.add_row("ratio", f"[bold]{found['ratio']}[/]", "1")
    shown.add_row("ratio of CPU time", str(found["cpu_ratio"]), "1")
    shown.add_row("ratio of CPU time, worker and Temporal", str(found["engine_ratio"]), "1")
    shown.add_section()
    for name, ours in found["backhaul"]["counts"].items():
        shown.add_row(name.replace("_", " "), str(ours), str(floor["counts"][name]))
    shown.add_row("events in the history", str(found["events"]), str(floor["events"]))
    shown.add_row("actions, by the server's counter", str(found["actions"]), str(floor["actions"]))
    shown.add_section()
    for part in _PARTS:
        shown.add_row(f"CPU ms, {part}", str(found["cpu_ms"][part]), str(floor["cpu_ms"][part]))
    shown.add_section()
    shown.add_row("ms to the quote, p50 and p95", _both(found["quote_ms"]), "")
    shown.add_row("the same, alone", _both(found["quote_alone_ms"]), "")
    return shown


def _side(side: Side, worker: str) -> Document:
    """`worker` is the process that works for this side; the other one idles."""
    cpu = {
        part: round(median(one.cpu_ms[worker if part == "worker" else part] for one in side.rounds), 1)
        for part in _PARTS
    }
    return {
        "per_s": round(median(one.per_second for one in side.rounds), 2),
        "events": median(cost.events for cost in side.costs),
        "actions": round(median(one.actions for one in side.rounds), 2),
        "actions_by_history": median(cost.actions for cost in side.costs),
        "cpu_ms": cpu,
        "counts": asdict(side.counts),
    }


def _cpu(side: Document, parts: Sequence[str]) -> float:
    return float(sum(side["cpu_ms"][part] for part in parts))


def _spread(times: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(times, n=20, method="inclusive") if len(times) > 1 else [times[0]] * 19
    return {"p50": round(cuts[9], 1), "p95": round(cuts[18], 1)}


def _both(spread: dict[str, float]) -> str:
    return f"{spread['p50']}, {spread['p95']}"
