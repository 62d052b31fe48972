"""Organisations of their own that send files to the running services."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest

from tests.integration.imports.sending import Importer
from tests.system import System

_numbers = itertools.count(1)


async def _importer(system: System, service: str) -> AsyncIterator[Importer]:
    code = f"TC{next(_numbers):05}"
    async with system.client(service, system.token(code, "partner")) as client:
        yield Importer(code, service, client, system)


@pytest.fixture
async def partner(shared_system: System) -> AsyncIterator[Importer]:
    """Return an organisation that nobody used before, at intake."""
    async for importer in _importer(shared_system, "intake"):
        yield importer


@pytest.fixture
async def other(shared_system: System) -> AsyncIterator[Importer]:
    """Return another organisation that nobody used before, at intake."""
    async for importer in _importer(shared_system, "intake"):
        yield importer


@pytest.fixture
async def surveyor(shared_system: System) -> AsyncIterator[Importer]:
    """Return an organisation that nobody used before, at measures."""
    async for importer in _importer(shared_system, "measures"):
        yield importer
