"""All that a front door which stays open can ask: one of these per process, over one pool of connections.

What needs the engine is made for its client, which may not be there yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client

from runtime.backfilling import Backfilling
from runtime.changes import Changes
from runtime.holds import Holds
from runtime.identity import Deciding
from runtime.inbound import Edits, Listening
from runtime.letters import Letters
from runtime.message_keys import MessageKeys
from runtime.overview import Overview
from runtime.privacy import Privacy
from runtime.protection import Protection
from runtime.reconciling import Reconciling
from runtime.returns import Returns
from runtime.scope import Scope
from runtime.steering import Steering
from runtime.views import Views
from runtime.visibility import Sight
from store.port import Doors


@dataclass(frozen=True, slots=True)
class Front:
    """`orgs` are the CRM orgs of the settings, `every` how often each is compared with the books by itself."""

    doors: Doors
    orgs: tuple[str, ...]
    every: Mapping[str, timedelta | None]
    views: Views
    sight: Sight
    overview: Overview
    protection: Protection
    edits: Edits
    deciding: Deciding
    scope: Scope
    letters: Letters

    def privacy(self, client: Client) -> Privacy:
        return Privacy(client, self.doors.erasures, self.doors.holdings, self.orgs)

    def holds(self, returns: Returns) -> Holds:
        return Holds(returns, self.doors.claims)

    def changes(self, returns: Returns) -> Changes:
        return Changes(returns, self.doors.stores.changes, self.holds(returns))

    def steering(self, client: Client) -> Steering:
        audit = self.doors.stores.audit
        backfilling = Backfilling(client, self.doors.backfills, audit, self.orgs)
        reconciling = Reconciling(client, self.doors.reconciliations, audit, self.every)
        return Steering(backfilling, reconciling, MessageKeys(self.doors.stores.said))

    def listening(self, client: Client) -> Listening:
        return Listening(client, self.doors.crm, self.orgs)
