"""The API's own way to the database: by a role that row-level security binds (store/walls.py)."""

from __future__ import annotations

from runtime.complaints import BadSettings
from runtime.settings import PREFIX, Settings

_MISSING = (
    f"{PREFIX}DATABASE__API_URL is not set: it is the address in {PREFIX}DATABASE__URL with a role that owns no table, "
    "such as postgresql://backhaul_api:password@host:5432/backhaul; set it, run `migrate`, and start the API again."
)


def behind_the_wall(settings: Settings) -> Settings:
    """As the API reads them: whatever it opens, it opens as that role. Raises BadSettings."""
    given = settings.database
    if given.api_url is None:
        raise BadSettings((_MISSING,))
    return settings.model_copy(update={"database": given.model_copy(update={"url": given.api_url})})
