"""Clients of intake: each test has organisations of its own."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from tests.system import System

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Partner:
    """An organisation with a client that holds its token."""

    code: str
    client: httpx.AsyncClient


def _client(system: System, token: str) -> httpx.AsyncClient:
    """Return a client that loads no certificates: there is one for each test."""
    return httpx.AsyncClient(
        base_url=system.settings.url("intake"),
        headers={"Authorization": f"Bearer {token}"},
        verify=False,
        timeout=30,
    )


async def _partner(system: System) -> AsyncIterator[Partner]:
    code = f"TI{next(_numbers):05}"
    async with _client(system, system.token(code, "partner")) as client:
        yield Partner(code, client)


@pytest.fixture
async def partner(shared_system: System) -> AsyncIterator[Partner]:
    """Return an organisation that nobody used before."""
    async for partner in _partner(shared_system):
        yield partner


@pytest.fixture
async def other(shared_system: System) -> AsyncIterator[Partner]:
    """Return another organisation that nobody used before."""
    async for partner in _partner(shared_system):
        yield partner


@pytest.fixture
async def steward(shared_system: System) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that may register organisations."""
    token = shared_system.token("STEWARD", "steward")
    async with _client(shared_system, token) as client:
        yield client
