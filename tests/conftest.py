"""One embedded PostgreSQL and one Kafka for the whole run, one client per service."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.local.home import Secrets, open_home
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.settings import SERVICES
from tests.system import Infrastructure, System, free_settings

HOME = Path(__file__).parents[1] / ".local"
_numbers = itertools.count(1)

MakeSystem = Callable[..., Awaitable[System]]


@pytest.fixture(scope="session")
async def infrastructure() -> AsyncIterator[Infrastructure]:
    """Start PostgreSQL and Kafka once; Kafka's jars are kept between runs."""
    # Not pytest's own folder: another run closes it to PostgreSQL's system user.
    folder = Path(tempfile.mkdtemp(prefix="livingwell-"))
    settings = free_settings(folder)
    postgres = Postgres(
        folder / "postgres",
        settings.port("postgres"),
        Secrets(folder / "secrets.json"),
    )
    jars = open_home(HOME) / "kafka" / "jars"
    kafka = Kafka(folder / "kafka", settings.port("kafka"), jars=jars)
    await asyncio.gather(postgres.start(()), kafka.start())
    try:
        yield Infrastructure(folder, postgres, kafka)
    finally:
        await kafka.stop()
        await postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def make_system(infrastructure: Infrastructure) -> AsyncIterator[MakeSystem]:
    """Return what starts a system of its own, or some services of one.

    All are stopped at the end; who needs one no more stops it at once.
    """
    systems: list[System] = []

    async def make(*services: str, **extra: str) -> System:
        system = System(f"t{next(_numbers)}", infrastructure, extra=extra)
        systems.append(system)
        await system.start(services or SERVICES)
        return system

    yield make
    for system in systems:
        await system.stop()


@pytest.fixture(scope="session")
async def shared_system(make_system: MakeSystem) -> System:
    """Return one running system for tests that use organisations of their own.

    Its page keeps the public's words longer than a withdrawal may take.
    """
    return await make_system(AGGREGATION_QUOTE_CACHE_SECONDS="10")


@pytest.fixture(scope="module")
async def system(make_system: MakeSystem) -> AsyncIterator[System]:
    """Return a running system with nothing in it."""
    system = await make_system()
    yield system
    await system.stop()


@pytest.fixture(scope="session")
def token(shared_system: System) -> Callable[..., str]:
    """Return what makes tokens of the shared system: token(org, *roles)."""
    return shared_system.token


async def _client(system: System, service: str) -> AsyncIterator[httpx.AsyncClient]:
    async with system.client(service) as client:
        yield client


@pytest.fixture(scope="session")
async def intake(shared_system: System) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of intake without a token."""
    async for client in _client(shared_system, "intake"):
        yield client


@pytest.fixture(scope="session")
async def measures(shared_system: System) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of measures without a token."""
    async for client in _client(shared_system, "measures"):
        yield client


@pytest.fixture(scope="session")
async def stories(shared_system: System) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of stories without a token."""
    async for client in _client(shared_system, "stories"):
        yield client


@pytest.fixture(scope="session")
async def aggregation(shared_system: System) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of aggregation without a token."""
    async for client in _client(shared_system, "aggregation"):
        yield client


@pytest.fixture
async def postgres_urls(infrastructure: Infrastructure) -> dict[str, str]:
    """Return the URL of an empty database for each service."""
    return await infrastructure.databases(f"t{next(_numbers)}")


@pytest.fixture(scope="session")
def kafka_servers(infrastructure: Infrastructure) -> str:
    """Return the broker's address."""
    return infrastructure.kafka.bootstrap_servers


@dataclass(frozen=True)
class IssuerAddress:
    """Where a running issuer is."""

    issuer: str
    jwks_url: str


@pytest.fixture(scope="session")
def issuer(shared_system: System) -> IssuerAddress:
    """Return the address of the shared system's issuer."""
    url = shared_system.settings.url("issuer")
    return IssuerAddress(url, f"{url}/.well-known/jwks.json")
