"""Reads the topics in micro-batches and applies them to projections.

A projection, its dead letters and its offsets are one transaction, so a crash repeats
a batch and never loses one; repeats change nothing (`sequence` guards every row).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import structlog
from pydantic import ValidationError

from shared import kafka, metrics, offsets
from shared.database import connect
from shared.events import BY_NAME, DEAD_LETTER_TYPE, DEAD_LETTERS, State, Topic
from shared.outbox import announce
from shared.settings import ServiceSettings

POLL_MS = 300
FEW = 100
PAUSE_SECONDS = 0.02
STUCK_SECONDS = 30.0
SAVE_SECONDS = 2.0
BACKOFF_SECONDS = 1.0
LONGEST_HEADER = 500
POSITIONS = UUID("5f0f3c1e-5f4d-4f53-8a53-0a3a4f1d7c11")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A decoded message: the state of `id` at `sequence`, or its erasure (None)."""

    id: UUID
    sequence: int
    state: State | None
    occurred_at: datetime
    record: Any = field(default=None, compare=False, repr=False)


class Unreadable(ValueError):
    """A message that can never be applied; the text names the reason."""


Project = Callable[[asyncpg.Connection, Sequence[Any]], Awaitable[object]]
Projections = Mapping[Topic, Project]


class Stuck(RuntimeError):
    """The broker has more and gives nothing; the consumer is built again."""


def decode(topic: Topic, record: Any) -> Delivery:  # noqa: ANN401 (untyped library)
    """Decode one message of `topic`.

    Raises:
        Unreadable: it breaks the contract; the reason is a short fixed word.
    """
    headers = dict(record.headers)
    try:
        entity = UUID(record.key.decode())
        sequence = int(headers["ce_sequence"])
        occurred_at = datetime.fromisoformat(headers["ce_time"].decode())
        owner = headers["ce_source"].decode().rpartition("/")[2]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unreadable("envelope") from error
    if not 0 <= sequence < 2**63:
        raise Unreadable("envelope")
    if record.value is None:
        return Delivery(entity, sequence, None, occurred_at, record)
    try:
        state = topic.state.__pydantic_validator__.validate_json(record.value)
    except ValidationError as error:
        raise Unreadable("content") from error
    if state.id != entity:
        raise Unreadable("key")
    if state.organisation != owner:
        raise Unreadable("owner")
    return Delivery(entity, sequence, state, occurred_at, record)


def newest(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return the newest delivery of each key, in id order (so that no two deadlock)."""
    by_id: dict[UUID, Delivery] = {}
    for delivery in deliveries:
        known = by_id.get(delivery.id)
        if known is None or delivery.sequence > known.sequence:
            by_id[delivery.id] = delivery
    return [by_id[key] for key in sorted(by_id)]


def dead_letter(record: Any, reason: str) -> tuple[Any, ...]:  # noqa: ANN401
    """Make the outbox row that says which message was refused, and why.

    The refused value itself is never copied: it may be about a person.
    """
    position = f"{record.topic}/{record.partition}/{record.offset}"
    headers = {
        printable(name.encode()): printable(value) for name, value in record.headers
    }
    letter = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "reason": reason,
        "key": printable(record.key),
        "headers": headers,
    }
    owner = headers.get("ce_source", "").rpartition("/")[2] or "unknown"
    return (
        DEAD_LETTERS,
        uuid5(POSITIONS, position),
        time.time_ns() // 1000,
        DEAD_LETTER_TYPE,
        owner,
        json.dumps(letter),
    )


def printable(raw: bytes | None) -> str:
    """Return bytes as text that a database can store, cut to a bounded length."""
    text = (raw or b"")[:LONGEST_HEADER].decode("utf-8", "replace")
    return text.replace("\x00", "\ufffd")


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
        self._moved_at = 0.0
        self._saved_at = 0.0
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
            await offsets.resume(
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
                self._moved_at = time.monotonic()
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
            positions = offsets.positions(reader)
            if batch:
                self._moved_at = time.monotonic()
                await self.apply(connection, batch, positions)
                self._saved_at = self._moved_at
            elif time.monotonic() - self._saved_at > SAVE_SECONDS:
                await offsets.save(connection, positions)
                self._saved_at = time.monotonic()
        lag = offsets.lag(reader, positions)
        metrics.CONSUMER_LAG.set(lag)
        self.is_caught_up = lag == 0 and bool(positions)
        if batch:
            self.applied.set()
        elif time.monotonic() - self._moved_at > STUCK_SECONDS:
            self._moved_at = time.monotonic()
            if await offsets.is_behind(reader, positions):
                raise Stuck
        return sum(map(len, batch.values()))

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
            await offsets.save(connection, positions)
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
        except asyncpg.DataError:
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
            deliveries = decoded.setdefault(BY_NAME[name], [])
            for record in records:
                try:
                    deliveries.append(decode(BY_NAME[name], record))
                except Unreadable as error:
                    metrics.DEAD_LETTERS.labels(name, str(error)).inc()
                    refused.append(dead_letter(record, str(error)))
        return decoded, refused
