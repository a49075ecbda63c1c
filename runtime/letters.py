"""What was owed to a CRM or a customer and was given up for now: seen, and shown again where it is a CRM's.

Raises domain refusals (with NotFound) and RetryLater; never an engine's or a vendor's error.
"""

from __future__ import annotations

from temporalio.client import Client

from domain import ids
from runtime.scope import Scope
from runtime.visibility import Replaying, Sight, Told
from security.roles import Principal
from store.port import CrmLetter, DeadLetter, Stores


class Letters:
    def __init__(self, stores: Stores, sight: Sight, scope: Scope) -> None:
        self._stores, self._sight, self._scope = stores, sight, scope

    async def listed(self, who: Principal, org: str | None, cause: str) -> tuple[DeadLetter, ...]:
        """Every one of them, oldest first, notices too unless an org is named. `cause` is looked for in the reason."""
        if org is not None:
            await self._sight.check(org)
        wanted = cause.lower()
        found = [one for one in await self._stores.outbox.dead_letters() if wanted in one.reason.lower()]
        mine = [one for one in found if org is None or ids.org_of_lane(one.lane) == org]
        return await self._scope.only(who, mine, lambda one: one.return_id)

    async def of(self, return_id: str) -> tuple[tuple[CrmLetter, ...], tuple[DeadLetter, ...]]:
        """Of one return: what each CRM was owed, and its notices."""
        notices = [one for one in await self._stores.outbox.dead_letters() if one.return_id == return_id]
        letters = await self._sight.letters(return_ids=(return_id,))
        return letters, tuple(one for one in notices if ids.org_of_lane(one.lane) is None)

    async def replay(
        self, client: Client, who: Principal, org: str | None, cause: str, named: tuple[str, ...], patience: int
    ) -> tuple[Told, ...]:
        """Show those again that fit and are theirs: the `named` returns, or all. Others' are as if they were not."""
        through = Replaying(client, self._sight, self._stores.returns, self._stores.audit)
        letters = await self._sight.letters(org, cause, named or None)
        mine = await self._scope.only(who, letters, lambda one: one.return_id)
        return await through.these(mine, patience, who.name)
