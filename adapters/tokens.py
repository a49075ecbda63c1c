"""A token bought once for everybody who needs one, and bought anew when its time is over, the vendor refuses it, or
the secret it was bought with is another one now.

It knows no vendor and no way of signing in: `buy` does that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from adapters.errors import SignInRefused
from adapters.secrets import Given, held

T = TypeVar("T")
# Renewed this long before its end, so that no call starts with a token that ends on the way.
_SPARE_SECONDS = 300.0


class Tokens(Generic[T]):
    """`buy` takes the secret, and answers a token and for how many seconds it is good; None when only a refusal will
    tell.

    All who need a token at the same time wait for one purchase, and get its token or its error. A purchase that is
    refused is made once more when the secret was changed meanwhile."""

    def __init__(
        self,
        buy: Callable[[str], Awaitable[tuple[T, float | None]]],
        secret: Given,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._buy, self._secret, self._clock = buy, held(secret), clock
        self._held: T | None = None
        self._bought_with = 0
        self._good_until = 0.0
        self._purchase: asyncio.Task[T] | None = None

    async def get(self, refused: T | None = None) -> T:
        """A token that has time left and is not the one the vendor has just `refused`. Raises what `buy` raises."""
        token = self._held
        good = self._clock() < self._good_until and self._bought_with == self._secret.version
        if token is not None and token != refused and good:
            return token
        if self._purchase is None:
            self._purchase = asyncio.create_task(self._renew())
            self._purchase.add_done_callback(self._over)
        # Shielded: a caller that is cancelled must not take the token away from those who wait with it.
        return await asyncio.shield(self._purchase)

    async def _renew(self) -> T:
        self._held = None
        try:
            return await self._purchased()
        except SignInRefused:
            if not await self._secret.renewed(self._bought_with):
                raise
        return await self._purchased()

    async def _purchased(self) -> T:
        text = await self._secret.text()
        self._bought_with = self._secret.version
        token, seconds = await self._buy(text)
        lasts = float("inf") if seconds is None else max(seconds - _SPARE_SECONDS, seconds / 2)
        self._held, self._good_until = token, self._clock() + lasts
        return token

    def _over(self, purchase: asyncio.Task[T]) -> None:
        self._purchase = None
        if not purchase.cancelled():
            # Read here, because everybody who waited for it may have gone.
            purchase.exception()
