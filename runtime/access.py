"""Who speaks to a front door, from the settings, and what is none of their business."""

from __future__ import annotations

from domain.errors import Refusal
from domain.returns import Snapshot
from runtime.returns import NotFound
from runtime.settings import Settings
from security.api_keys import Keyholders
from security.roles import Principal, sees


def keyholders(settings: Settings) -> Keyholders:
    """Names are as in a key: lower case, with hyphens where a variable has underscores."""
    known = {name.replace("_", "-"): key for name, key in settings.api_keys.items()}
    return Keyholders(
        {name: (key.digest, Principal(name, key.roles, key.regions, key.shops)) for name, key in known.items()}
    )


class Forbidden(Refusal):
    """It is there and may be seen, and somebody else has to do it."""

    code = "forbidden"


def check_sees(who: Principal, snapshot: Snapshot) -> Snapshot:
    """The snapshot, or NotFound as if it were not there: others' returns are not even hinted at."""
    if not sees(who, snapshot.region, snapshot.shop):
        raise NotFound(f"there is no return {snapshot.return_id}")
    return snapshot
