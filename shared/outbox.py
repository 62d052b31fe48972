"""The relay: publishes the outbox in order, one process at a time per service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog

from shared import kafka, metrics
from shared.database import Database, connect
from shared.erasure.filling import Filler
from shared.events import BY_NAME, FILLER_TYPE
from shared.hanging import HangingWatch
from shared.problems import DATABASE_AWAY
from shared.settings import ServiceSettings

RELAY_LOCK = 0x11_FE_02
STANDBY_SECONDS = 1.0
IDLE_SECONDS = 0.5
SECONDS_PER_MESSAGE = 0.0025
LONGEST_PAUSE_SECONDS = 0.1
MEASURE_SECONDS = 2.0
MOST_COUNTED = 100_000

TAKE = """
select id, message_id, topic, key, sequence, type, organisation, occurred_at,
  traceparent, state
from outbox order by id limit $1
"""
FORGET = "delete from outbox where id = any($1::bigint[])"
MEASURE = f"""
select (select count(*) from (select from outbox limit {MOST_COUNTED}) few) as waiting,
  coalesce(extract(epoch from now() - (select min(occurred_at) from
    (select occurred_at from outbox order by id limit 1) oldest)), 0)::float as oldest
"""

log = structlog.get_logger()


def as_message(row: asyncpg.Record, service: str, topic_prefix: str) -> kafka.Message:
    """Make the message of an outbox row: CloudEvents 1.0, Kafka binary mode."""
    key, entity = str(row["key"]).encode(), row["type"].split(".")[2]
    if row["type"] == FILLER_TYPE:
        entity = BY_NAME[row["topic"]].entity
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(row["message_id"]).encode()),
        ("ce_source", f"/livingwell/{service}/{row['organisation']}".encode()),
        ("ce_type", row["type"].encode()),
        ("ce_subject", key),
        ("ce_time", row["occurred_at"].isoformat().encode()),
        ("ce_dataschema", f"/schemas/{entity}".encode()),
        ("ce_sequence", str(row["sequence"]).encode()),
        ("content-type", b"application/json"),
    ]
    if row["traceparent"]:
        headers.append(("ce_traceparent", row["traceparent"].encode()))
    value = None if row["state"] is None else row["state"].encode()
    return kafka.Message(topic_prefix + row["topic"], key, value, headers)


class Relay:
    """Publishes a service's outbox for as long as the process lives.

    One term is: take the lock on a connection of its own, open a publisher (which
    fences the one before), then batch after batch in outbox order. Rows are deleted
    when the broker has acknowledged the whole batch. Any error ends the term; the
    next one reads the outbox again from its lowest id.
    """

    def __init__(
        self, settings: ServiceSettings, service: str, wrote: asyncio.Event
    ) -> None:
        self._settings = settings
        self._service = service
        self._wrote = wrote
        self._filler = Filler(service, settings.relay_filler_seconds)
        self._hanging = HangingWatch(service, settings.topic_prefix)
        self.is_connected = False

    async def run(self) -> None:
        """Serve term after term until cancelled."""
        while True:
            try:
                await self._serve_term()
            except Exception as error:
                metrics.RELAY_FAILURES.inc()
                log.warning("relay_term_ended", error=type(error).__name__)
                await asyncio.sleep(STANDBY_SECONDS)
            finally:
                self.is_connected = False
                metrics.RELAY_LEADING.set(0)

    async def _serve_term(self) -> None:
        connection = await connect(self._settings)
        try:
            # A frozen process keeps its connection, and with it the lock, for ever.
            patience_ms = int(self._settings.relay_patience_seconds * 1000)
            await connection.execute(f"set idle_session_timeout = {2 * patience_ms}")
            while not await connection.fetchval(
                "select pg_try_advisory_lock($1)", RELAY_LOCK
            ):
                self.is_connected = True
                await asyncio.sleep(STANDBY_SECONDS)
            await kafka.ensure_topics(self._settings)
            name = self._settings.relay_name or "relay"
            transactional_id = f"livingwell-{self._service}-{name}"
            async with kafka.open_publisher(
                self._settings, transactional_id
            ) as publisher:
                self.is_connected = True
                metrics.RELAY_LEADING.set(1)
                await self._publish_for_ever(connection, publisher)
        finally:
            with contextlib.suppress(TimeoutError, asyncpg.PostgresError):
                await connection.close(timeout=2)

    async def _publish_for_ever(
        self, connection: asyncpg.Connection, publisher: kafka.Publisher
    ) -> None:
        idle = self._settings.relay_interval_seconds
        while True:
            self._wrote.clear()
            await self._filler.look(connection)
            await self._hanging.look(connection, publisher)
            count = await self.publish_batch(connection, publisher)
            if count == self._settings.relay_batch:
                continue
            if count:
                await asyncio.sleep(self._pause_seconds(count))
            interval = self._settings.relay_interval_seconds
            idle = interval if count else min(idle * 2, IDLE_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wrote.wait(), idle)

    def _pause_seconds(self, count: int) -> float:
        """Return how long to wait for more: the busier it is, the longer.

        A transaction costs the broker as much for one message as for many.
        """
        shortest = self._settings.relay_pause_seconds
        return min(max(count * SECONDS_PER_MESSAGE, shortest), LONGEST_PAUSE_SECONDS)

    async def publish_batch(
        self, connection: asyncpg.Connection, publisher: kafka.Publisher
    ) -> int:
        """Publish the oldest messages and forget them; return how many.

        `connection` is the one that holds the lock: if it is lost, so is the lock,
        and this fails before anything is sent.
        """
        rows = await connection.fetch(TAKE, self._settings.relay_batch)
        if rows:
            prefix = self._settings.topic_prefix
            await publisher.publish(
                as_message(row, self._service, prefix) for row in rows
            )
            await connection.execute(FORGET, [row["id"] for row in rows])
            metrics.RELAY_PUBLISHED.inc(len(rows))
        return len(rows)


async def measure_for_ever(database: Database) -> None:
    """Keep the outbox gauges right, whoever leads and whether the broker is there."""
    while True:
        with contextlib.suppress(*DATABASE_AWAY):
            [row] = await database.fetch(MEASURE)
            metrics.OUTBOX_WAITING.set(row["waiting"])
            metrics.OUTBOX_OLDEST.set(row["oldest"])
        await asyncio.sleep(MEASURE_SECONDS)


async def announce(
    connection: asyncpg.Connection, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Put messages into the outbox in the caller's transaction.

    Args:
        rows: topic, key, sequence, type, organisation, state (JSON) of each.
    """
    await connection.execute(
        """
        insert into outbox (topic, key, sequence, type, organisation, state)
        select * from unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[],
          $5::text[], $6::json[])
        """,
        *[list(column) for column in zip(*rows, strict=True)],
    )
