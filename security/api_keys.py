"""Keys by which machines speak to the API: shown once, kept as a digest only.

A key is 256 random bits, so one pass of SHA-256 is enough: there is nothing to guess that slowness would protect.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping

from security.roles import Principal

# Who is named in timelines and in the audit without a key: a key of such a name would pass for them there.
SPEAKERS = frozenset({"backhaul", "customer", "carrier", "shop", "mail"})
_FORM = re.compile(r"bh_([a-z0-9-]{1,40})_([A-Za-z0-9_-]{43})")


def new(name: str) -> str:
    """'bh_<name>_<random>'. The name in it says whose key was found where it should not be."""
    return f"bh_{name}_{secrets.token_urlsafe(32)}"


def is_key(text: str) -> bool:
    """Whether it has the form of a key, of whomever."""
    return text.startswith("bh_")


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class Keyholders:
    """`known`: by the name of a key, its digest and who speaks by it."""

    def __init__(self, known: Mapping[str, tuple[str, Principal]]) -> None:
        self._known = dict(known)

    def holder(self, key: str) -> Principal | None:
        """Who this key is of; None for any other text."""
        found = _FORM.fullmatch(key)
        kept = self._known.get(found.group(1)) if found else None
        if kept is None or not hmac.compare_digest(kept[0], digest(key)):
            return None
        return kept[1]
