"""A migrated database whose audit is empty at the start of each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

import services.intake
from shared.database import migrate
from shared.settings import ServiceSettings
from tests.integration.shared.audits import EMPTY
from tests.integration.shared.topics import settings_for
from tests.system import Infrastructure

MIGRATIONS = Path(services.intake.__file__).with_name("migrations")


@pytest.fixture(scope="session")
async def audit_settings(infrastructure: Infrastructure) -> ServiceSettings:
    """Return settings of a migrated database that no process works on."""
    settings = settings_for((await infrastructure.databases("audited"))["intake"])
    await migrate(settings, MIGRATIONS)
    return settings


@pytest.fixture
async def audited(
    audit_settings: ServiceSettings,
) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection to the database, whose audit is empty."""
    connection = await asyncpg.connect(audit_settings.database_url.get_secret_value())
    await connection.execute(EMPTY)
    yield connection
    await connection.close()
