"""A real browser for tests of pages, and what it finds wrong with them.

`python -m tests.e2e.browser` says by its exit code whether there is one.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import (
    Browser,
    Page,
    Playwright,
    ViewportSize,
    async_playwright,
)

NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "There is no Chromium to be had here: `make browser` tried to install one."
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=800)
NARROWEST = ViewportSize(width=320, height=640)
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium(playwright: Playwright, names: Sequence[str] = NAMES) -> str | None:
    """Return where a Chromium is: the machine's, or the one Playwright fetched."""
    own = playwright.chromium.executable_path
    return next(filter(None, map(shutil.which, (*names, own))), None)


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """Start the Chromium of this machine; where there is none, a test is skipped."""
    async with async_playwright() as playwright:
        path = chromium(playwright)
        if path is None:
            pytest.skip(NO_BROWSER)
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


async def faults_of(page: Page) -> str:
    """Return what breaks WCAG 2.2 AA on a page as it is shown; nothing is good."""
    options = {"runOnly": WCAG_22_AA, "resultTypes": ["violations"]}
    found = await Axe().run(page, options=options)
    return str(found.generate_report()) if found.violations_count else ""


async def overflow_of(page: Page) -> int:
    """Return by how many pixels a page is wider than the window."""
    wider: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


async def small_targets_of(page: Page) -> list[str]:
    """Return what is smaller to touch than 24 by 24 pixels (WCAG 2.2, 2.5.8)."""
    small: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll("a:not(.skip), button, summary")]
        .filter((one) => one.checkVisibility())
        .filter((one) => one.getBoundingClientRect().height < 24
            || one.getBoundingClientRect().width < 24)
        .map((one) => one.textContent)"""
    )
    return small


async def sign_in(
    page: Page, organisation: str, *roles: str, name: str = "j.bloggs"
) -> None:
    """Sign in at the development issuer's page."""
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Organisation's code").fill(organisation)
    for box in await page.get_by_role("checkbox").all():
        await box.set_checked(await box.get_attribute("value") in roles)
    await page.get_by_role("button", name="Sign in").click()


async def _is_there() -> bool:
    async with async_playwright() as playwright:
        return chromium(playwright) is not None


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(_is_there()) else 1)
