"""All that a front door which stays open can ask: one of these per process, over one pool of connections.

What needs the engine is made for its client, which may not be there yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from temporalio.client import Client

from runtime.identity import Deciding
from runtime.inbound import Edits, Listening
from runtime.overview import Overview
from runtime.privacy import Privacy
from runtime.protection import Protection
from runtime.returns import Returns
from runtime.views import Views
from runtime.visibility import Replaying, Sight
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

    def privacy(self, client: Client) -> Privacy:
        return Privacy(client, self.doors.erasures, self.doors.holdings, self.orgs)

    def returns(self, client: Client) -> Returns:
        return Returns(client, self.doors.stores)

    def replaying(self, client: Client) -> Replaying:
        return Replaying(client, self.sight, self.doors.stores.returns, self.doors.stores.audit)

    def listening(self, client: Client) -> Listening:
        return Listening(client, self.doors.crm, self.orgs)
