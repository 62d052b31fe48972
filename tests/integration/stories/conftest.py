"""Organisations for the tests of stories, and one of their stories at the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.stories.coding import MEANING, Team, Token, a_team
from tests.integration.stories.desk import PUBLIC, TEXT, Desk, at_desk
from tests.system import System


@pytest.fixture
def team(stories: httpx.AsyncClient, token: Token) -> Team:
    """Return an organisation that nobody used before."""
    return a_team(stories, token)


@pytest.fixture
async def desk(shared_system: System, team: Team) -> AsyncIterator[Desk]:
    """Return a story with a meaning, open at a desk."""
    async with at_desk(shared_system, team) as open_story:
        yield await open_story(text=TEXT, meaning=MEANING, consent=PUBLIC)
