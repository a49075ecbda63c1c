"""Signs what the audit stands by, with Ed25519, and tells whether a signature is one of ours."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_BYTES = 32


class SigningKey:
    """`key_id` names the key in what it signed: the beginning of its public half's hash."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = key_id(self.public)

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """32 bytes in base64. Raises ValueError, free of key material."""
        return cls(key_bytes(text))

    def sign(self, what: bytes) -> bytes:
        return self._key.sign(what)


class KnownKeys:
    """The public keys whose signatures count. What a database says of a key is no reason to believe it."""

    def __init__(self, public: Iterable[bytes]) -> None:
        self.public = {key_id(key): key for key in public}

    def signed(self, by: str, signature: bytes, what: bytes) -> bool:
        key = self.public.get(by)
        if key is None:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, what)
        except InvalidSignature:
            return False
        return True


def key_id(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


def key_bytes(text: str) -> bytes:
    """Raises ValueError, free of key material."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise ValueError("it is not base64") from None
    if len(key) != _BYTES:
        raise ValueError(f"it has {len(key)} bytes instead of {_BYTES}")
    return key
