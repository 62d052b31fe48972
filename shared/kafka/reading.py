"""Readers of committed messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from shared.events import PARTITIONS
from shared.kafka.publishing import BATCH_BYTES
from shared.settings import ServiceSettings

FETCH_BYTES = 8 * 1024 * 1024

__all__ = [
    "AIOKafkaConsumer",
    "ConsumerRebalanceListener",
    "TopicPartition",
    "open_consumer",
    "partitions_of",
]


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
