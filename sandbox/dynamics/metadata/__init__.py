"""What the environment tells about its tables: EntityDefinitions and what hangs below them."""

from __future__ import annotations

from sandbox.dynamics.metadata.door import SETS, answer

__all__ = ["SETS", "answer"]
