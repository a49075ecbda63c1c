"""The keys that encrypt workflow histories: several, each with an id, so that they can be rotated."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keyring:
    """`current` encrypts; every key decrypts what was written under its id. A key leaves only after the last history
    written under it is gone."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """'2026b:base64,2026a:base64', the current key first. Raises ValueError, free of key material."""
        keys: dict[str, bytes] = {}
        for place, pair in enumerate(text.split(","), start=1):
            key_id, colon, encoded = pair.strip().partition(":")
            if not (key_id and colon):
                raise ValueError(f"entry {place} must look like id:key")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                raise ValueError(f"the key of {key_id!r} is not base64") from None
            if len(key) != _BYTES:
                raise ValueError(f"the key of {key_id!r} has {len(key)} bytes instead of {_BYTES}")
            if key_id in keys:
                raise ValueError(f"the key id {key_id!r} is there twice")
            keys[key_id] = key
        return cls(current=next(iter(keys)), keys=keys)
