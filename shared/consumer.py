"""Reads the topics in micro-batches and applies them to projections.

A projection, its dead letters and its offsets are one transaction, so a crash repeats
a batch and never loses one; repeats change nothing (`sequence` guards every row).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import asyncpg
import structlog

from shared import kafka, metrics, offsets
from shared.database import connect
from shared.delivery import (
    Delivery,
    Unreadable,
    dead_letter,
    decode,
    is_filler,
    newest,
)
from shared.events import BY_NAME, Topic
from shared.outbox import announce
from shared.settings import ServiceSettings

POLL_MS = 300
FEW = 100
PAUSE_SECONDS = 0.02
STUCK_SECONDS = 60.0
SAVE_SECONDS = 2.0
BACKOFF_SECONDS = 1.0

log = structlog.get_logger()

Project = Callable[[asyncpg.Connection, Sequence[Any]], Awaitable[object]]
Projections = Mapping[Topic, Project]


class Stuck(RuntimeError):
    """The broker has more and gives nothing; the consumer is built again."""


class Consumer(kafka.ConsumerRebalanceListener):  # type: ignore[misc]
    """Keeps a service's projections up to date for as long as the process lives.

    Attributes:
        is_caught_up: All that was there at the last look has been applied.
        applied: Set after every batch, for whoever works on what is new.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        group: str,
        projections: Projections,
        empty: offsets.Empty,
        batch_size: int,
    ) -> None:
        self._settings = settings
        self._group = group
        self._projections = projections
        self._empty = empty
        self._batch_size = batch_size
        self._busy = asyncio.Lock()
        self._reader: Any = None
        self._reading = uuid4()
        self._starts: dict[Any, int] = {}
        self._saved_at = 0.0
        self._looked_at = 0.0
        self._looked: dict[Any, int] = {}
        self.is_caught_up = False
        self.is_connected = False
        self.applied = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled; after any error build everything again."""
        while True:
            try:
                await self._read()
            except Exception as error:
                metrics.CONSUMER_FAILURES.inc()
                log.warning("consumer_rebuilt", error=type(error).__name__)
                await asyncio.sleep(BACKOFF_SECONDS)
            finally:
                self.is_connected = self.is_caught_up = False

    async def on_partitions_revoked(self, revoked: object) -> None:  # noqa: ARG002
        """Let the batch at work finish before another process gets the partitions."""
        async with self._busy:
            return

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        """Go on where the database says, not where the broker thinks."""
        async with self._busy:
            self._reading, self._starts = await offsets.resume(
                self._settings,
                self._reader,
                list(assigned),
                self._projections,
                self._empty,
            )

    async def _read(self) -> None:
        await kafka.ensure_topics(self._settings)
        names = [topic.name for topic in self._projections]
        connection = await connect(self._settings)
        try:
            async with kafka.open_consumer(self._settings, self._group) as reader:
                self._reader = reader
                reader.subscribe(
                    [self._settings.topic_prefix + name for name in names],
                    listener=self,
                )
                self.is_connected = True
                self._look({})
                while True:
                    count = await self._read_batch(reader, connection)
                    if count < FEW:
                        await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await connection.close(timeout=2)

    async def _read_batch(
        self,
        reader: Any,  # noqa: ANN401 (untyped library)
        connection: asyncpg.Connection,
    ) -> int:
        """Read and apply a micro-batch; return how many messages it had."""
        batch = await reader.getmany(timeout_ms=POLL_MS, max_records=self._batch_size)
        metrics.CONSUMER_BEAT.set_to_current_time()
        async with self._busy:
            # Partitions may have been assigned meanwhile. What is new of this batch is
            # applied all the same: positions say what to read next, with or without it.
            positions = offsets.positions(reader)
            batch = {p: self._new(p, records) for p, records in batch.items()}
            if batch:
                await self.apply(connection, batch, positions)
                self._saved_at = time.monotonic()
            elif time.monotonic() - self._saved_at > SAVE_SECONDS:
                await offsets.save(connection, positions, self._reading)
                self._saved_at = time.monotonic()
        mine = reader.assignment()
        shown = {partition: reader.last_stable_offset(partition) for partition in mine}
        there = {partition: reader.highwater(partition) for partition in mine}
        metrics.CONSUMER_LAG.set(offsets.lag(positions, there) or 0)
        self.is_caught_up = offsets.lag(positions, shown) == 0
        if batch:
            self.applied.set()
        if time.monotonic() - self._looked_at > STUCK_SECONDS:
            if await offsets.is_stuck(reader, self._looked, positions):
                raise Stuck
            self._look(positions)
        return sum(map(len, batch.values()))

    def _new(self, partition: Any, records: Sequence[Any]) -> Sequence[Any]:  # noqa: ANN401
        """Leave out what was fetched before it was known where to go on."""
        start = self._starts.get(partition, 0)
        if records[0].offset >= start:
            return records
        return [record for record in records if record.offset >= start]

    def _look(self, positions: dict[Any, int]) -> None:
        self._looked, self._looked_at = positions, time.monotonic()

    async def apply(
        self,
        connection: asyncpg.Connection,
        batch: Mapping[Any, Sequence[Any]],
        positions: Mapping[Any, int],
    ) -> None:
        """Apply a micro-batch: projections, dead letters and offsets, or nothing."""
        decoded, refused = self._sort(batch)
        async with connection.transaction():
            for topic, deliveries in decoded.items():
                refused += await self._project(connection, topic, newest(deliveries))
            if refused:
                await announce(connection, refused)
            await offsets.save(connection, positions, self._reading)
        for topic, deliveries in decoded.items():
            metrics.CONSUMER_APPLIED.labels(topic.name).inc(len(deliveries))

    async def _project(
        self,
        connection: asyncpg.Connection,
        topic: Topic,
        deliveries: Sequence[Delivery],
    ) -> list[tuple[Any, ...]]:
        """Apply all, or one by one where a value is one that no column can hold.

        Returns:
            The dead letters of those that cannot be applied.
        """
        try:
            async with connection.transaction():
                await self._projections[topic](connection, deliveries)
        except (asyncpg.DataError, asyncpg.ProgramLimitExceededError):
            if len(deliveries) > 1:
                alone = [[delivery] for delivery in deliveries]
                found = [await self._project(connection, topic, one) for one in alone]
                return [letter for letters in found for letter in letters]
            metrics.DEAD_LETTERS.labels(topic.name, "value").inc()
            return [dead_letter(deliveries[0].record, "value")]
        return []

    def _sort(
        self, batch: Mapping[Any, Sequence[Any]]
    ) -> tuple[dict[Topic, list[Delivery]], list[tuple[Any, ...]]]:
        decoded: dict[Topic, list[Delivery]] = {}
        refused = []
        for partition, records in batch.items():
            name = partition.topic.removeprefix(self._settings.topic_prefix)
            for record in records:
                if is_filler(record):
                    continue
                try:
                    delivery = decode(BY_NAME[name], record)
                except Unreadable as error:
                    metrics.DEAD_LETTERS.labels(name, str(error)).inc()
                    refused.append(dead_letter(record, str(error)))
                else:
                    decoded.setdefault(BY_NAME[name], []).append(delivery)
        return decoded, refused
