"""The Chromium of the machine, driven by Playwright: a page that remembers everything that went wrong on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response, async_playwright

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIETLY = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# What keeps people out, as against what could be better.
_GRAVE = frozenset({"serious", "critical"})

Scheme = Literal["light", "dark"]


def executable() -> str:
    """Where Chromium is. Without one these tests fail in CI, and are left out elsewhere."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = f"there is none of {', '.join(_NAMES)} on this machine; `make browser` installs one where it can"
        if os.environ.get("CI") == "true":
            pytest.fail(f"the console was not tested: {reason}", pytrace=False)
        pytest.skip(reason)
    return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    path = executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_QUIETLY))
        yield browser
        await browser.close()


@dataclass
class Screen:
    """A page of one person's browser. `troubles` are errors of the console and requests that failed."""

    page: Page
    base: str
    troubles: list[str] = field(default_factory=list)
    # Answers that are expected to be errors.
    expected: set[int] = field(default_factory=set)

    async def open(self, path: str, status: int = 200) -> None:
        if status >= 400:
            self.expected.add(status)
        answer = await self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == status, (path, answer.status, await self.page.inner_text("body"))

    async def text(self, selector: str = "main") -> str:
        return await self.page.inner_text(selector)

    async def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    async def check_open_to_all(self) -> None:
        """No serious finding of axe, and nothing wider than the window."""
        found = await Axe().run(self.page)
        grave = [
            f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']][:3]}"
            for one in found.response["violations"]
            if one["impact"] in _GRAVE
        ]
        assert not grave, (self.page.url, grave)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await self.page.evaluate(wide) <= 0, f"{self.page.url} scrolls sideways"

    def listen(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.troubles.append(f"page: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        # The browser itself says of every answer from 400 on that it could not load it: `_answered` judges those.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # What a page was still asking for ends when it is left, its stream of events above all.
        if request.failure != "net::ERR_ABORTED" and request.resource_type != "eventsource":
            self.troubles.append(f"failed: {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.troubles.append(f"{response.status}: {response.url}")


@asynccontextmanager
async def screen(
    browser: Browser,
    base: str,
    key: str | None,
    *,
    scheme: Scheme = "light",
    phone: bool = False,
    script: bool = True,
    any_authority: bool = False,
    zone: str = "UTC",
) -> AsyncIterator[Screen]:
    """A browser of its own with an empty profile; `key` signs its requests. Nothing may have gone wrong at the end.
    With `any_authority` it goes to servers whose certificate nobody vouches for, as the sandbox's is."""
    context = await browser.new_context(
        viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
        color_scheme=scheme,
        java_script_enabled=script,
        extra_http_headers={"Authorization": f"Bearer {key}"} if key else {},
        reduced_motion="reduce",
        ignore_https_errors=any_authority,
        timezone_id=zone,
    )
    context.set_default_timeout(10_000)
    one = Screen(await context.new_page(), base)
    one.listen()
    try:
        yield one
        assert not one.troubles, one.troubles
    finally:
        await context.close()
