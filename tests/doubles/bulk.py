"""The CRM's door for many returns at once, in memory: what it is given stands in the world's books."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from adapters.crm.port import Forecast, Projection, Published
from adapters.errors import VendorError
from tests.doubles.world import FakeCrm, FakeWorld


class FakeBulk:
    def __init__(self, world: FakeWorld) -> None:
        self._world, self._crm = world, FakeCrm(world)

    async def forecast(self, returns: int, lines: int) -> Forecast:
        return Forecast(returns, 38, 2, 60.0, 1000, 100)

    async def load(
        self, projections: Sequence[Projection], ticket: str, keep: Callable[[str], Awaitable[None]]
    ) -> Mapping[str, Published | VendorError]:
        self._world.meet("load main")
        await keep("job")
        ended: dict[str, Published | VendorError] = {}
        for each in projections:
            try:
                ended[each.return_id] = await self._crm.publish(each)
            except VendorError as error:
                ended[each.return_id] = error
        return ended
