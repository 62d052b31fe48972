"""Where a projection stands: offsets kept beside it, in the same transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import structlog

from shared import kafka
from shared.database import connect
from shared.events import Topic
from shared.settings import ServiceSettings

TOMBSTONES_LIVE = timedelta(days=30)

log = structlog.get_logger()

Empty = Callable[[asyncpg.Connection, Topic], Awaitable[None]]


class AssignmentLost(RuntimeError):
    """What a batch continues is no longer what is stored; start again."""


def positions(reader: Any) -> dict[Any, int]:  # noqa: ANN401 (untyped library)
    """Return the next offset of each partition that this process reads.

    A partition that was just assigned has none yet and is left out: waiting for it
    here would wait for the assignment, which waits for the batch at work.
    """
    found = {}
    for partition in reader.assignment():
        asking = reader.position(partition)
        try:
            asking.send(None)
        except StopIteration as answer:
            found[partition] = answer.value
        except kafka.KafkaError:
            continue
        finally:
            asking.close()
    return found


def lag(at: Mapping[Any, int], ends: Mapping[Any, int | None]) -> int | None:
    """Return how many offsets lie between `at` and the ends, as last heard of.

    None while a partition that this process should read was not heard of at all.
    """
    if not ends or ends.keys() != at.keys() or None in ends.values():
        return None
    return sum(max(0, (ends[partition] or 0) - at[partition]) for partition in at)


async def is_stuck(
    reader: Any,  # noqa: ANN401 (untyped library)
    before: Mapping[Any, int],
    at: Mapping[Any, int],
) -> bool:
    """Ask the broker whether a partition has more and has not moved since `before`."""
    still = [partition for partition in at if before.get(partition) == at[partition]]
    ends = await reader.end_offsets(still) if still else {}
    return any(ends[partition] > at[partition] for partition in still)


async def save(
    connection: asyncpg.Connection, at: Mapping[Any, int], reading: UUID
) -> None:
    """Store how far each partition was applied.

    Raises:
        AssignmentLost: a partition is read by somebody else by now, or its projection
            was emptied: what was read of it does not continue what is stored.
    """
    if not at:
        return
    status = await connection.execute(
        """
        update projection_offset o
        set next_offset = s.next_offset, saved_at = now()
        from unnest($1::text[], $2::int[], $3::bigint[])
          as s(topic, partition, next_offset)
        where o.topic = s.topic and o.partition = s.partition and o.reading = $4
        """,
        [partition.topic for partition in at],
        [partition.partition for partition in at],
        list(at.values()),
        reading,
    )
    if int(status.split()[1]) != len(at):
        raise AssignmentLost


async def resume(
    settings: ServiceSettings,
    reader: Any,  # noqa: ANN401 (untyped library)
    assigned: Sequence[Any],
    topics: Iterable[Topic],
    empty: Empty,
) -> tuple[UUID, dict[Any, int]]:
    """Seek each partition to the stored offset.

    A projection that cannot be continued is emptied and read from the beginning: its
    offset lies beyond the end of the topic (the broker was restored or the topic made
    again), or is older than tombstones live (an erasure may have been missed).

    Returns:
        What this reading is known by, and where each partition goes on.
    """
    reading = uuid4()
    if not assigned:
        return reading, {}
    ends = await reader.end_offsets(assigned)
    connection = await connect(settings)
    try:
        async with connection.transaction():
            for topic in topics:
                name = settings.topic_prefix + topic.name
                if await _cannot_continue(connection, name, ends):
                    await forget(connection, topic, settings.topic_prefix, empty)
                    log.warning("projection_emptied", topic=topic.name)
            stored = await _ensure_rows(connection, ends, reading)
    finally:
        await connection.close(timeout=2)
    starts = {p: stored[p.topic, p.partition] for p in assigned}
    for partition, start in starts.items():
        reader.seek(partition, start)
    return reading, starts


async def _cannot_continue(
    connection: asyncpg.Connection, topic: str, ends: Mapping[Any, int]
) -> bool:
    oldest = datetime.now(UTC) - TOMBSTONES_LIVE
    rows = await connection.fetch(
        "select partition, next_offset, saved_at from projection_offset"
        " where topic = $1 for update",
        topic,
    )
    known = {p.partition: end for p, end in ends.items() if p.topic == topic}
    return any(
        row["partition"] in known
        and (row["next_offset"] > known[row["partition"]] or row["saved_at"] < oldest)
        for row in rows
    )


async def _ensure_rows(
    connection: asyncpg.Connection, ends: Mapping[Any, int], reading: UUID
) -> dict[tuple[str, int], int]:
    rows = await connection.fetch(
        """
        insert into projection_offset as o
          (topic, partition, next_offset, target, saved_at, reading)
        select topic, partition, 0, target, now(), $4
        from unnest($1::text[], $2::int[], $3::bigint[]) s(topic, partition, target)
        order by topic, partition
        on conflict (topic, partition) do update set reading = excluded.reading
        returning new.topic, new.partition, new.next_offset
        """,
        [partition.topic for partition in ends],
        [partition.partition for partition in ends],
        list(ends.values()),
        reading,
    )
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def forget(
    connection: asyncpg.Connection, topic: Topic, prefix: str, empty: Empty
) -> None:
    """Empty a projection, so that it is read from the beginning."""
    await empty(connection, topic)
    await connection.execute(
        "delete from projection_offset where topic = $1", prefix + topic.name
    )


async def is_complete(connection: asyncpg.Connection, partitions: int) -> bool:
    """Say whether every partition was read up to where it ended at the beginning."""
    return bool(
        await connection.fetchval(
            "select count(*) >= $1 and bool_and(next_offset >= target)"
            " from projection_offset",
            partitions,
        )
    )
