"""Builds producers, consumers and topics; the only package that imports aiokafka."""

from __future__ import annotations

from aiokafka.errors import KafkaError

from shared.kafka.publishing import (
    Message,
    NotPublished,
    Place,
    Publisher,
    open_publisher,
    partition_of,
)
from shared.kafka.reading import (
    AIOKafkaConsumer,
    ConsumerRebalanceListener,
    TopicPartition,
    open_consumer,
    partitions_of,
)
from shared.kafka.topics import (
    DEAD_LETTER_CONFIG,
    TABLE_CONFIG,
    TopicsDiffer,
    ensure_topics,
)

__all__ = [
    "DEAD_LETTER_CONFIG",
    "TABLE_CONFIG",
    "AIOKafkaConsumer",
    "ConsumerRebalanceListener",
    "KafkaError",
    "Message",
    "NotPublished",
    "Place",
    "Publisher",
    "TopicPartition",
    "TopicsDiffer",
    "ensure_topics",
    "open_consumer",
    "open_publisher",
    "partition_of",
    "partitions_of",
]
