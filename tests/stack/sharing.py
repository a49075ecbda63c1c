"""Shares the tests out among xdist's workers: what needs the same costly part goes to one worker, long ones first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# Each goes to one worker as a whole: a worker starts what a session shares for itself, and here that is a whole
# installation, a server that skips waiting, a browser, sandboxes of their own.
TOGETHER = (
    "tests/journeys/",
    "tests/workflows/",
    "tests/console/",
    "tests/convergence/",
    "tests/adapters/salesforce_feed/",
)
# Longest first, by the clock: else one worker is still at a long one when the others have nothing left.
FIRST = (
    "tests/journeys/",
    "tests/money/test_quote_memo_payout.py",
    "tests/workflows/",
    "tests/runtime/test_stack.py",
    "tests/convergence/",
    "tests/console/",
    "tests/bench/test_bench.py",
    "tests/adapters/test_crm_contacts.py",
    "tests/cli/test_outages.py",
    "tests/adapters/test_crm_four_processes.py",
)


def scope(nodeid: str) -> str:
    """What a test is handed out with: its folder where that stays together, its file otherwise."""
    return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def order(nodeids: Sequence[str]) -> list[int]:
    """Places in `nodeids`, in the order in which their scopes are to begin; after the longest, those of many tests."""
    many = Counter(map(scope, nodeids))

    def begins(place: int) -> tuple[int, int, str]:
        name = scope(nodeids[place])
        return FIRST.index(name) if name in FIRST else len(FIRST), -many[name], name

    return sorted(range(len(nodeids)), key=begins)


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Scopes begin in the order of the collection, which `order` has made."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)

    def remove_node(self, node: Any) -> str | None:
        """Answers the test at which a worker was lost. What the worker had left goes to others.

        xdist 3.8 would hand out the scopes it had finished as well. A worker that is given one has nothing to do, so
        it reports nothing, so it is given nothing more, and the run waits for ever.
        """
        work = self.assigned_work[node]
        self.assigned_work[node] = {name: unit for name, unit in work.items() if not all(unit.values())}
        lost: str | None = super().remove_node(node)
        return lost
