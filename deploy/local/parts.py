"""What the stack is made of, put together from the settings."""

from dataclasses import dataclass
from typing import Protocol

from deploy.local.child import OWNER_VARIABLE, Child
from deploy.local.home import Secrets
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.processes import WebProcess, issuer_process, service_process
from deploy.local.settings import HOST, SERVICES, LocalSettings


class Part(Protocol):
    """One process of the stack."""

    name: str
    child: Child

    async def start(self) -> None:
        """Start it and return when it answers."""

    async def stop(self) -> None:
        """Stop it and return when it has ended."""


@dataclass(frozen=True)
class Parts:
    """Everything that runs; a part that was given from outside is None."""

    postgres: Postgres | None
    kafka: Kafka | None
    issuer: WebProcess
    services: list[WebProcess]

    @property
    def all(self) -> list[Part]:
        """Return the parts that run here, in the order in which they are stopped."""
        embedded = [part for part in (self.kafka, self.postgres) if part]
        return [*self.services, self.issuer, *embedded]


def build_parts(settings: LocalSettings) -> Parts:
    """Put the stack together; secrets are made if missing, nothing is started."""
    secrets = Secrets(settings.folder / "secrets.json")
    postgres = _embedded_postgres(settings, secrets)
    kafka = _embedded_kafka(settings)
    shared = {
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers
        or f"{HOST}:{settings.port('kafka')}",
        "LIVINGWELL_SECRET": secrets.get("livingwell_secret"),
    }
    services = []
    for service in SERVICES:
        given = settings.database_urls.get(service)
        url = given or (postgres.url(service) if postgres else "")
        addresses = {f"{service.upper()}_DATABASE_URL": url, **shared}
        services.append(service_process(service, settings, addresses))
    parts = Parts(postgres, kafka, issuer_process(settings), services)
    for part in parts.all:
        owner = {OWNER_VARIABLE: str(settings.folder)}
        part.child.environment = {**part.child.environment, **owner}
    return parts


def _embedded_postgres(settings: LocalSettings, secrets: Secrets) -> Postgres | None:
    if len(settings.database_urls) == len(SERVICES):
        return None
    folder, log = settings.folder / "postgres", settings.folder / "logs/postgres.log"
    return Postgres(folder, settings.port("postgres"), secrets, log=log)


def _embedded_kafka(settings: LocalSettings) -> Kafka | None:
    if settings.kafka_bootstrap_servers:
        return None
    folder, log = settings.folder / "kafka", settings.folder / "logs/kafka.log"
    return Kafka(folder, settings.port("kafka"), log=log)
