"""One browser for all tests of pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.e2e.browser import a_browser


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Return the Chromium of this machine."""
    async with a_browser() as browser:
        yield browser
