"""The certificates registered with the integration: the one everybody knows, and those added at the control server."""

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)  # fmt: skip
from cryptography.x509 import load_pem_x509_certificate

from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import invalid_content
from sandbox.world import World

_KIND = "netsuite.certificate"
_FEWEST_BITS = 3072


def key_of(world: World, certificate_id: str) -> bytes | None:
    """The public key, in PEM."""
    known = world.credentials.netsuite
    if certificate_id == known.certificate_id:
        return _pem(load_pem_private_key(known.private_key_pem.encode(), None).public_key())
    added = world.books.get(_KIND, certificate_id)
    return str(added["public_key"]).encode() if added else None


def register(desk: Desk, wish: Doc) -> Doc:
    """{"certificate_id": "ns-cert-ec", "pem": "-----BEGIN CERTIFICATE-----..."}; a bare public key will do too.

    As the account does, it takes RSA keys from 3072 bits and elliptic curve keys.
    """
    name, pem = str(wish.get("certificate_id") or ""), str(wish.get("pem") or "").encode()
    try:
        key = _read(pem)
    except ValueError:
        raise invalid_content("The certificate cannot be read: it must be PEM.", "pem") from None
    fits = isinstance(key, EllipticCurvePublicKey) or (isinstance(key, RSAPublicKey) and key.key_size >= _FEWEST_BITS)
    if not name or not fits:
        raise invalid_content(
            f"A name is needed, and an elliptic curve key or RSA of {_FEWEST_BITS} bits or more.", "pem"
        )
    desk.books.put(_KIND, name, {"id": name, "public_key": _pem(key).decode()})
    return {"certificate_id": name}


def _read(pem: bytes) -> object:
    is_certificate = b"BEGIN CERTIFICATE" in pem
    return load_pem_x509_certificate(pem).public_key() if is_certificate else load_pem_public_key(pem)


def _pem(key: object) -> bytes:
    assert isinstance(key, RSAPublicKey | EllipticCurvePublicKey)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
