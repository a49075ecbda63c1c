"""The section of the audit."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
)

from runtime.sections.section import Pause, Section, words
from security.signing import KnownKeys, SigningKey, key_bytes


def _signing_key(value: Any) -> Any:
    return SigningKey.parse(value) if isinstance(value, str) else value


def _public_keys(value: Any) -> Any:
    return tuple(key_bytes(word) for word in words(value)) if isinstance(value, str) else value


def _days(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = {}
    for word in words(value):
        kind, colon, days = word.partition(":")
        if not (kind and colon and days.isdigit() and int(days)):
            raise ValueError("it must be kinds and days by comma, such as access:400,return:3650")
        found[kind] = int(days)
    return found


class Audit(Section):
    """Who did what, and how it is proved: see docs/audit.md."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    key: Annotated[SigningKey | None, BeforeValidator(_signing_key)] = Field(
        default=None,
        description="the key that signs checkpoints, 32 bytes in base64; without it nothing is signed",
        repr=False,
    )
    known_keys: Annotated[tuple[bytes, ...], BeforeValidator(_public_keys)] = Field(
        default=(), description="public keys, in base64 by comma, whose signatures count beside our own key's"
    )
    checkpoint_every: Pause = Field(
        default=timedelta(hours=1), description="how often a checkpoint is signed, such as 30m or 1d, or off"
    )
    keep: Annotated[Mapping[str, int], BeforeValidator(_days)] = Field(
        default={}, description="days that acts are kept, by the kind of their stream, such as access:400,return:3650"
    )

    @property
    def known(self) -> KnownKeys:
        return KnownKeys((*((self.key.public,) if self.key else ()), *self.known_keys))
