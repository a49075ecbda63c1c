"""Queries that join and aggregate: FetchXML, SQL and $apply, read into one plan and answered by one engine."""

from __future__ import annotations

from sandbox.dynamics.select.answer import applied, fetched, selected

__all__ = ["applied", "fetched", "selected"]
