"""What the API and its console ask, composed once for the life of the process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime.front import Front
from runtime.identity import Deciding
from runtime.inbound import Edits
from runtime.letters import Letters
from runtime.overview import Overview
from runtime.protection import Protection
from runtime.scope import Scope
from runtime.settings import Settings
from runtime.views import Views
from runtime.visibility import Sight
from runtime.wiring import vendors
from store.stores import open_doors


@asynccontextmanager
async def front(settings: Settings) -> AsyncIterator[Front]:
    """Neither the engine nor a vendor is connected."""
    orgs = tuple(settings.crm)
    async with open_doors(settings.database.url, settings.database.pool_size) as doors:
        sight, protection = Sight(doors.visibility, orgs), Protection(doors.stores.quota, orgs)
        scope = Scope(doors.visibility)
        objects = {org: vendors.shown_as(given) for org, given in settings.crm.items()}
        yield Front(
            doors=doors,
            orgs=orgs,
            every={org: given.reconcile_every for org, given in settings.crm.items()},
            views=Views(doors.stores, doors.ledger, doors.messages, doors.visibility, doors.crm),
            sight=sight,
            overview=Overview(
                sight, doors.kpis, doors.backfills, doors.reconciliations, protection, doors.crm.watching, objects
            ),
            protection=protection,
            edits=Edits(doors.crm),
            scope=scope,
            letters=Letters(doors.stores, sight, scope),
            deciding=Deciding(doors.stewards, doors.weighing, doors.stores.parties),
        )
