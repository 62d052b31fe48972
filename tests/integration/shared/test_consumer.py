"""The consumer goes on where its database says, not where the broker thinks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

import services.aggregation
from services.aggregation.figures import empty
from services.aggregation.projections import PROJECTIONS
from shared import kafka, offsets
from shared.consumer import Consumer
from shared.database import connect, migrate
from shared.events import REFERRALS
from shared.kafka import Message
from shared.settings import ServiceSettings
from tests.integration.shared.messages import a_message
from tests.integration.shared.topics import settings_for
from tests.system import until

MIGRATIONS = Path(services.aggregation.__file__).with_name("migrations")
_numbers = itertools.count(1)


@pytest.fixture
async def settings(
    postgres_urls: dict[str, str], kafka_servers: str
) -> ServiceSettings:
    """Return settings of a service with empty projections and topics of its own."""
    prefix = f"consumer{next(_numbers)}."
    settings = settings_for(postgres_urls["aggregation"], kafka_servers, prefix)
    await migrate(settings, MIGRATIONS)
    await kafka.ensure_topics(settings)
    return settings


@pytest.fixture
async def database(settings: ServiceSettings) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection to the database with the projections."""
    connection = await connect(settings)
    yield connection
    await connection.close()


async def send(settings: ServiceSettings, *messages: Message) -> None:
    async with kafka.open_publisher(settings, "test") as publisher:
        await publisher.publish(
            Message(settings.topic_prefix + m.topic, m.key, m.value, m.headers)
            for m in messages
        )


@asynccontextmanager
async def consuming(settings: ServiceSettings) -> AsyncIterator[Consumer]:
    """Let a consumer work."""
    consumer = Consumer(settings, "group", PROJECTIONS, empty, 500)
    task = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        task.cancel()
        await asyncio.wait([task])


async def caught_up(settings: ServiceSettings) -> None:
    """Let a consumer read to the end of all topics, then stop it."""
    async with consuming(settings) as consumer:

        async def is_caught_up() -> bool:
            return consumer.is_caught_up

        await until(is_caught_up, "the consumer is at the end")


async def sources(database: asyncpg.Connection) -> list[tuple[int, str]]:
    rows = await database.fetch("select sequence, source from referral order by id")
    return [(row["sequence"], row["source"]) for row in rows]


async def test_it_goes_on_where_its_database_says(
    settings: ServiceSettings, database: asyncpg.Connection
) -> None:
    await send(settings, a_message(REFERRALS, 1))
    await caught_up(settings)
    assert await sources(database) == [(1, "group_b")]
    # What was applied is not read again: the row that is removed stays away.
    await database.execute("delete from referral")
    await caught_up(settings)
    assert await sources(database) == []
    # A database that was restored says an earlier offset, whatever the broker thinks.
    await database.execute("update projection_offset set next_offset = 0")
    await caught_up(settings)
    assert await sources(database) == [(1, "group_b")]
    await send(settings, a_message(REFERRALS, 2, state={"source": "A1"}))
    await caught_up(settings)
    assert await sources(database) == [(2, "group_a")]


@pytest.mark.parametrize(
    "change",
    [
        "next_offset = next_offset + 1000",
        "saved_at = now() - interval '31 days'",
    ],
)
async def test_a_projection_that_cannot_be_continued_is_read_anew(
    settings: ServiceSettings, database: asyncpg.Connection, change: str
) -> None:
    await send(settings, a_message(REFERRALS, 1))
    await caught_up(settings)
    await database.execute(
        "insert into referral (id, sequence, occurred_at) values ($1, 1, now())",
        UUID(int=5),
    )
    await database.execute(f"update projection_offset set {change}")
    await caught_up(settings)
    assert await sources(database) == [(1, "group_b")]
    assert not await database.fetchval("select is_counted from progress")


async def test_emptied_while_it_runs_it_reads_all_again(
    settings: ServiceSettings, database: asyncpg.Connection
) -> None:
    await send(settings, a_message(REFERRALS, 1))

    async def is_there() -> bool:
        return await sources(database) == [(1, "group_b")]

    async with consuming(settings):
        await until(is_there, "it is projected")
        async with database.transaction():
            await offsets.forget(database, REFERRALS, settings.topic_prefix, empty)
        assert await sources(database) == []
        await until(is_there, "it is projected again")
