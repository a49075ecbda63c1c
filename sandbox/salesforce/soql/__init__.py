"""The org's query language, as far as clients of returns need it; `Selection` is the whole door."""

from __future__ import annotations

from sandbox.salesforce.soql.answer import Selection

__all__ = ["Selection"]
