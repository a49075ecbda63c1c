"""The certificate's private key, and the certificate's own end where the same file holds it too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from domain.preflight import Finding, failed, ok, skipped, warning

_FILE = "BACKHAUL_ERP__PRIVATE_KEY_FILE"
_DAYS, _LEAST_BITS = 30, 3072
_ANEW = "make a new certificate, map it to the integration's user and role, and set BACKHAUL_ERP__CERTIFICATE_ID"


def findings(pem: str, now: datetime) -> Iterable[Finding]:
    """`pem` is the file's whole text. NetSuite takes a certificate for at most two years."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        what = f"{_FILE} holds no private key that can be read without a password"
        return [failed("private key", what, "set it to the PEM file of the certificate's private key")]
    if not isinstance(key, RSAPrivateKey):
        what = f"{_FILE} holds no RSA key, and sign-in is by PS256"
        return [failed("private key", what, f"make an RSA key of 3072 or 4096 bits; {_ANEW}")]
    if key.key_size < _LEAST_BITS:
        what = f"{_FILE} holds an RSA key of {key.key_size} bits, and NetSuite takes {_LEAST_BITS} or more"
        return [failed("private key", what, f"make one of 3072 or 4096 bits; {_ANEW}")]
    return [ok("private key", f"an RSA key of {key.key_size} bits"), _end(pem, now)]


def _end(pem: str, now: datetime) -> Finding:
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        what = f"{_FILE} holds no certificate, so its end is not known"
        return skipped("certificate", what, "add the certificate to that file, and its end is told here")
    end = min(each.not_valid_after_utc for each in certificates)
    day = end.astimezone(UTC).date()
    left = (end - now).days
    if end <= now:
        return failed("certificate", f"the certificate ended on {day}", _ANEW)
    if left < _DAYS:
        return warning("certificate", f"the certificate ends on {day}, in {left} days", _ANEW)
    return ok("certificate", f"the certificate is good until {day}")
