"""Many returns at once: new rows by CreateMultiple, a hundred in one call; rows that are there by the ordinary publish.

UpsertMultiple knows no condition on a row, so it could put a stale state over a newer one that somebody wrote between
our look and our write. CreateMultiple cannot: a key that is taken by then refuses the call, all of it, and its returns
are published one by one, each under its ETag. So is a hundred with one row that the environment does not take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import ceil

from adapters.crm.dynamics.crm import DynamicsCrm
from adapters.crm.dynamics.environment import Row
from adapters.crm.dynamics.rows import SETS, TABLES, Known
from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.crm.port import Forecast, Projection, Published
from adapters.errors import Permanent, VendorError

Keep = Callable[[str], Awaitable[None]]
MOST = 100
_LINES, _LINE = "msdyn_rmaproducts", "msdyn_rmaproduct"
# Guesses for the forecast: what a call of a hundred rows takes, and one that only looks.
_SECONDS_OF_HUNDRED, _SECONDS_OF_CALL = 4.0, 0.5


class DynamicsBulk:
    """Implements adapters.crm.port.Bulk."""

    def __init__(self, settings: DynamicsSettings, crm: DynamicsCrm) -> None:
        self._settings, self._crm, self._environment = settings, crm, crm.environment

    async def forecast(self, returns: int, lines: int) -> Forecast:
        """There is no day's allowance: the environment counts the last five minutes, and only while it works."""
        batches = ceil(returns / MOST)
        line_calls = ceil(lines / MOST) if self._settings.profile == "rma" else 0
        # A look, the customers in the worst case all new, and the rows.
        calls = 3 * batches + line_calls
        seconds = (batches + line_calls) * _SECONDS_OF_HUNDRED + 2 * batches * _SECONDS_OF_CALL
        return Forecast(returns, calls, batches + line_calls, seconds)

    async def load(
        self, projections: Sequence[Projection], ticket: str, keep: Keep
    ) -> Mapping[str, Published | VendorError]:
        """Nothing is left behind at the environment that a ticket could name: a repeat finds by key what was made."""
        done: dict[str, Published | VendorError] = {}
        for at in range(0, len(projections), MOST):
            batch = list(projections[at : at + MOST])
            known, settled = await self._crm.prepared(batch)
            done |= {key: _ours(value) for key, value in settled.items()}
            await self._create([each for each in batch if each.return_id not in done], known, done)
            rest = [each for each in batch if each.return_id not in done]
            answers = await asyncio.gather(*(self._crm.publish(each) for each in rest), return_exceptions=True)
            done |= {each.return_id: _ours(answer) for each, answer in zip(rest, answers, strict=True)}
        return done

    async def _create(
        self, batch: Sequence[Projection], known: Known, done: dict[str, Published | VendorError]
    ) -> None:
        new: list[tuple[Projection, Row]] = []
        for each in batch:
            try:
                body = self._crm.new_row(each, known)
            except Permanent as error:
                done[each.return_id] = error
                continue
            if body is not None:
                new.append((each, body))
        if not new:
            return
        entity_set = SETS[self._settings.profile]
        try:
            made = await self._environment.create_many(
                entity_set, TABLES[self._settings.profile], [body for _, body in new]
            )
            # By return: lines of one parent stand together, because they lock each other.
            lines = [line for each, _ in new for line in self._crm.new_lines(each, known)]
            for at in range(0, len(lines), MOST):
                await self._environment.create_many(_LINES, _LINE, lines[at : at + MOST])
        except VendorError:
            # One by one it is told which of them was meant; a call that is refused for all meets the same there.
            return
        for (each, _), record in zip(new, made, strict=True):
            done[each.return_id] = self._crm.written(each, record, known)


def _ours(error: object) -> Published | VendorError:
    if isinstance(error, Published | VendorError):
        return error
    raise error if isinstance(error, BaseException) else TypeError(type(error).__name__)
