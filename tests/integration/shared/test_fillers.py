"""Fillers move every partition on, and nobody takes them for more than that."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from aiokafka import TopicPartition

import services.aggregation
import services.intake
from services.aggregation.figures import empty
from services.aggregation.projections import PROJECTIONS
from shared import kafka
from shared.consumer import Consumer
from shared.contract_files import asyncapi
from shared.database import connect, migrate
from shared.erasure.filling import Filler, filler_keys
from shared.events import (
    DEAD_LETTERS,
    FILLER_TYPE,
    ORGANISATIONS,
    PARTITIONS,
    REFERRALS,
)
from shared.kafka import partition_of
from shared.outbox import Relay, as_message
from shared.settings import ServiceSettings
from tests.integration.shared.messages import Record, a_message
from tests.integration.shared.topics import read_topic, settings_for

DAY = 86_400.0
MIGRATIONS = "migrations"
_numbers = itertools.count(1)
AGE = "update filler set appended_at = now() - $1::interval"
RECEIPT = """
insert into erasure (organisation, records, messages, published_at)
values ('RX1', 1, '{}', now() - $1::interval) returning id
"""


def migrations_of(service: object) -> Path:
    return Path(str(service.__file__)).with_name(MIGRATIONS)  # type: ignore[attr-defined]


@pytest.fixture
async def settings(
    postgres_urls: dict[str, str], kafka_servers: str
) -> ServiceSettings:
    """Return settings of an intake that nobody sends a request to."""
    prefix = f"fillers{next(_numbers)}."
    settings = settings_for(postgres_urls["intake"], kafka_servers, prefix)
    await migrate(settings, migrations_of(services.intake))
    return settings


@pytest.fixture
async def database(settings: ServiceSettings) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(settings)
    yield connection
    await connection.close()


async def fillers(database: asyncpg.Connection) -> int:
    """Look whether fillers are due, as the relay does; return how many wait now."""
    await Filler("intake", DAY).look(database)
    waiting: int = await database.fetchval("select count(*) from outbox")
    return waiting


def test_each_partition_has_a_fixed_key_of_its_own() -> None:
    keys = filler_keys()
    places = [partition_of(str(key).encode()) for key in keys]
    assert places == list(range(PARTITIONS))
    # Another key would leave the last filler of the old one behind for ever.
    assert keys[0] == UUID("b5cd129b-ff46-55ef-a905-36044e2202ec")


async def test_fillers_are_due_once_a_day(database: asyncpg.Connection) -> None:
    assert await fillers(database) == 0
    await database.execute(AGE, timedelta(hours=23))
    assert await fillers(database) == 0
    await database.execute(AGE, timedelta(hours=25))
    assert await fillers(database) == 2 * PARTITIONS
    assert await fillers(database) == 2 * PARTITIONS
    rows = await database.fetch(
        "select distinct topic, type, state::text as state from outbox"
    )
    assert {tuple(row) for row in rows} == {
        (ORGANISATIONS.name, FILLER_TYPE, None),
        (REFERRALS.name, FILLER_TYPE, None),
    }


async def test_fillers_are_due_when_the_segment_of_a_tombstone_can_be_closed(
    database: asyncpg.Connection,
) -> None:
    await database.execute(AGE, timedelta(hours=2))
    await database.fetchval(RECEIPT, timedelta(hours=23))
    assert await fillers(database) == 0
    erasure = await database.fetchval(RECEIPT, timedelta(hours=25))
    assert await fillers(database) == 2 * PARTITIONS
    rows = await database.fetch("select id from erasure where rolled_at is not null")
    assert [row["id"] for row in rows] == [erasure]
    assert await fillers(database) == 2 * PARTITIONS


async def test_an_erasure_is_published_when_the_last_of_its_tombstones_is(
    database: asyncpg.Connection,
) -> None:
    add = """
    with sent as (
      insert into outbox (topic, key, sequence, type, organisation)
      select 't', uuidv4(), 1, 'x.y.z.erased.v1', 'RX1' from generate_series(1, 2)
      returning id
    )
    insert into erasure (organisation, records, messages)
    select 'RX1', 2, array_agg(id) from sent
    """
    await database.execute(add)
    seen = []
    for _ in range(3):
        await Filler("intake", DAY).look(database)
        seen.append(await database.fetchval("select published_at from erasure"))
        first = "delete from outbox where id = (select min(id) from outbox)"
        await database.execute(first)
    assert [moment is not None for moment in seen] == [False, False, True]


async def test_a_relay_appends_fillers_to_every_partition(
    settings: ServiceSettings, database: asyncpg.Connection
) -> None:
    await database.execute(AGE, timedelta(days=2))
    await kafka.ensure_topics(settings)
    await Filler("intake", DAY).look(database)
    relay = Relay(settings, "intake", asyncio.Event())
    async with kafka.open_publisher(settings, "test") as publisher:
        await relay.publish_batch(database, publisher)
    for topic in (ORGANISATIONS, REFERRALS):
        found = await read_topic(settings, topic.name)
        assert sorted(m.partition for m in found) == list(range(PARTITIONS))
        assert {m.value for m in found} == {None}
        assert {m.headers["ce_type"] for m in found} == {FILLER_TYPE}
        schemas = {m.headers["ce_dataschema"] for m in found}
        assert schemas == {f"/schemas/{topic.entity}"}


async def test_a_filler_has_the_envelope_of_the_contract(
    database: asyncpg.Connection,
) -> None:
    await database.execute(AGE, timedelta(days=2))
    await Filler("intake", DAY).look(database)
    row = await database.fetchrow("select * from outbox limit 1")
    assert row is not None
    headers = dict(as_message(row, "intake", "").headers)
    envelope = asyncapi()["components"]["schemas"]["Envelope"]
    assert set(envelope["required"]) <= headers.keys()
    assert all(headers.values())


async def test_a_consumer_passes_over_fillers(
    postgres_urls: dict[str, str],
) -> None:
    settings = settings_for(postgres_urls["aggregation"])
    await migrate(settings, migrations_of(services.aggregation))
    consumer = Consumer(settings, "group", PROJECTIONS, empty, 500)
    filler = {"ce_type": FILLER_TYPE.encode()}
    key = str(filler_keys()[0]).encode()
    sent = [
        a_message(REFERRALS, key=key, value=None, headers=filler),
        a_message(REFERRALS),
        a_message(REFERRALS, 9, value=b"{", headers=filler),
    ]
    records = [
        Record(m.topic, 0, offset, m.key, m.value, list(m.headers))
        for offset, m in enumerate(sent)
    ]
    partition = TopicPartition(REFERRALS.name, 0)
    connection = await connect(settings)
    try:
        await consumer.apply(connection, {partition: records}, {})
        rows = await connection.fetch("select id, sequence from referral")
        letters = "select count(*) from outbox where topic = $1"
        assert await connection.fetchval(letters, DEAD_LETTERS) == 0
    finally:
        await connection.close()
    assert [str(row["id"]).encode() for row in rows] == [sent[1].key]
    assert rows[0]["sequence"] == 1
