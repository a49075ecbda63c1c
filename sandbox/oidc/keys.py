"""The keys the pretended issuer signs with: kept in the books, the newest one signs, all that count are published."""

from __future__ import annotations

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from sandbox.world import World

_KIND = "oidc.key"


class Keys:
    def __init__(self, world: World) -> None:
        self._books = world.books

    def rotate(self, algorithm: str, *, withdraw: bool) -> str:
        """The id of the new key."""
        if algorithm not in ("RS256", "ES256"):
            raise ValueError(f"{algorithm!r} is not one of RS256, ES256")
        known = self._books.all(_KIND)
        if withdraw:
            for one in known:
                self._books.put(_KIND, one["kid"], one | {"withdrawn": True})
        kid = f"oidc-{len(known) + 1}"
        key: PrivateKeyTypes = (
            ec.generate_private_key(ec.SECP256R1())
            if algorithm == "ES256"
            else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self._books.put(_KIND, kid, {"kid": kid, "algorithm": algorithm, "pem": pem})
        return kid

    def published(self) -> list[dict[str, Any]]:
        """As a JWK set has them."""
        return [_public(one) for one in self._all() if not one.get("withdrawn")]

    def sign(self, claims: dict[str, Any]) -> str:
        newest = self._all()[-1]
        return jwt.encode(claims, newest["pem"], newest["algorithm"], {"kid": newest["kid"]})

    def _all(self) -> list[dict[str, Any]]:
        """The first key is made when it is first asked for."""
        if not self._books.all(_KIND):
            with self._books.transaction():
                self.rotate("RS256", withdraw=False)
        return self._books.all(_KIND)


def _public(one: dict[str, Any]) -> dict[str, Any]:
    key: Any = serialization.load_pem_private_key(one["pem"].encode(), None)
    kind = ECAlgorithm if one["algorithm"] == "ES256" else RSAAlgorithm
    found: dict[str, Any] = json.loads(kind.to_jwk(key.public_key()))
    return found | {"kid": one["kid"], "use": "sig", "alg": one["algorithm"]}
