"""A system of its own on a PostgreSQL and a Kafka of its own, to be broken at will."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.home import Secrets, open_home
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.processes import WebProcess
from tests.conftest import HOME
from tests.faults.ledger import Ledger
from tests.faults.sending import Sender, register_partners
from tests.system import Infrastructure, System, free_settings


@pytest.fixture(scope="package")
async def own_infrastructure() -> AsyncIterator[Infrastructure]:
    """Start a PostgreSQL and a Kafka that no other test uses."""
    folder = Path(tempfile.mkdtemp(prefix="livingwell-faults-"))
    settings = free_settings(folder)
    secrets = Secrets(folder / "secrets.json")
    postgres = Postgres(folder / "postgres", settings.port("postgres"), secrets)
    jars = open_home(HOME) / "kafka" / "jars"
    kafka = Kafka(folder / "kafka", settings.port("kafka"), jars=jars)
    await asyncio.gather(postgres.start(()), kafka.start())
    try:
        yield Infrastructure(folder, postgres, kafka)
    finally:
        await kafka.stop()
        await postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
async def system(own_infrastructure: Infrastructure) -> AsyncIterator[System]:
    """Return the one system that all of these tests break, one after the other."""
    system = System("faults", own_infrastructure)
    try:
        await system.start()
        yield system
    finally:
        await system.stop()


@pytest.fixture(scope="package")
async def ledger(system: System) -> Ledger:
    """Return what remembers all that was sent; partners are registered."""
    ledger = Ledger(system)
    await register_partners(ledger)
    return ledger


@pytest.fixture(autouse=True)
async def everything_runs(system: System) -> AsyncIterator[None]:
    """Start again what a failed test left dead, for the sake of the next."""
    yield
    infrastructure = system.infrastructure
    parts: list[Postgres | Kafka | WebProcess] = [
        infrastructure.postgres,
        infrastructure.kafka,
        *system.services.values(),
    ]
    for part in parts:
        if not part.child.is_running:
            await part.start()


@pytest.fixture
async def sender(ledger: Ledger) -> AsyncIterator[Sender]:
    """Return what sends for all partners and repeats what got no clear answer."""
    sender = Sender(ledger)
    yield sender
    await sender.close()
