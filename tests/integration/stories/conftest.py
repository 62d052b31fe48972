"""Organisations for the tests of stories."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.stories.coding import Team, Token, a_team


@pytest.fixture
def team(stories: httpx.AsyncClient, token: Token) -> Team:
    """Return an organisation that nobody used before."""
    return a_team(stories, token)
