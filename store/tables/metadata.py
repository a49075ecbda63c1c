"""Where every table is known by its name."""

from __future__ import annotations

from sqlalchemy import MetaData

METADATA = MetaData()
