"""`python -m bench`: measure on a stack of its own, show a table, write the numbers."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from bench import audit, crm, report, site
from bench.measure import Sizes, measure
from bench.players import BenchFailed
from bench.site import WorkerDied
from runtime.embedded.part import StackError
from runtime.leaving import leave


def main(args: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers here")
    parser.add_argument("--rounds", type=_count, default=5, help="rounds of each side (default: %(default)s)")
    parser.add_argument("--returns", type=_count, default=20, help="returns per round (default: %(default)s)")
    parser.add_argument("--at-once", type=_count, default=8, help="returns at the same time (default: %(default)s)")
    parser.add_argument("--warmup", type=_count, default=5, help="returns alone, at first (default: %(default)s)")
    parser.add_argument("--crm", action="store_true", help="only what status updates cost a CRM, in calls")
    parser.add_argument("--audit", action="store_true", help="only what the audit adds to a move of a return")
    given = parser.parse_args(args)
    sizes = Sizes(given.rounds, given.returns, given.at_once, given.warmup)
    # A kind kill is like Ctrl-C: everything that was started is ended.
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console()
    try:
        with (
            console.status("starting PostgreSQL, Temporal, the sandbox and two workers") as status,
            site.opened() as place,
        ):
            if given.crm:
                found = asyncio.run(crm.measure(place.settings, place.ports["control"]))
                shown = crm.table(found)
            elif given.audit:
                cost = asyncio.run(audit.measure(place.settings.database.url))
                found, shown = dict(cost), audit.table(cost)
            else:
                found = report.document(asyncio.run(measure(place, sizes, status.update)))
                shown = report.table(found)
    except KeyboardInterrupt:
        console.print("interrupted; everything that was started has ended")
        return 130
    except (StackError, WorkerDied, BenchFailed) as error:
        console.print(f"[red]not measured:[/] {error}")
        return 1
    except TimeoutError:
        console.print("[red]not measured:[/] a return did not end in time; run `make test` to see what is broken")
        return 1
    console.print(shown)
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return number


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    leave(main())
