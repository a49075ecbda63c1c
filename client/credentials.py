"""Vendors' credentials: how each stands, and writing one. None ever comes back."""

from __future__ import annotations

from typing import cast

from client.calls import Calls, at, new_key
from client.shapes import Credential


class Credentials:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def all(self) -> list[Credential]:
        return cast("list[Credential]", self._calls.get("/credentials")["credentials"])

    def write(
        self, credential: str, secret: str, overlap_hours: int | None = None, key: str | None = None
    ) -> Credential:
        """For so many hours the one before it proves its holder too, where that is what it is for; a day when not
        said."""
        told = {"secret": secret} | ({} if overlap_hours is None else {"overlap_hours": overlap_hours})
        headers = {"Idempotency-Key": key or new_key()}
        answer = self._calls.ask("PUT", at("credentials", credential), told, headers=headers)
        return cast("Credential", answer.json())

    def drop(self, credential: str) -> Credential:
        """What the settings say counts again."""
        return cast("Credential", self._calls.ask("DELETE", at("credentials", credential)).json())
