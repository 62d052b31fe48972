"""A migrated database of aggregation's own, empty at the start of each test."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

import services.aggregation
from services.aggregation.app import create_app
from services.aggregation.disclosure import Gate
from services.aggregation.settings import Settings
from shared.database import Database, connect, migrate, open_pool
from shared.signin import SESSION
from tests.conftest import IssuerAddress
from tests.system import SECRET, Infrastructure, System

_numbers = itertools.count(1)
MIGRATIONS = Path(services.aggregation.__file__).with_name("migrations")


@pytest.fixture(scope="session")
async def aggregation_settings(
    infrastructure: Infrastructure, issuer: IssuerAddress
) -> Settings:
    """Return settings of a migrated database that no process works on."""
    settings = Settings(
        database_url=(await infrastructure.databases("figures"))["aggregation"],
        kafka_bootstrap_servers="127.0.0.1:9",
        token_issuer=issuer.issuer,
        token_jwks_url=issuer.jwks_url,
        secret=SECRET,
        secret_id="test-1",
        quote_patience_seconds=2,
    )
    await migrate(settings, MIGRATIONS)
    return settings


@asynccontextmanager
async def serving(
    settings: Settings, gate: Gate | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of an app without consumer and relay; its gate may be another."""
    app = create_app(settings)
    app.state.gate = gate or app.state.gate
    pool = await open_pool(settings)
    app.state.database = Database(pool, 5)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client
    await app.state.artist.close()
    await pool.close()


@pytest.fixture(scope="session")
async def api(aggregation_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of an app on the database, without consumer and relay."""
    async with serving(aggregation_settings) as client:
        yield client


@pytest.fixture
async def bearer(shared_system: System) -> Callable[..., dict[str, str]]:
    """Return what makes the headers of a caller: bearer(org, *roles)."""

    def make(org: str, *roles: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {shared_system.token(org, *roles)}"}

    return make


@pytest.fixture
def session(
    shared_system: System, issuer: IssuerAddress
) -> Callable[..., dict[str, str]]:
    """Return what makes the headers of a browser: session(org, *roles)."""
    assert issuer.issuer

    def make(org: str, *roles: str) -> dict[str, str]:
        token = shared_system.token(org, *roles)
        return {"Cookie": f"{SESSION}={token}"} | {"Accept": "text/html"}

    return make


@pytest.fixture(scope="session")
async def connection(
    aggregation_settings: Settings,
) -> AsyncIterator[asyncpg.Connection]:
    """Return one connection for all tests; `database` is it with nothing inside."""
    connection = await connect(aggregation_settings)
    yield connection
    await connection.close()


@pytest.fixture
async def database(connection: asyncpg.Connection) -> asyncpg.Connection:
    """Return a connection to the database, which has nothing in it."""
    await empty(connection)
    return connection


async def empty(connection: asyncpg.Connection) -> None:
    """Take everything out of the database."""
    tables = await connection.fetch(
        "select tablename from pg_tables where schemaname = 'public'"
        " and tablename not in ('progress', 'alembic_version', 'audit', 'seal',"
        " 'filler', 'framework_version')"
    )
    deletes = [f"delete from {row['tablename']}" for row in tables]
    reset = "update progress set is_counted = false, as_of = null"
    await connection.execute("; ".join([*deletes, reset]))


@pytest.fixture
def steward(bearer: Callable[..., dict[str, str]]) -> dict[str, str]:
    """Return the headers of a steward."""
    return bearer("ORG1", "steward")


@pytest.fixture
def name() -> str:
    """Return a framework's id that no other test has: what is published stays."""
    return f"site-{next(_numbers)}"
