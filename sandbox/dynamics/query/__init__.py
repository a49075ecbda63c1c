"""Reading rows: $select, $filter, $orderby, $top, $count and pages; `answer` is the whole door."""

from __future__ import annotations

from sandbox.dynamics.query.answer import answer, shape

__all__ = ["answer", "shape"]
