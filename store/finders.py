"""Searches that need an index the wall would keep from them: functions of the owner, with the wall's own condition.

Behind a policy PostgreSQL uses an index only for a comparison that is known to tell nothing of the rows it passes over,
which of texts that contain a word, and of lists, it is not. Each function answers ids of returns that are seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from store.walls import WALLS

_SEEN = WALLS["returns"].condition("returns")
_OF_CONTACT = f"SELECT return_id FROM contacts JOIN returns USING (return_id) WHERE {{0}} AND {_SEEN}"  # noqa: S608
_OF_RETURN = f"SELECT return_id FROM returns WHERE {{0}} AND {_SEEN}"  # noqa: S608

FINDERS: Mapping[str, str] = MappingProxyType(
    {
        "returns_by_word": _OF_RETURN.format("words LIKE wanted"),
        "returns_by_email": _OF_CONTACT.format("lower(email) = lower(wanted)"),
        "returns_by_sku": _OF_RETURN.format("skus @> ARRAY[wanted]"),
        "returns_by_tracking": _OF_RETURN.format("tracking @> ARRAY[wanted]"),
    }
)


def definition(name: str, schema: str) -> str:
    # Temporary tables come last where names are looked for: nobody puts one in the place of ours.
    return (
        f"CREATE OR REPLACE FUNCTION {name}(wanted text) RETURNS SETOF text LANGUAGE sql STABLE ROWS 50 "
        f"SECURITY DEFINER SET search_path = {schema}, pg_catalog, pg_temp AS $$ {FINDERS[name]} $$"
    )


def mark(name: str) -> str:
    return hashlib.sha256(FINDERS[name].encode()).hexdigest()[:16]
