"""Signed tokens of an OpenID Connect issuer: whether one is genuine, made out to us and in force. Asks nobody.

Only keys that can check and not sign are taken: with a shared secret whoever checks tokens could make them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)  # fmt: skip
_MUST_HAVE = ["iss", "aud", "sub", "exp"]
# A token is some kilobytes at most; what is longer is not even read.
_LONGEST = 16_384
Key = Mapping[str, Any]


class BadToken(Exception):
    """The token is not accepted; the text says why and repeats nothing of it."""


class UnknownKey(BadToken):
    """It is signed with a key that the issuer's document did not have when it was read."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`issuer` as the issuer writes itself; `audience` is our name there; `leeway` is how far clocks may be apart."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    leeway: float = 60.0


def claims(token: str, keys: Sequence[Key], terms: Terms) -> dict[str, Any]:
    """What the token says of its bearer. Raises BadToken, and UnknownKey when newer keys may help."""
    if len(token) > _LONGEST or not token.isascii():
        raise BadToken("this is longer than any token, or has signs that no token has")
    try:
        key = _key(jwt.get_unverified_header(token), keys, terms.algorithms)
        found: dict[str, Any] = jwt.decode(
            token, key, algorithms=sorted(terms.algorithms), audience=terms.audience, issuer=terms.issuer,
            leeway=terms.leeway, options={"require": _MUST_HAVE, "enforce_minimum_key_length": True},
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise BadToken(_reason(error)) from None
    return found


def _key(header: Mapping[str, Any], keys: Sequence[Key], allowed: frozenset[str]) -> jwt.PyJWK:
    """The issuer's key that this header names, bound to the algorithm it names."""
    # Anybody can send a header: what stands in it may be anything that JSON has.
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in allowed:
        raise BadToken(f"the token is not signed in one of the ways accepted here ({', '.join(sorted(allowed))})")
    named = header.get("kid")
    signing = [key for key in keys if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
    fitting = [key for key in signing if named is None or key.get("kid") == named]
    if not fitting:
        raise UnknownKey("the token is signed with a key that its issuer does not publish")
    if len(fitting) > 1:
        raise BadToken("the token does not say with which of its issuer's keys it is signed")
    if fitting[0].get("alg", algorithm) != algorithm:
        raise BadToken("the token is signed in another way than its key is for")
    return jwt.PyJWK(dict(fitting[0]), algorithm)


def _reason(error: jwt.PyJWTError) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return "the token has expired"
        case jwt.ImmatureSignatureError():
            return "the token is not valid yet"
        case jwt.InvalidAudienceError():
            return "the token is made out to somebody else"
        case jwt.InvalidIssuerError():
            return "the token is of another issuer"
        case jwt.MissingRequiredClaimError():
            return f"the token lacks {error.claim}"
        case jwt.InvalidSignatureError():
            return "the token's signature is wrong"
        case _:
            return "this is no token that can be read"
