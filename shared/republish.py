"""Compares a service's tables with its topics, and publishes again what differs.

The relay loses nothing by design; this finds what no design foresees: a broker or a
database that was restored from a backup, or a window that the client library leaves.
Run it daily, and after every restore: `python -m services.<name>.republish`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from shared import kafka
from shared.database import connect
from shared.events import TYPE_PREFIX, Topic
from shared.records import next_sequence
from shared.settings import ServiceSettings

POLL_MS = 500
BATCH = 5_000
# A grave does not say whose it was; the tombstone's envelope has to name somebody.
OWNER_OF_GRAVES = "erased"

SEEN = """
create temporary table seen (
  key uuid, sequence bigint, message_offset bigint, is_erasure boolean
)
"""
ADD_SEEN = """
insert into seen
select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::boolean[])
"""
# A row whose newest state waits in the outbox is on its way and no difference. Rows are
# locked, so that no change slips between what is compared and what is announced; and
# where the topic is ahead (the database was restored), the row is raised above it, or
# no reader would take it.
ANNOUNCE_MISSING = """
with seen_keys as (
  select key, max(sequence) as highest,
    (array_agg(sequence order by message_offset desc))[1] as last
  from seen where key is not null group by key
), differing as (
  select r.id, k.highest from {table} r left join seen_keys k on k.key = r.id
  where k.last is distinct from r.sequence and (
    k.highest > r.sequence or not exists (
      select from outbox o where o.key = r.id and o.sequence = r.sequence))
  order by r.id for update of r
), raised as (
  update {table} r set sequence = case when d.highest > r.sequence
    then greatest(d.highest + 1, $3) else r.sequence end
  from differing d where r.id = d.id
  returning r.id, r.organisation, r.sequence, r.state
)
insert into outbox (topic, key, sequence, type, organisation, state)
select $1, id, sequence, case when state is null then $4 else $2 end,
  coalesce(organisation, $5), state from raised order by id
"""
ONLY_SEEN = """
select count(distinct key) from seen s
where key is not null and not is_erasure
  and not exists (select from {table} r where r.id = s.key)
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found for one topic.

    Attributes:
        only_in_topic: Keys that this database does not know: of a service that a
            partner hosts, or lost here; for a person to look at.
    """

    topic: str
    messages: int
    republished: int
    only_in_topic: int


async def republish(
    settings: ServiceSettings, tables: Mapping[str, Topic]
) -> list[Comparison]:
    """Read each topic to its end and announce every record whose last message differs.

    Args:
        settings: Of the service that owns the tables.
        tables: Table of each topic that the service writes.
    """
    connection = await connect(settings)
    try:
        await connection.execute("set statement_timeout = 0")
        return [
            await _compare(settings, connection, table, topic)
            for table, topic in tables.items()
        ]
    finally:
        await connection.close()


async def _compare(
    settings: ServiceSettings, connection: asyncpg.Connection, table: str, topic: Topic
) -> Comparison:
    await connection.execute("drop table if exists seen")
    await connection.execute(SEEN)
    messages = await _read_to_end(
        settings, connection, settings.topic_prefix + topic.name
    )
    status = await connection.execute(
        ANNOUNCE_MISSING.format(table=table),
        topic.name,
        topic.event_type(topic.happenings[0]),
        next_sequence(),
        f"{TYPE_PREFIX}.{topic.entity}.erased.v1",
        OWNER_OF_GRAVES,
    )
    only_seen = await connection.fetchval(ONLY_SEEN.format(table=table))
    return Comparison(topic.name, messages, int(status.split()[2]), only_seen)


async def _read_to_end(
    settings: ServiceSettings, connection: asyncpg.Connection, topic: str
) -> int:
    messages = 0
    async with kafka.open_consumer(settings, None) as reader:
        partitions = await kafka.partitions_of(reader, topic)
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        while await _is_before(reader, ends):
            batch = await reader.getmany(timeout_ms=POLL_MS, max_records=BATCH)
            rows = [_row(record) for records in batch.values() for record in records]
            if rows:
                columns = [list(column) for column in zip(*rows, strict=True)]
                await connection.execute(ADD_SEEN, *columns)
            messages += len(rows)
    return messages


async def _is_before(reader: Any, ends: Mapping[Any, int]) -> bool:  # noqa: ANN401
    return any([await reader.position(p) < end for p, end in ends.items()])


def _row(record: Any) -> tuple[UUID | None, int | None, int, bool]:  # noqa: ANN401
    headers = dict(record.headers)
    try:
        key, sequence = UUID(record.key.decode()), int(headers["ce_sequence"])
    except (KeyError, ValueError, AttributeError):
        return None, None, record.offset, False
    return key, sequence, record.offset, record.value is None


def main(settings: ServiceSettings, tables: Mapping[str, Topic]) -> None:
    """Compare and republish, and say what was found."""
    for found in asyncio.run(republish(settings, tables)):
        sys.stdout.write(
            f"{found.topic}: {found.messages} messages read,"
            f" {found.republished} records published again,"
            f" {found.only_in_topic} keys only in the topic\n"
        )
