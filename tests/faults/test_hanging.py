"""The broker is killed between a commit and its markers: all is read all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import services.intake
from shared import kafka
from shared.database import migrate
from shared.events import FILLER_TYPE, PARTITIONS, REFERRALS
from shared.kafka import Message
from shared.outbox import Relay
from shared.settings import ServiceSettings
from tests.integration.shared.topics import read_topic, settings_for
from tests.system import Infrastructure, until

MIGRATIONS = Path(services.intake.__file__).with_name("migrations")
RELAY = "livingwell-intake-relay"
MESSAGES = 60


async def committed_and_killed(
    infrastructure: Infrastructure, settings: ServiceSettings
) -> set[str]:
    """Commit to every partition, kill the broker at once; return the keys."""
    keys = [str(uuid4()) for _ in range(MESSAGES)]
    topic = settings.topic_prefix + REFERRALS.name
    async with kafka.open_publisher(settings, RELAY) as publisher:
        await publisher.publish(Message(topic, k.encode(), b"{}", []) for k in keys)
        infrastructure.kafka.child.kill()
    await infrastructure.kafka.start()
    return set(keys)


async def test_what_was_committed_before_the_broker_was_killed_is_read(
    own_infrastructure: Infrastructure,
) -> None:
    url = await own_infrastructure.postgres.create_database("hanging")
    servers = own_infrastructure.kafka.bootstrap_servers
    settings = settings_for(url, servers, "hanging.")
    await migrate(settings, MIGRATIONS)
    await kafka.ensure_topics(settings)
    keys = await committed_and_killed(own_infrastructure, settings)
    relay = asyncio.create_task(Relay(settings, "intake", asyncio.Event()).run())

    async def is_read() -> bool:
        found = await read_topic(settings, REFERRALS.name)
        return keys <= {message.key for message in found}

    try:
        await until(is_read, "all that was committed is read")
    finally:
        relay.cancel()
        await asyncio.wait([relay])
    messages = await read_topic(settings, REFERRALS.name)
    fillers = [m for m in messages if m.headers.get("ce_type") == FILLER_TYPE]
    assert len(messages) == MESSAGES + len(fillers)
    assert len(fillers) <= PARTITIONS
