"""The ceiling of a projection: micro-batches as they come, without any model.

A process of its own: `python -m tests.bench.raw_loop GIVEN RESULT`.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

BATCH = 2_000
TABLES = """
create table raw_state (id uuid primary key, sequence bigint, state jsonb);
create table raw_offset (topic text, partition int, next_offset bigint,
  primary key (topic, partition));
"""
UPSERT = """
insert into raw_state as t (id, sequence, state)
select * from unnest($1::uuid[], $2::bigint[], $3::jsonb[])
on conflict (id) do update set sequence = excluded.sequence, state = excluded.state
where excluded.sequence > t.sequence
"""
SAVE = """
insert into raw_offset select * from unnest($1::text[], $2::int[], $3::bigint[])
on conflict (topic, partition) do update set next_offset = excluded.next_offset
"""


@dataclass(frozen=True)
class RawLoop:
    """What to read into which empty database."""

    url: str
    servers: str
    topics: list[str]
    partitions: int


@dataclass(frozen=True)
class Read:
    """How many messages in how many seconds."""

    events: int
    seconds: float


async def read_all(given: RawLoop) -> Read:
    """Read the topics to their ends, a transaction for each micro-batch."""
    connection = await asyncpg.connect(given.url)
    await connection.execute(TABLES)
    reader = AIOKafkaConsumer(
        bootstrap_servers=given.servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        fetch_max_bytes=8 * 1024 * 1024,
        max_partition_fetch_bytes=1024 * 1024,
    )
    await reader.start()
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in given.topics
            for number in range(given.partitions)
        ]
        reader.assign(partitions)
        await reader.seek_to_beginning()
        events = sum((await reader.end_offsets(partitions)).values())
        began, left = time.monotonic(), events
        while left:
            batch = await reader.getmany(timeout_ms=1000, max_records=BATCH)
            await apply(connection, batch)
            left -= sum(map(len, batch.values()))
        return Read(events, time.monotonic() - began)
    finally:
        await reader.stop()
        await connection.close()


async def apply(
    connection: asyncpg.Connection, batch: Mapping[Any, Sequence[Any]]
) -> None:
    """Store the newest state of each key, and the offsets."""
    newest: dict[bytes, tuple[int, bytes]] = {}
    for records in batch.values():
        for record in records:
            sequence = int(dict(record.headers)["ce_sequence"])
            known = newest.get(record.key)
            if known is None or known[0] < sequence:
                newest[record.key] = sequence, record.value
    async with connection.transaction():
        await connection.execute(
            UPSERT,
            [UUID(key.decode()) for key in newest],
            [sequence for sequence, _ in newest.values()],
            [value.decode() for _, value in newest.values()],
        )
        await connection.execute(
            SAVE,
            [partition.topic for partition in batch],
            [partition.partition for partition in batch],
            [records[-1].offset + 1 for records in batch.values()],
        )


if __name__ == "__main__":
    from tests.bench import raw_loop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(
            raw_loop.read_all(pickle.loads(Path(sys.argv[1]).read_bytes()))
        )
    Path(sys.argv[2]).write_bytes(pickle.dumps(found))
