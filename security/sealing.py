"""Personal values as commitments: they can be compared and told apart, and not be read.

The key's id stands in front, so that what was sealed under an older key is compared under that one. Without any key
(BACKHAUL_CODEC__KEYS is not set, and histories are not encrypted either) a commitment is a plain digest, which whoever
guesses the value can check.
"""

from __future__ import annotations

import hashlib
import hmac

from domain.likeness import Value
from security.keys import Keyring

_MARK = "sealed"


class Seal:
    def __init__(self, keyring: Keyring | None) -> None:
        self._keys = dict(keyring.keys) if keyring is not None else {}
        self._current = keyring.current if keyring is not None else ""

    def __call__(self, value: Value, like: Value = None) -> Value:
        """The commitment of a value, under the key that `like` was sealed with while that key is known. Empty values
        stay as they are: that there is nothing is no secret."""
        if value is None or value == "" or is_sealed(value):
            return value
        before = like.split(":")[1] if isinstance(like, str) and is_sealed(like) else ""
        key_id = before if before in self._keys else self._current
        # Spaces around a text and its line ends are not kept by CRMs.
        text = "\n".join(line.strip() for line in str(value).strip().splitlines())
        # The same keys encrypt histories; the first line keeps the two uses apart.
        digest = hmac.new(self._keys.get(key_id, b"no key"), f"commitment\n{text}".encode(), hashlib.sha256).hexdigest()
        return f"{_MARK}:{key_id}:{digest[:32]}"


def is_sealed(value: Value) -> bool:
    return isinstance(value, str) and value.startswith(f"{_MARK}:")
