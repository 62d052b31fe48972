"""Builds producers, consumers and topics; the only file that imports aiokafka."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import (
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRebalanceListener,
    TopicPartition,
)
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from shared.events import DEAD_LETTERS, PARTITIONS, TOPICS
from shared.settings import ServiceSettings

DAY_MS = 86_400_000
ALREADY_EXISTS = 36
NEW_TOPIC_SECONDS = 0.1
TABLE_CONFIG = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(DAY_MS),
    "min.compaction.lag.ms": "0",
    "segment.ms": str(DAY_MS),
    "min.cleanable.dirty.ratio": "0.1",
    "delete.retention.ms": str(30 * DAY_MS),
}
DEAD_LETTER_CONFIG = {"cleanup.policy": "delete", "retention.ms": str(30 * DAY_MS)}
MURMUR, MURMUR_SEED, MASK = 0x5BD1E995, 0x9747B28C, 0xFFFFFFFF
WORDS = struct.Struct("<I")
BATCH_BYTES = 256 * 1024
FETCH_BYTES = 8 * 1024 * 1024

__all__ = [
    "AIOKafkaConsumer",
    "ConsumerRebalanceListener",
    "KafkaError",
    "Message",
    "Publisher",
    "TopicPartition",
    "TopicsDiffer",
    "ensure_topics",
    "open_consumer",
    "open_publisher",
    "partitions_of",
]

log = structlog.get_logger()


class TopicsDiffer(RuntimeError):
    """A topic is there with other settings than the contract needs."""


class NotPublished(RuntimeError):
    """The broker did not acknowledge a whole batch in time."""


@dataclass(frozen=True, slots=True)
class Message:
    """One record to publish; a value of None is a tombstone."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


async def ensure_topics(settings: ServiceSettings) -> None:
    """Create the topics that are missing, then read all back and compare.

    Raises:
        TopicsDiffer: a topic has other partitions or another clean-up policy.
    """
    wanted = {settings.topic_prefix + topic.name: TABLE_CONFIG for topic in TOPICS}
    wanted[settings.topic_prefix + DEAD_LETTERS] = DEAD_LETTER_CONFIG
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [
            NewTopic(
                name,
                PARTITIONS,
                settings.kafka_replication_factor,
                topic_configs=config,
            )
            for name, config in wanted.items()
            if name not in existing
        ]
        if missing:
            _check_created(await admin.create_topics(missing))
        async with asyncio.timeout(settings.relay_patience_seconds):
            while not await _compare(admin, wanted):  # noqa: ASYNC110 (a broker's)
                await asyncio.sleep(NEW_TOPIC_SECONDS)
    finally:
        await admin.close()


def _check_created(response: object) -> None:
    for error in getattr(response, "topic_errors", ()):
        name, code = error[0], error[1]
        if code not in (0, ALREADY_EXISTS):
            msg = f"topic {name} cannot be created: error {code}"
            raise TopicsDiffer(msg)


async def _compare(
    admin: AIOKafkaAdminClient, wanted: Mapping[str, Mapping[str, str]]
) -> bool:
    """Compare all topics; False where the broker does not know a new one yet."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
    for response in await admin.describe_configs(resources):
        for code, _message, _kind, name, entries in response.resources:
            if code:
                return False
            actual = {entry[0]: entry[1] for entry in entries}
            for key, value in wanted[name].items():
                if actual.get(key) != value:
                    msg = f"topic {name} has {key}={actual.get(key)}, not {value}"
                    raise TopicsDiffer(msg)
    for topic in await admin.describe_topics(list(wanted)):
        if topic["error_code"]:
            return False
        if len(topic["partitions"]) != PARTITIONS:
            msg = f"topic {topic['topic']} has {len(topic['partitions'])} partitions"
            raise TopicsDiffer(msg)
    return True


class Publisher:
    """A transactional producer for one term of a relay: after any error, throw it away.

    Its fixed transactional id fences the publisher of an earlier term.
    """

    def __init__(self, producer: AIOKafkaProducer, patience_seconds: float) -> None:
        self._producer = producer
        self._patience_seconds = patience_seconds

    async def publish(self, messages: Iterable[Message]) -> None:
        """Publish all of `messages` in order, or none that a reader will see.

        Raises:
            NotPublished: the broker did not acknowledge all in time.
            KafkaError: it refused one.
        """
        # A task of its own: when time is up, even aborting may wait for ever.
        work = asyncio.create_task(self._publish(messages))
        try:
            done, _ = await asyncio.wait({work}, timeout=self._patience_seconds)
        finally:
            work.cancel()
        if not done:
            raise NotPublished
        work.result()

    async def _publish(self, messages: Iterable[Message]) -> None:
        async with self._producer.transaction():
            await asyncio.gather(*await self._send(messages))

    async def _send(self, messages: Iterable[Message]) -> list[Any]:
        """Hand over whole batches: one future each, not one for every message.

        Order within a partition is kept: a batch waits for the one before it.
        """
        sent: list[Any] = []
        open_batches: dict[tuple[str, int], Any] = {}
        for m in messages:
            place = (m.topic, partition_of(m.key))
            batch = open_batches.get(place)
            if batch is None or not _append(batch, m):
                if batch is not None:
                    sent.append(await self._send_batch(batch, place))
                open_batches[place] = batch = self._producer.create_batch()
                _append(batch, m)
        for place, batch in open_batches.items():
            sent.append(await self._send_batch(batch, place))
        return sent

    async def _send_batch(self, batch: Any, place: tuple[str, int]) -> Any:  # noqa: ANN401
        topic, partition = place
        return await self._producer.send_batch(batch, topic, partition=partition)


def partition_of(key: bytes) -> int:
    """Return the partition that every client with Java's partitioner chooses.

    aiokafka's own murmur2 takes a third of all that the relay does for a message.
    """
    if len(key) % 4:
        number: int = murmur2(key)
        return (number & 0x7FFFFFFF) % PARTITIONS
    number = MURMUR_SEED ^ len(key)
    for (word,) in WORDS.iter_unpack(key):
        mixed = word * MURMUR & MASK
        number = (number * MURMUR ^ (mixed ^ mixed >> 24) * MURMUR) & MASK
    number = (number ^ number >> 13) * MURMUR & MASK
    return ((number ^ number >> 15) & 0x7FFFFFFF) % PARTITIONS


def _append(batch: Any, m: Message) -> bool:  # noqa: ANN401 (untyped library)
    """Add a message to a batch; False where it is full."""
    headers = list(m.headers)
    metadata = batch.append(key=m.key, value=m.value, timestamp=None, headers=headers)
    return metadata is not None


@asynccontextmanager
async def open_publisher(
    settings: ServiceSettings, transactional_id: str
) -> AsyncIterator[Publisher]:
    """Open a publisher, fencing every earlier one of the same id."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        transactional_id=settings.topic_prefix + transactional_id,
        max_batch_size=BATCH_BYTES,
        linger_ms=0,
        request_timeout_ms=10_000,
        transaction_timeout_ms=30_000,
    )
    patience = settings.relay_patience_seconds
    try:
        async with asyncio.timeout(patience):
            await producer.start()
        yield Publisher(producer, patience)
    finally:
        await _dispose(producer)


async def _dispose(producer: AIOKafkaProducer) -> None:
    """Stop a producer within seconds, even while the broker is away.

    `stop` first waits for what was sent, which never ends without a broker; then the
    sender and the connections are ended by hand, so that no task goes on publishing.
    """
    try:
        await asyncio.wait_for(producer.stop(), timeout=3)
    except (KafkaError, TimeoutError):
        pass
    except asyncio.CancelledError:
        this = asyncio.current_task()
        if this is not None and this.cancelling():
            raise
    else:
        return
    task = producer._sender._sender_task
    if task is not None:
        task.cancel()
        await asyncio.wait([task], timeout=3)
    await producer.client.close()


async def partitions_of(reader: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Return the partitions of a topic, which `ensure_topics` has made."""
    await reader.topics()
    return [TopicPartition(topic, number) for number in range(PARTITIONS)]


@asynccontextmanager
async def open_consumer(
    settings: ServiceSettings, group: str | None
) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a reader of committed messages that keeps its offsets elsewhere.

    The caller subscribes (with a group) or assigns partitions (without).
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        group_id=settings.topic_prefix + group if group else None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=BATCH_BYTES * 4,
        rebalance_timeout_ms=30_000,
        max_poll_interval_ms=300_000,
    )
    try:
        async with asyncio.timeout(settings.relay_patience_seconds):
            await consumer.start()
        yield consumer
    finally:
        with contextlib.suppress(KafkaError, TimeoutError):
            await asyncio.wait_for(consumer.stop(), timeout=5)
