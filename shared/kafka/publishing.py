"""The publisher: transactions of whole batches, and where one has no end."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.protocol.offset import OffsetRequest

from shared.events import PARTITIONS
from shared.settings import ServiceSettings

MURMUR, MURMUR_SEED, MASK = 0x5BD1E995, 0x9747B28C, 0xFFFFFFFF
WORDS = struct.Struct("<I")
BATCH_BYTES = 256 * 1024
LATEST = -1
ALL, COMMITTED = 0, 1

Place = tuple[str, int]


class NotPublished(RuntimeError):
    """The broker did not acknowledge a whole batch in time."""


@dataclass(frozen=True, slots=True)
class Message:
    """One record to publish; a value of None is a tombstone."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


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

    async def hanging(self, topics: Iterable[str]) -> dict[Place, int]:
        """Return partitions that end sooner for readers of committed messages.

        Returns:
            Where their end is for those: behind it lies a transaction without an end.
            Between two batches of one's own that is somebody else's at work, or one
            that the broker forgot to end.
        """
        client, names = self._producer.client, list(topics)
        async with asyncio.timeout(self._patience_seconds):
            committed = await _ends(client, names, COMMITTED)
            everything = await _ends(client, names, ALL)
        return {
            place: end
            for place, end in committed.items()
            if end < everything.get(place, end)
        }

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


async def _ends(client: Any, topics: Iterable[str], isolation: int) -> dict[Place, int]:  # noqa: ANN401 (untyped library)
    """Return the end of each partition, for readers of all or of committed messages."""
    asked: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for topic in topics:
        await client.add_topic(topic)
        for number in range(PARTITIONS):
            leader = client.cluster.leader_for_partition(TopicPartition(topic, number))
            if leader is not None and leader >= 0:
                places = asked.setdefault(leader, {}).setdefault(topic, [])
                places.append((number, LATEST))
    found: dict[Place, int] = {}
    for leader, places_of in asked.items():
        request = OffsetRequest(-1, isolation, list(places_of.items()))
        answer = await client.send(leader, request)
        for topic, partitions in answer.topics:
            for number, error, _, offset in partitions:
                if not error:
                    found[topic, number] = offset
    return found


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
