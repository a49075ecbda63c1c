"""Codes in the place of personal data: equal values have equal codes, and nobody without the key reads them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping

_BYTES = 32
_CODE = 16


class MarkKey:
    """A key of 32 bytes. Two keys, two codes: what was coded under another key is not found again."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def parse(cls, text: str) -> MarkKey:
        """32 bytes in base64. Raises ValueError, free of key material."""
        try:
            key = base64.b64decode(text.strip(), validate=True)
        except binascii.Error:
            raise ValueError("it is not base64") from None
        if len(key) != _BYTES:
            raise ValueError(f"it has {len(key)} bytes instead of {_BYTES}")
        return cls(key)

    def code(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), hashlib.sha256)[:_CODE]

    def fingerprint(self, fields: Mapping[str, object]) -> str:
        """Of a whole record: equal when nothing in it has changed."""
        return self.code(json.dumps(fields, sort_keys=True, ensure_ascii=False, default=str)).hex()
