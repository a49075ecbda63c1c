"""Change data capture: what a committed transaction changed, as events on the org's bus."""

from __future__ import annotations

from sandbox.salesforce.capture.bus import Bus, Stale
from sandbox.salesforce.capture.changes import GAPS, Changes
from sandbox.salesforce.capture.schemas import CAPTURED, EventSchema, Schemas

__all__ = ["CAPTURED", "GAPS", "Bus", "Changes", "EventSchema", "Schemas", "Stale"]
