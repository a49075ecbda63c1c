"""What customers are told: how it reads, and one sent again."""

from __future__ import annotations

from typing import cast

from client.calls import Calls, at
from client.shapes import NoticePreview


class Notices:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def names(self) -> list[str]:
        return cast("list[str]", self._calls.get("/notices")["notices"])

    def languages(self) -> list[str]:
        return cast("list[str]", self._calls.get("/notices")["languages"])

    def preview(self, notice: str, language: str, return_id: str | None = None) -> NoticePreview:
        """With the numbers of a return, else of an example."""
        found = self._calls.get(at("notices", notice, language, "preview"), return_id=return_id)
        return cast("NoticePreview", found)

    def send_again(self, return_id: str, notice: str) -> None:
        """One that bounced or was given up."""
        self._calls.say(at("returns", return_id, "notices", notice, "sending"), {})
