"""Partners of the running service, each in an organisation of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from httpx import AsyncClient

from tests.integration.measures.bodies import Partner, an_organisation


@pytest.fixture
def partner(measures: AsyncClient, token: Callable[..., str]) -> Partner:
    """Return a partner with no records yet."""
    return Partner(measures, token(an_organisation(), "partner"))


@pytest.fixture
def neighbour(measures: AsyncClient, token: Callable[..., str]) -> Partner:
    """Return another organisation's partner."""
    return Partner(measures, token(an_organisation(), "partner"))
