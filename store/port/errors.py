"""How PostgreSQL fails whoever asks."""

from __future__ import annotations


class StoreUnavailable(Exception):
    """PostgreSQL did not answer; nothing was changed, or the same call is harmless to repeat."""
