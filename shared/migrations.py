"""Runs a service's migrations: `python -m shared.migrations FOLDER`, URL on stdin."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

MIGRATION_LOCK = 0x11_FE_01


async def migrate(url: str, versions: Path) -> None:
    """Bring a database to the newest version.

    Safe when several workers start at once: a lock on the migrating connection lets
    one work while the others wait, then find nothing to do.
    """
    engine = create_async_engine("postgresql+asyncpg://" + url.split("://", 1)[1])
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade, versions)
    finally:
        await engine.dispose()


def upgrade(connection: Connection, versions: Path) -> None:
    """Run what is missing, on an open connection, in its transaction."""
    lock = text("select pg_advisory_xact_lock(:key)")
    connection.execute(lock, {"key": MIGRATION_LOCK})
    script = ScriptDirectory(str(versions), version_locations=[str(versions)])

    def steps(revision: Any, _: MigrationContext) -> Any:  # noqa: ANN401 (alembic's)
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


if __name__ == "__main__":
    asyncio.run(migrate(sys.stdin.read().strip(), Path(sys.argv[1])))
