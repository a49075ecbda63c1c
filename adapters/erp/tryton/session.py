"""Who we are to Tryton: a session bought with the password, and the user's own context that goes into every call."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.erp.tryton.settings import TrytonSettings
from adapters.errors import SignInRefused
from adapters.secrets import held

Send = Callable[[str, list[Any], str], Awaitable[Any]]
"""(method, parameters, Authorization header) -> the result."""


class Session:
    """Signs in when first needed, and again when Tryton ends the session: after minutes without a call it does."""

    def __init__(self, settings: TrytonSettings, send: Send) -> None:
        self._user, self._password, self._send = settings.user, held(settings.password), send
        self._signing_in = asyncio.Lock()
        self._open: tuple[str, dict[str, Any]] | None = None
        self._opened_with = 0

    async def open(self) -> tuple[str, dict[str, Any]]:
        """The Authorization header and the context."""
        async with self._signing_in:
            if self._open is None or self._opened_with != self._password.version:
                try:
                    self._open = await self._opened()
                except SignInRefused:
                    if not await self._password.renewed(self._opened_with):
                        raise
                    self._open = await self._opened()
            return self._open

    async def _opened(self) -> tuple[str, dict[str, Any]]:
        password = await self._password.text()
        self._open, self._opened_with = None, self._password.version
        user, token, _ = await self._send("common.db.login", [self._user, {"password": password}], "")
        known = base64.b64encode(f"{self._user}:{user}:{token}".encode()).decode()
        header = f"Session {known}"
        return header, await self._send("model.res.user.get_preferences", [True, {}], header)

    def forget(self, header: str) -> None:
        """Sign in anew, unless somebody did while this header was on its way."""
        if self._open is not None and self._open[0] == header:
            self._open = None
