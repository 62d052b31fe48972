"""The relay: the outbox in order, all or nothing, as CloudEvents."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import services.intake
from shared import kafka, outbox
from shared.database import connect, migrate
from shared.events import REFERRALS
from shared.kafka import KafkaError, Message, NotPublished, Publisher
from shared.outbox import Relay, announce
from shared.settings import ServiceSettings
from tests.integration.shared.topics import Published, read_topic, settings_for
from tests.system import until

MIGRATIONS = Path(services.intake.__file__).with_name("migrations")
_numbers = itertools.count(1)


@pytest.fixture
async def settings(
    postgres_urls: dict[str, str], kafka_servers: str
) -> ServiceSettings:
    """Return settings of a service with an empty outbox and topics of its own."""
    prefix = f"relay{next(_numbers)}."
    settings = settings_for(postgres_urls["intake"], kafka_servers, prefix)
    await migrate(settings, MIGRATIONS)
    await kafka.ensure_topics(settings)
    return settings


@pytest.fixture
async def connection(settings: ServiceSettings) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection to the database with the outbox."""
    connection = await connect(settings)
    yield connection
    await connection.close()


def a_row(number: int, key: UUID | None = None, **changes: Any) -> tuple[Any, ...]:  # noqa: ANN401
    values: dict[str, Any] = {
        "topic": REFERRALS.name,
        "key": key or uuid4(),
        "sequence": number,
        "type": REFERRALS.event_type("received"),
        "organisation": "RX1",
        "state": json.dumps({"n": number}),
    }
    return tuple((values | changes).values())


def relay_of(settings: ServiceSettings) -> Relay:
    return Relay(settings, "intake", asyncio.Event())


async def publish(settings: ServiceSettings, connection: asyncpg.Connection) -> int:
    async with kafka.open_publisher(settings, "test") as publisher:
        return await relay_of(settings).publish_batch(connection, publisher)


async def published(settings: ServiceSettings) -> list[Published]:
    return await read_topic(settings, REFERRALS.name)


async def test_messages_are_cloud_events_in_binary_mode(
    settings: ServiceSettings, connection: asyncpg.Connection
) -> None:
    key = uuid4()
    await announce(connection, [a_row(7, key)])
    [row] = await connection.fetch("select * from outbox")
    assert await publish(settings, connection) == 1
    [message] = await published(settings)
    assert message.key == str(key)
    assert json.loads(message.value or "") == {"n": 7}
    assert message.headers == {
        "ce_specversion": "1.0",
        "ce_id": str(row["message_id"]),
        "ce_source": "/livingwell/intake/RX1",
        "ce_type": "uk.livingwell.referral.received.v1",
        "ce_subject": str(key),
        "ce_time": row["occurred_at"].isoformat(),
        "ce_dataschema": "/schemas/referral",
        "ce_sequence": "7",
        "content-type": "application/json",
    }
    assert UUID(message.headers["ce_id"]).version == 7
    assert await connection.fetchval("select count(*) from outbox") == 0


async def test_an_erasure_is_a_message_without_a_value_and_a_trace_travels_along(
    settings: ServiceSettings, connection: asyncpg.Connection
) -> None:
    erased = REFERRALS.event_type("erased")
    await announce(connection, [a_row(8, type=erased, state=None)])
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await connection.execute("update outbox set traceparent = $1", trace)
    await publish(settings, connection)
    [message] = await published(settings)
    assert message.value is None
    assert message.headers["ce_type"] == erased
    assert message.headers["ce_traceparent"] == trace


async def test_the_outbox_is_published_in_order(
    settings: ServiceSettings, connection: asyncpg.Connection
) -> None:
    keys = [uuid4() for _ in range(5)]
    rows = [a_row(number, keys[number % 5]) for number in range(1, 2_501)]
    for at in range(0, len(rows), 500):
        await announce(connection, rows[at : at + 500])
    counts = []
    async with kafka.open_publisher(settings, "test") as publisher:
        while count := await relay_of(settings).publish_batch(connection, publisher):
            counts.append(count)
    assert counts == [1_000, 1_000, 500]
    messages = await published(settings)
    assert len(messages) == 2_500
    for key in keys:
        of_key = [m.sequence for m in messages if m.key == str(key)]
        assert of_key == sorted(of_key)
        assert len({m.partition for m in messages if m.key == str(key)}) == 1


class Failing(Publisher):
    """A publisher that sends what it was given and then finds an error."""

    async def publish(self, messages: Iterable[Message]) -> None:
        """Send all but fail before it is acknowledged."""

        def and_then_fail() -> Iterable[Message]:
            yield from messages
            raise NotPublished

        await super().publish(and_then_fail())


async def test_a_batch_that_fails_is_published_by_no_part(
    settings: ServiceSettings, connection: asyncpg.Connection
) -> None:
    await announce(connection, [a_row(number) for number in range(100)])
    async with kafka.open_publisher(settings, "test") as publisher:
        failing = Failing(publisher._producer, 10)
        with pytest.raises(NotPublished):
            await relay_of(settings).publish_batch(connection, failing)
    assert await published(settings) == []
    assert await connection.fetchval("select count(*) from outbox") == 100
    assert await publish(settings, connection) == 100
    assert len(await published(settings)) == 100


async def test_an_earlier_publisher_is_fenced(
    settings: ServiceSettings, connection: asyncpg.Connection
) -> None:
    relay = relay_of(settings)
    async with kafka.open_publisher(settings, "test") as earlier:
        await announce(connection, [a_row(1)])
        await relay.publish_batch(connection, earlier)
        async with kafka.open_publisher(settings, "test") as later:
            await announce(connection, [a_row(2)])
            with pytest.raises(KafkaError):
                await relay.publish_batch(connection, earlier)
            await relay.publish_batch(connection, later)
    assert sorted(m.sequence for m in await published(settings)) == [1, 2]


async def test_a_lost_connection_loses_the_right_to_publish(
    settings: ServiceSettings, connection: asyncpg.Connection
) -> None:
    await announce(connection, [a_row(1)])
    holder = await connect(settings)
    await connection.fetchval(
        "select pg_terminate_backend($1)", holder.get_server_pid()
    )
    async with kafka.open_publisher(settings, "test") as publisher:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await relay_of(settings).publish_batch(holder, publisher)
    assert await published(settings) == []


async def test_one_relay_publishes_while_the_other_stands_by(
    settings: ServiceSettings, connection: asyncpg.Connection
) -> None:
    await connection.fetchval("select pg_advisory_lock($1)", outbox.RELAY_LOCK)
    relay = relay_of(settings)
    task = asyncio.create_task(relay.run())
    try:
        await announce(connection, [a_row(1)])

        async def is_standing_by() -> bool:
            return relay.is_connected

        await until(is_standing_by, "the relay stands by")
        assert await published(settings) == []
        await connection.fetchval("select pg_advisory_unlock($1)", outbox.RELAY_LOCK)

        async def is_published() -> bool:
            return not await connection.fetchval("select count(*) from outbox")

        await until(is_published, "the relay published")
        assert [m.sequence for m in await published(settings)] == [1]
    finally:
        task.cancel()
        await asyncio.wait([task])
