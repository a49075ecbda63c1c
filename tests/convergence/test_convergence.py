"""Both CRMs converge whatever happens: a few runs for each change of the code, many more in a night."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.convergence.machine import Convergence
from tests.stack.postgres import Postgres
from tests.stack.profile import NIGHTLY, often
from tests.stack.sandbox import Sandbox


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("bus", [True, False], ids=["told by the event bus", "found by looking"])
def test_all_sides_agree_once_it_is_quiet(crms: Sandbox, postgres: Postgres, bus: bool) -> None:
    @contextmanager
    def ground() -> Iterator[tuple[Sandbox, str]]:
        crms.control.post("/snapshots/empty/restore").raise_for_status()
        crms.control.post("/snapshots", json={"name": "empty"}).raise_for_status()
        with postgres.fresh() as url:
            yield crms, url

    measure = settings(
        max_examples=often(5, nightly=300),
        stateful_step_count=often(25, nightly=40),
        derandomize=not NIGHTLY,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        # A shorter run that fails is worth the time of a night only.
        phases=(Phase.generate, Phase.shrink) if NIGHTLY else (Phase.generate,),
    )

    def machine() -> Convergence:
        return Convergence(ground, bus)

    run_state_machine_as_test(machine, settings=measure)  # type: ignore[arg-type]
