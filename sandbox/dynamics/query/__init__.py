"""Reading rows: queries with pages, single rows, and changes since a delta link."""

from __future__ import annotations

from sandbox.dynamics.query.answer import answer, context, count
from sandbox.dynamics.query.options import options, raw
from sandbox.dynamics.query.shape import Annotations, shape

__all__ = ["Annotations", "answer", "context", "count", "options", "raw", "shape"]
