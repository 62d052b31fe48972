"""Migrations make exactly the tables that each service's models declare."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local.settings import SERVICES
from shared.migrations import migrate

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("service", SERVICES)
async def test_migrations_make_the_tables_of_the_models(
    service: str, postgres_urls: dict[str, str]
) -> None:
    url = postgres_urls[service]
    await migrate(url, ROOT / "services" / service / "migrations")
    await migrate(url, ROOT / "services" / service / "migrations")
    metadata = import_module(f"services.{service}.models").Base.metadata

    def differences(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": False}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    engine = create_async_engine("postgresql+asyncpg://" + url.split("://", 1)[1])
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await engine.dispose()
