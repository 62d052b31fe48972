"""Fillers: messages of no entity that make the broker's log move on.

A broker never cleans the segment that it is writing to, and begins a new one only when
something is appended. A quiet partition would keep an erased state for ever, so the
relay appends a filler to every partition once a day, and once more when the segment
that a tombstone was written to is old enough to be closed.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from uuid import UUID, uuid5

import asyncpg

from shared.events import FILLER_TYPE, PARTITIONS, TOPICS
from shared.kafka import partition_of
from shared.records import next_sequence

LOOK_SECONDS = 2.0
FILLERS = UUID("2f1a6a0e-7c55-4d0c-9a0f-6b8f3f0d9e21")
SOURCE = "filler"

PUBLISHED = """
update erasure e set published_at = now(), messages = '{}'
where published_at is null
  and not exists (select from outbox o where o.id = any(e.messages))
"""
CLOSED = "rolled_at is null and published_at < now() - $5::interval"
FILL = """
with due as (
  update filler set appended_at = now()
  where id = 1 and (appended_at < now() - $5::interval {or_erased}) returning id
)
insert into outbox (topic, key, sequence, type, organisation)
select f.topic, f.key, $3, $4, '{source}'
from unnest($1::text[], $2::uuid[]) f(topic, key), due
"""
FILL_SOME = """
insert into outbox (topic, key, sequence, type, organisation)
select topic, key, $3, $4, $5 from unnest($1::text[], $2::uuid[]) f(topic, key)
"""
ROLLED = """
update erasure e set rolled_at = f.appended_at from filler f
where e.rolled_at is null and e.published_at < f.appended_at - $1::interval
"""


@cache
def filler_keys() -> tuple[UUID, ...]:
    """Return one fixed key for each partition, in order of partition."""
    found: dict[int, UUID] = {}
    for number in itertools.count():
        key = uuid5(FILLERS, str(number))
        found.setdefault(partition_of(str(key).encode()), key)
        if len(found) == PARTITIONS:
            break
    return tuple(found[partition] for partition in range(PARTITIONS))


async def append_fillers(
    connection: asyncpg.Connection, places: Sequence[tuple[str, int]]
) -> None:
    """Put fillers for some partitions of topics into the outbox."""
    keys = filler_keys()
    await connection.execute(
        FILL_SOME,
        [topic for topic, _ in places],
        [keys[partition] for _, partition in places],
        next_sequence(),
        FILLER_TYPE,
        SOURCE,
    )


class Filler:
    """Looks after what a service's erasures still need from the relay.

    Works on the relay's own connection: only the process that publishes does this.
    """

    def __init__(self, service: str, filler_seconds: float) -> None:
        topics = [topic for topic in TOPICS if topic.owner == service]
        self._names = [topic.name for topic in topics for _ in range(PARTITIONS)]
        self._keys = [key for _ in topics for key in filler_keys()]
        self._erases = any("erased" in topic.happenings for topic in topics)
        self._interval = timedelta(seconds=filler_seconds)
        self._look_seconds = min(LOOK_SECONDS, filler_seconds)
        self._looked_at = float("-inf")

    async def look(self, connection: asyncpg.Connection) -> None:
        """Note which erasures are published, and append fillers where they are due."""
        if time.monotonic() - self._looked_at < self._look_seconds:
            return
        self._looked_at = time.monotonic()
        if self._erases:
            await connection.execute(PUBLISHED)
        or_erased = f"or exists (select from erasure where {CLOSED})"
        await connection.execute(
            FILL.format(or_erased=or_erased if self._erases else "", source=SOURCE),
            self._names,
            self._keys,
            next_sequence(),
            FILLER_TYPE,
            self._interval,
        )
        if self._erases:
            await connection.execute(ROLLED, self._interval)
