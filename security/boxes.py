"""Keeps secrets that must be read again: sealed under a keyring, bound to what they are for.

AES-256-GCM; the id of the key stands in front, so that keys can be rotated. What was sealed for one purpose does not
open for another.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.keys import Keyring

_NONCE = 12


class CannotOpen(Exception):
    """It was sealed under a key that is not here, or for something else."""


class Box:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, secret: str, about: str) -> bytes:
        nonce, key_id = os.urandom(_NONCE), self._keyring.current
        cipher = AESGCM(self._keyring.keys[key_id])
        return key_id.encode() + b":" + nonce + cipher.encrypt(nonce, secret.encode(), _bound(key_id, about))

    def open(self, sealed: bytes, about: str) -> str:
        """Raises CannotOpen."""
        key_id, _, rest = sealed.partition(b":")
        name = key_id.decode(errors="replace")
        key = self._keyring.keys.get(name)
        if key is None:
            raise CannotOpen(f"it was sealed under the key {name!r}, which is not among the keys given")
        try:
            return AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], _bound(name, about)).decode()
        except InvalidTag:
            raise CannotOpen(
                f"the key {name!r} is not the one it was sealed under, or it is for something else"
            ) from None


def _bound(key_id: str, about: str) -> bytes:
    return f"{key_id}\n{about}".encode()
