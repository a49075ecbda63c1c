"""Encrypts every payload of a workflow history with AES-256-GCM. It knows keys and bytes, not what they mean.

The key's id travels in clear in the payload's metadata, for rotation and for a codec server that knows no workflow.
A payload is bound to its key id only, not to its workflow: Temporal copies payloads between workflows (child starts,
continue-as-new, resets), and a copy must stay readable.
"""

import os
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from security.keys import Keyring

_ENCODING = b"binary/encrypted"
_CIPHER = b"AES-256-GCM"
_NONCE = 12


class UnknownKey(Exception):
    """A payload was written under a key this process does not have."""


class EncryptingCodec(PayloadCodec):
    """Encrypts with the keyring's current key; payloads that are not encrypted pass decoding untouched, so that
    histories begun before encryption was switched on can be finished."""

    def __init__(self, keyring: Keyring) -> None:
        self._current = keyring.current
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keyring.keys.items()}

    async def encode(self, payloads: Iterable[Payload]) -> list[Payload]:
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Iterable[Payload]) -> list[Payload]:
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        key_id = self._current.encode()
        # A random nonce per payload: safe up to 2^32 payloads under one key, then the key must be rotated.
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, payload.SerializeToString(), key_id)
        metadata = {"encoding": _ENCODING, "encryption-cipher": _CIPHER, "encryption-key-id": key_id}
        return Payload(metadata=metadata, data=nonce + sealed)

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            return payload
        key_id = payload.metadata["encryption-key-id"]
        cipher = self._ciphers.get(key_id.decode())
        if cipher is None:
            raise UnknownKey(f"no key {key_id.decode()!r} in BACKHAUL_CODEC__KEYS; add it after the current one")
        try:
            opened = cipher.decrypt(payload.data[:_NONCE], payload.data[_NONCE:], key_id)
        except InvalidTag:
            raise UnknownKey(f"the key {key_id.decode()!r} in BACKHAUL_CODEC__KEYS is not the one used here") from None
        return Payload.FromString(opened)
