"""PostgreSQL: connections, the pool that requests use, and migrations at start."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Protocol

import asyncpg
import structlog
from fastapi import Depends, Request

from shared.settings import ServiceSettings

COMMAND_TIMEOUT_SECONDS = 10
SERVER_SETTINGS = {
    "application_name": "livingwell",
    "statement_timeout": "8000",
    "idle_in_transaction_session_timeout": "30000",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
    "jit": "off",
}

log = structlog.get_logger()

Held = asyncpg.pool.PoolConnectionProxy


async def connect(
    settings: ServiceSettings,
    command_timeout: float | None = COMMAND_TIMEOUT_SECONDS,
) -> asyncpg.Connection:
    """Open one connection outside the pool: for locks that must not be shared.

    Args:
        settings: Of the service.
        command_timeout: Seconds that a statement may take; None for work that counts
            everything anew.
    """
    return await asyncpg.connect(
        settings.database_url.get_secret_value(),
        timeout=5,
        command_timeout=command_timeout,
        server_settings=SERVER_SETTINGS,
    )


async def open_pool(settings: ServiceSettings) -> asyncpg.Pool:
    """Open the pool that requests use: single statements, no session state."""
    return await asyncpg.create_pool(
        settings.database_url.get_secret_value(),
        min_size=2,
        max_size=settings.database_connections,
        timeout=settings.database_acquire_seconds,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        server_settings=SERVER_SETTINGS,
        reset=_keep_session,
    )


async def _keep_session(_: asyncpg.Connection) -> None:
    """Spare the round trip of a reset: no session state is ever set on the pool."""


class Reads(Protocol):
    """What rows are read from: the pool, or one connection that holds a moment."""

    async def fetch(self, statement: str, /, *values: object) -> list[asyncpg.Record]:
        """Return all rows of one statement."""


class Database:
    """The pool with a deadline for getting a connection.

    Errors that mean "away" are `problems.DATABASE_AWAY` and become a 503.

    Attributes:
        wrote: Set after a write, to wake the relay of this process.
    """

    def __init__(self, pool: asyncpg.Pool, acquire_seconds: float) -> None:
        self.pool = pool
        self.wrote = asyncio.Event()
        self._acquire_seconds = acquire_seconds
        self._free = pool.get_max_size()

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Return all rows of one statement, committed when this returns."""
        connection = await self._acquire()
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await self._release(connection)

    async def fetchrow(self, statement: str, *values: object) -> asyncpg.Record | None:
        """Return the first row of one statement, or None."""
        connection = await self._acquire()
        try:
            row: asyncpg.Record | None = await connection.fetchrow(statement, *values)
            return row
        finally:
            await self._release(connection)

    async def _acquire(self) -> Held:
        # A free connection is had at once; watching the clock for it costs time.
        timeout = None if self._free > 0 else self._acquire_seconds
        connection = await self.pool.acquire(timeout=timeout)
        self._free -= 1
        return connection

    async def _release(self, connection: Held) -> None:
        self._free += 1
        await self.pool.release(connection)


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


InDatabase = Annotated[Database, Depends(_database)]


async def migrate(settings: ServiceSettings, versions: Path) -> None:
    """Bring the database to the newest version in `versions`, if it is behind.

    Waits for a database that is still starting, `start_patience_seconds` at most. The
    work is done by a process of its own, so that its libraries leave no memory behind.

    Raises:
        RuntimeError: the migration failed; its error is in the log.
    """
    deadline = asyncio.get_running_loop().time() + settings.start_patience_seconds
    newest = newest_of(versions)
    while True:
        try:
            if await _version(settings) != newest:
                await _run_migrations(settings, versions)
        except (OSError, asyncpg.CannotConnectNowError) as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.warning("database_away", error=type(error).__name__)
            await asyncio.sleep(0.5)
        else:
            return


def newest_of(versions: Path) -> str:
    """Return the newest revision in a folder of migrations: the number in its name."""
    return max(path.stem.partition("_")[0] for path in versions.glob("0*.py"))


async def _version(settings: ServiceSettings) -> str | None:
    connection = await connect(settings)
    try:
        if await connection.fetchval("select to_regclass('alembic_version')") is None:
            return None
        version: str | None = await connection.fetchval(
            "select version_num from alembic_version"
        )
        return version
    finally:
        await connection.close(timeout=2)


async def _run_migrations(settings: ServiceSettings, versions: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "shared.migrations",
        str(versions),
        cwd=Path(__file__).parents[1],
        stdin=asyncio.subprocess.PIPE,
    )
    await process.communicate(settings.database_url.get_secret_value().encode())
    if process.returncode:
        msg = "the migration failed"
        raise RuntimeError(msg)
