"""All that a front door which stays open can ask: one of these per process, over one pool of connections.

What needs the engine is made for its client, which may not be there yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from temporalio.client import Client

from runtime.changes import Changes
from runtime.holds import Holds
from runtime.identity import Deciding
from runtime.inbound import Edits, Listening
from runtime.letters import Letters
from runtime.overview import Overview
from runtime.privacy import Privacy
from runtime.protection import Protection
from runtime.returns import Returns
from runtime.scope import Scope
from runtime.views import Views
from runtime.visibility import Sight
from store.port import Doors


@dataclass(frozen=True, slots=True)
class Front:
    """`orgs` are the CRM orgs of the settings."""

    doors: Doors
    orgs: tuple[str, ...]
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

    def listening(self, client: Client) -> Listening:
        return Listening(client, self.doors.crm, self.orgs)
