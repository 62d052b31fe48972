"""A real browser for tests of pages, and what it finds wrong with them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "There is no Chromium on this machine: `make browser` installs one."
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=800)
NARROWEST = ViewportSize(width=320, height=640)
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium(names: Sequence[str] = NAMES) -> str:
    """Return where Chromium is; without one the test fails and says so."""
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    return path


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """Start the Chromium of this machine."""
    path = chromium()
    async with async_playwright() as playwright:
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
        .filter((one) => one.getBoundingClientRect().height < 24
            || one.getBoundingClientRect().width < 24)
        .map((one) => one.textContent)"""
    )
    return small
