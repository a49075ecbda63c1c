"""Who speaks to the API, from the settings."""

from __future__ import annotations

from runtime.settings import Settings
from security.api_keys import Keyholders
from security.roles import Principal


def keyholders(settings: Settings) -> Keyholders:
    """Names are as in a key: lower case, with hyphens where a variable has underscores."""
    known = {name.replace("_", "-"): key for name, key in settings.api_keys.items()}
    return Keyholders(
        {name: (key.digest, Principal(name, key.roles, key.regions, key.shops)) for name, key in known.items()}
    )
