"""A whole system of its own for tests: four databases, topics, service processes."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from deploy.local.errors import StackError
from deploy.local.issuer import Issuer
from deploy.local.kafka import Kafka
from deploy.local.ports import require_free
from deploy.local.postgres import Postgres
from deploy.local.processes import WebProcess, issuer_process, service_process
from deploy.local.settings import SERVICES, LocalSettings
from shared.migrations import migrate

SECRET = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
PATIENCE_SECONDS = 60.0


@dataclass
class Infrastructure:
    """One PostgreSQL and one Kafka for the whole run."""

    folder: Path
    postgres: Postgres
    kafka: Kafka

    async def databases(self, name: str) -> dict[str, str]:
        """Make four empty databases with a role each; return their URLs by service."""
        return {
            service: await self.postgres.create_database(f"{name}_{service}")
            for service in SERVICES
        }


@dataclass
class System:
    """Four services and an issuer, each a process, with databases of their own."""

    name: str
    infrastructure: Infrastructure
    databases: dict[str, str] = field(default_factory=dict)
    services: dict[str, WebProcess] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    async def start(self, services: Sequence[str] = SERVICES) -> None:
        """Make the databases and start the processes."""
        self.settings = free_settings(self.infrastructure.folder / self.name)
        self.databases = await self.infrastructure.databases(self.name)
        self.issuer_process = issuer_process(self.settings)
        self.issuer = Issuer(self.settings.folder, self.settings.url("issuer"))
        for service in services:
            self.services[service] = self.process(service, self.settings)
            # Here, once: a process of its own for each takes a second to begin.
            await migrate(self.databases[service], migrations_of(service))
        await asyncio.gather(
            self.issuer_process.start(), *(s.start() for s in self.services.values())
        )

    def process(self, service: str, settings: LocalSettings) -> WebProcess:
        """Describe a process of a service; a second one needs other settings."""
        return service_process(service, settings, self.environment(service))

    def environment(self, service: str) -> dict[str, str]:
        """Return what a service of this system reads from its environment."""
        return {
            f"{service.upper()}_DATABASE_URL": self.databases[service],
            "KAFKA_BOOTSTRAP_SERVERS": self.infrastructure.kafka.bootstrap_servers,
            "LIVINGWELL_TOPIC_PREFIX": f"{self.name}.",
            "LIVINGWELL_SECRET": SECRET,
            "LIVINGWELL_SECRET_ID": "test-1",
            "TOKEN_ISSUER": self.settings.url("issuer"),
            "TOKEN_JWKS_URL": self.settings.url("issuer") + "/.well-known/jwks.json",
            "TOKEN_AUDIENCE": "livingwell",
            "SIGN_IN_CLIENT": "livingwell-tests",
            "STORIES_PUBLIC_URL": self.settings.url("stories"),
            **self.extra,
        }

    async def stop(self) -> None:
        """Stop every process."""
        processes = [*self.services.values(), self.issuer_process]
        await asyncio.gather(*(process.stop() for process in processes))

    @property
    def urls(self) -> dict[str, str]:
        """Return the address of each service."""
        return {service: self.settings.url(service) for service in SERVICES}

    def token(self, org: str, *roles: str, subject: str = "developer") -> str:
        """Return a token for an organisation, in roles."""
        return self.issuer.token(org, roles, subject)

    def client(self, service: str, token: str | None = None) -> httpx.AsyncClient:
        """Return a client of a service, with a token if one is given."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(
            base_url=self.settings.url(service),
            headers=headers,
            timeout=30,
            # Before the service does so, after 5 s: what it closes just then is lost.
            limits=httpx.Limits(keepalive_expiry=2),
            verify=False,  # Plain HTTP: no certificates to load.
        )

    async def fetch(self, service: str, statement: str, *values: object) -> list[Any]:
        """Return rows of a service's database."""
        connection = await asyncpg.connect(self.databases[service])
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def quiet(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until every outbox is empty and all that was published is counted."""

        async def is_quiet() -> bool:
            for service in self.services:
                [row] = await self.fetch(service, "select count(*) from outbox")
                if row[0]:
                    return False
            if "aggregation" not in self.services:
                return True
            return await self._is_counted()

        await until(is_quiet, "the system is quiet", patience_seconds)

    async def _is_counted(self) -> bool:
        """Say whether all that owners hold is projected, and nothing is stale."""
        tables = {
            "intake": ("organisation", "referral"),
            "measures": ("assessment", "goal"),
            "stories": ("story",),
        }
        for service, names in tables.items():
            if service not in self.services:
                continue
            for name in names:
                query = f"select count(*), sum(sequence) from {name}"
                [mine] = await self.fetch(service, query)
                [theirs] = await self.fetch("aggregation", query)
                if tuple(mine) != tuple(theirs):
                    return False
        [row] = await self.fetch(
            "aggregation",
            "select (select count(*) from stale) = 0 and is_counted and not exists ("
            " select from organisation o where place is not null and not exists ("
            "  select from release where scope in ('place:' || o.place)))"
            " from progress",
        )
        return bool(row[0])


def migrations_of(service: str) -> Path:
    """Return the folder of a service's migrations."""
    return Path(__file__).parents[1] / "services" / service / "migrations"


def free_settings(folder: Path) -> LocalSettings:
    """Return settings with ports that nobody uses at this moment.

    All are below 32768, where Linux takes those of outgoing connections from.
    """
    while True:
        settings = LocalSettings(
            home=folder, port_offset=secrets.randbelow(14_000) + 9_000
        )
        try:
            for part in (*SERVICES, "issuer", "kafka", "postgres"):
                require_free(part, settings.port(part))
        except StackError:
            continue
        return settings


async def until(
    holds: Callable[[], Awaitable[bool]],
    what: str,
    patience_seconds: float = PATIENCE_SECONDS,
) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it does not within the time.
    """
    deadline = time.monotonic() + patience_seconds
    while not await holds():
        assert time.monotonic() < deadline, f"not in time: {what}"
        await asyncio.sleep(0.05)
