"""The section of vendors' credentials."""

from pydantic import ConfigDict, Field

from runtime.sections.keys import Keys
from runtime.sections.section import Section


class Credentials(Section):
    """Vendors' credentials that are kept: see docs/credentials.md. Without keys none is."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    keys: Keys = Field(
        default=None,
        description="id:key pairs by comma, the key 32 bytes in base64, that vendors' credentials are kept under;"
        " the first seals, all open",
        repr=False,
    )
