"""PostgreSQL: pools, migrations at start, and the tables that every service has."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import structlog
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi import Depends, Request
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Identity,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel

from shared.settings import ServiceSettings

MIGRATION_LOCK = 0x11_FE_01
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


class OutboxRow(SQLModel):
    """A message that waits for the relay; stored in the statement of its change."""

    id: int = Field(
        sa_type=BigInteger,
        sa_column_args=[Identity(always=True)],
        primary_key=True,
    )
    message_id: UUID = Field(
        sa_type=Uuid, sa_column_kwargs={"server_default": text("uuidv7()")}
    )
    topic: str = Field(sa_type=Text)
    key: UUID = Field(sa_type=Uuid)
    sequence: int = Field(sa_type=BigInteger)
    type: str = Field(sa_type=Text)
    organisation: str = Field(sa_type=Text)
    occurred_at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    traceparent: str | None = Field(default=None, sa_type=Text)
    state: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class AuditRow(SQLModel):
    """That something was written: who, what, when; never the content."""

    id: int = Field(
        sa_type=BigInteger,
        sa_column_args=[Identity(always=True)],
        primary_key=True,
    )
    at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    organisation: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    record: UUID = Field(sa_type=Uuid)
    sequence: int = Field(sa_type=BigInteger)


class RecordRow(SQLModel):
    """An entity that an organisation owns.

    Attributes:
        kept: What the owner was told, words and all; never leaves this database.
        state: What was last published; derived from `kept` by the service's rules.
    """

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    organisation: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    sequence: int = Field(sa_type=BigInteger)
    kept: dict[str, Any] = Field(sa_type=JSONB)
    state: dict[str, Any] = Field(sa_type=JSONB)


async def connect(settings: ServiceSettings) -> asyncpg.Connection:
    """Open one connection outside the pool: for locks that must not be shared."""
    return await asyncpg.connect(
        settings.database_url.get_secret_value(),
        timeout=5,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        server_settings=SERVER_SETTINGS,
    )


async def open_pool(settings: ServiceSettings) -> asyncpg.Pool:
    """Open the pool that requests use: single statements, no session state."""
    return await asyncpg.create_pool(
        settings.database_url.get_secret_value(),
        min_size=2,
        max_size=settings.database_connections,
        timeout=5,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        server_settings=SERVER_SETTINGS,
        reset=_keep_session,
    )


async def _keep_session(_: asyncpg.Connection) -> None:
    """Spare the round trip of a reset: no session state is ever set on the pool."""


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

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Return all rows of one statement, committed when this returns."""
        async with self.pool.acquire(timeout=self._acquire_seconds) as connection:
            return list(await connection.fetch(statement, *values))

    async def fetchrow(self, statement: str, *values: object) -> asyncpg.Record | None:
        """Return the first row of one statement, or None."""
        async with self.pool.acquire(timeout=self._acquire_seconds) as connection:
            return await connection.fetchrow(statement, *values)


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


InDatabase = Annotated[Database, Depends(_database)]


async def migrate(settings: ServiceSettings, versions: Path) -> None:
    """Bring the database to the newest version in `versions`.

    Safe when several workers start at once: a lock on the migrating connection lets
    one work while the others wait, then find nothing to do. Waits for a database that
    is still starting, `start_patience_seconds` at most.
    """
    url = settings.database_url.get_secret_value()
    url = "postgresql+asyncpg://" + url.split("://", 1)[1]
    engine = create_async_engine(url)
    deadline = asyncio.get_running_loop().time() + settings.start_patience_seconds
    try:
        while True:
            try:
                async with engine.begin() as connection:
                    await connection.run_sync(_upgrade, versions)
            except (OSError, asyncpg.CannotConnectNowError) as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                log.warning("database_away", error=type(error).__name__)
                await asyncio.sleep(0.5)
            else:
                return
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, versions: Path) -> None:
    connection.execute(
        text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK}
    )
    script = ScriptDirectory(str(versions), version_locations=[str(versions)])

    def steps(revision: Any, _: MigrationContext) -> Any:  # noqa: ANN401 (alembic's)
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
