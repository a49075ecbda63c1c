"""Who did what, and whether it is still what was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from client.calls import Calls
from client.shapes import AuditAct, AuditVerdict


class Audit:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def page(self, **filters: Any) -> tuple[list[AuditAct], str | None]:
        """One page, newest first, and the cursor of the next; filters by the names of `GET /audit`."""
        found = self._calls.get("/audit", **filters)
        return found["acts"], found["cursor"]

    def search(self, **filters: Any) -> Iterator[AuditAct]:
        """All that fit, page after page as they are asked for."""
        return self._calls.each("/audit", "acts", **filters)

    def verify(self, stream: str | None = None) -> AuditVerdict:
        """Every chain and checkpoint, looked at now."""
        return cast("AuditVerdict", self._calls.get("/audit/verification", stream=stream))
