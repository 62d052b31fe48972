"""Everywhere that something typed could have got to: topics, tables, logs, answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.settings import SERVICES
from shared.signin import SESSION
from tests.e2e.misspelling import ENDLESS
from tests.e2e.typist import Typist
from tests.integration.shared.topics import read_topic_of
from tests.system import System

# A place, and all that is there.
Found = tuple[str, str]
ALL_FIGURES = ("the public", "a viewer")
READERS = {
    "the public": (),
    "a viewer": ("viewer",),
    "a partner": ("partner",),
    "a platform": ("platform",),
    "a steward": ("steward",),
}


async def topics(system: System) -> AsyncIterator[Found]:
    """Yield every message of every topic: key, headers and value."""
    servers = system.infrastructure.kafka.bootstrap_servers
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        names = await admin.list_topics()
    finally:
        await admin.close()
    prefix = f"{system.name}."
    for name in sorted(names):
        if name.startswith(prefix):
            own = name.removeprefix(prefix)
            for message in await read_topic_of(system, own):
                said = [message.key, message.headers, message.value]
                yield f"topic {own}", json.dumps(said)


async def tables(system: System) -> AsyncIterator[Found]:
    """Yield every row of every table of every service."""
    for service in SERVICES:
        names = await system.fetch(
            service, "select tablename from pg_tables where schemaname = 'public'"
        )
        for name in sorted(row[0] for row in names):
            rows = await system.fetch(service, f'select t::text from "{name}" t')
            yield f"table {service}.{name}", "\n".join(row[0] for row in rows)


async def logs(system: System) -> AsyncIterator[Found]:
    """Yield what every process wrote to its log."""
    infrastructure = system.infrastructure
    files = [infrastructure.postgres.log, infrastructure.kafka.log]
    for file in [*files, *(system.settings.folder / "logs").glob("*")]:
        yield f"log {file.name}", file.read_bytes().decode("latin-1")


async def metrics(system: System) -> AsyncIterator[Found]:
    """Yield what every service tells Prometheus."""
    for service in SERVICES:
        async with system.client(service) as client:
            yield f"metrics of {service}", (await client.get("/metrics")).text


async def figures(typist: Typist) -> AsyncIterator[Found]:
    """Yield all that aggregation answers, to everybody who asks, pages included."""
    places = [place for place in typist.places() if place not in ENDLESS]
    paths = [p for s, m, p in places if (s, m) == ("aggregation", "GET")]
    for who, roles in READERS.items():
        token = typist.system.token("OTHER1", *roles) if roles else None
        async with typist.system.client("aggregation", token) as client:
            client.cookies.set(SESSION, token or "")
            catalogue = (await client.get("/indicators")).json()["indicators"]
            codes = [indicator["code"] for indicator in catalogue]
            for path in paths:
                is_each = path == "/indicators/{code}" and who in ALL_FIGURES
                for code in codes if is_each else ["magic_rate"]:
                    names = {"code": code, "name": "story", "number": "1"}
                    address = path.format_map(typist.names | names)
                    yield f"{path} for {who}", (await client.get(address)).text
