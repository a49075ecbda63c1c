"""The sections that are keys: what histories are encrypted by, and what parties are found by."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from runtime.sections.section import Section
from security.keys import Keyring
from security.marks import MarkKey


def _keys(value: Any) -> Any:
    return Keyring.parse(value) if isinstance(value, str) else value


Keys = Annotated[Keyring | None, BeforeValidator(_keys)]


class Codec(Section):
    """Encrypts everything a workflow history holds."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    keys: Keys = Field(
        default=None,
        description="id:key pairs by comma, the key 32 bytes in base64; the first encrypts, all decrypt",
        repr=False,
    )


def _mark_key(value: Any) -> Any:
    return MarkKey.parse(value) if isinstance(value, str) else value


class Identity(Section):
    """Who is the same party. Without a key nobody is matched, and nothing is kept of customers for that purpose."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    key: Annotated[MarkKey | None, BeforeValidator(_mark_key)] = Field(
        default=None,
        description="32 bytes in base64 that make codes of names and mailboxes, by which parties are found",
        repr=False,
    )
