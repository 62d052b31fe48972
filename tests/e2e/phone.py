"""A phone on which somebody tells a team what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.browser import PHONE

PATIENCE_MS = 30_000
# Kind, step of the journey, and words, as the page names them.
Told = tuple[str, str, str]


async def a_phone(browser: Browser, **more: Any) -> BrowserContext:  # noqa: ANN401
    return await browser.new_context(
        **{"viewport": PHONE, "has_touch": True, "is_mobile": True, **more}
    )


async def opened(context: BrowserContext, url: str) -> Page:
    """Open a page and wait until it would open without a network."""
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"an error on the page: {error}"))
    await page.goto(url)
    ready = page.locator("html[data-offline=ready]")
    await expect(ready).to_be_attached(timeout=PATIENCE_MS)
    return page


async def tell_bubble(page: Page, words: str) -> None:
    await page.get_by_role("radio", name="Magic").tap()
    await page.get_by_role("radio", name="First contact").tap()
    await page.get_by_label("In a few words, what happened?").fill(words)
    await page.get_by_role("button", name="Send").tap()


async def tell_story(page: Page, words: str, moments: Sequence[Told]) -> None:
    """Tell a longer story for partners too, and ask for a private link."""
    await page.get_by_role("link", name="A longer story").tap()
    await page.get_by_label("Your story").fill(words)
    for number, (kind, step, said) in enumerate(moments, 1):
        if number > 1:
            await page.get_by_role("button", name="Add another moment").tap()
        block = page.locator(f"[data-moment='{number}']")
        await block.get_by_role("radio", name=kind).tap()
        await block.get_by_role("radio", name=step).tap()
        await block.get_by_label("What happened?").fill(said)
    await page.get_by_role("radio", name="Partner organisations too").tap()
    await page.get_by_text("Give me a private link").tap()
    await page.get_by_role("button", name="Send").tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
