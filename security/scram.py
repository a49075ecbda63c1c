"""What a server keeps of a password in its place, as PostgreSQL takes it (SCRAM-SHA-256: RFC 5802, RFC 7677)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata

_ROUNDS = 4096


def verifier(password: str) -> str:
    """It lets the server know the password when it hears it, and tells nobody what it is."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", unicodedata.normalize("NFKC", password).encode(), salt, _ROUNDS)
    stored = hashlib.sha256(_keyed(salted, b"Client Key")).digest()
    server = _keyed(salted, b"Server Key")
    return f"SCRAM-SHA-256${_ROUNDS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _keyed(key: bytes, word: bytes) -> bytes:
    return hmac.new(key, word, hashlib.sha256).digest()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
