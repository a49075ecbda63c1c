"""The issuer's door: the keys its tokens are signed with, and the two steps of a sign-in through a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-in is begun with: where the answer is to come, and what the answer must fit to."""

    redirect: str
    state: str
    nonce: str
    challenge: str


class Issuer(Protocol):
    """Every method raises VendorError when the issuer does not answer, or not as one."""

    async def keys(self, newer: bool = False) -> tuple[Mapping[str, Any], ...]:
        """The public keys it signs with, as last read. `newer`: read anew, unless that was done moments ago."""
        ...

    async def address(self, asked: Asked) -> str:
        """Where the browser goes to sign in."""
        ...

    async def redeem(self, code: str, verifier: str, redirect: str) -> str:
        """The ID token for the code that came back, once. Raises Permanent when the issuer refuses the code."""
        ...

    async def aclose(self) -> None: ...
