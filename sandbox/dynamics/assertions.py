"""Signing in with a certificate: the assertion a client signs, checked as the identity platform does."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from sandbox.credentials import DynamicsCredentials

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ("PS256", "RS256")
# How far the two clocks may be apart.
_LEEWAY_SECONDS = 300


class BadAssertion(Exception):
    """(the platform's error code, why)"""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def client_of(assertion: str, known: DynamicsCredentials, audiences: list[str], now: datetime) -> str:
    """The client the assertion speaks for; `audiences` are the addresses it may be made out to."""
    certificate = x509.load_pem_x509_certificate(known.certificate_pem.encode())
    try:
        head = jwt.get_unverified_header(assertion)
        if not _names(head, certificate.public_bytes(serialization.Encoding.DER)):
            reason = (
                "The certificate with identifier used to sign the client assertion is not registered on application."
            )
            raise BadAssertion(700027, reason)
        key = certificate.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        claims = jwt.decode(
            assertion,
            key,
            algorithms=_ALGORITHMS,
            audience=audiences,
            # The times are checked by the sandbox's own clock below.
            options={
                "require": ["iss", "sub", "aud", "exp", "jti"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise BadAssertion(700027, f"Client assertion failed signature validation: {error}.") from None
    moment = now.timestamp()
    if not float(claims.get("nbf", 0)) - _LEEWAY_SECONDS <= moment < float(claims["exp"]) + _LEEWAY_SECONDS:
        raise BadAssertion(700024, "Client assertion is not within its valid time range.")
    if claims["iss"] != claims["sub"]:
        raise BadAssertion(700021, "Client assertion issuer and subject must be the application's identifier.")
    return str(claims["sub"])


def _names(head: dict[str, object], certificate: bytes) -> bool:
    """Whether the header names this certificate, by either of its thumbprints."""
    prints = {"x5t#S256": hashlib.sha256(certificate).digest(), "x5t": hashlib.sha1(certificate).digest()}
    written = {name: base64.urlsafe_b64encode(value).decode() for name, value in prints.items()}
    # Some clients leave the filling at the end, some do not.
    return any(str(head.get(name)).rstrip("=") == value.rstrip("=") for name, value in written.items())
