"""The org's query language, as far as clients of returns need it; `answer` is the whole door."""

from __future__ import annotations

from sandbox.salesforce.soql.answer import answer

__all__ = ["answer"]
