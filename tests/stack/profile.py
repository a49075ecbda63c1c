"""How much a run proves: `make test` proves enough to land a change, `make nightly` as much as a night has room for."""

from __future__ import annotations

import os

NIGHTLY = os.environ.get("TEST_PROFILE") == "nightly"


def often(each_time: int, nightly: int) -> int:
    """How many examples."""
    return nightly if NIGHTLY else each_time
