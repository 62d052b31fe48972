"""An issuer of tokens, on a port of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.unit.shared.tokens import Keys, an_issuer


@pytest.fixture
async def keys() -> AsyncIterator[Keys]:
    """Return a running issuer with three keys."""
    async with an_issuer() as keys:
        yield keys
