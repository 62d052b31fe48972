"""Reads topics as any consumer would, and writes into them as no relay would."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from shared import kafka
from shared.events import DEAD_LETTERS, TOPICS
from shared.settings import ServiceSettings
from tests.system import SECRET, System

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True)
class Found:
    """One committed message, as bytes."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def position(self) -> tuple[str, int, int]:
        """Return where it stands."""
        return self.topic, self.partition, self.offset

    def header(self, name: str) -> str:
        """Return a header as text."""
        return dict(self.headers)[name].decode()


def settings_of(
    system: System, database_url: str = "postgresql://nobody@127.0.0.1:9/none"
) -> ServiceSettings:
    """Return settings with which the topics of a system are reached."""
    return ServiceSettings(
        database_url=database_url,
        kafka_bootstrap_servers=system.infrastructure.kafka.bootstrap_servers,
        topic_prefix=f"{system.name}.",
        token_issuer="http://issuer.invalid",
        token_jwks_url="http://issuer.invalid/jwks.json",
        secret=SECRET,
        secret_id="test-1",
    )


async def read_all(system: System) -> list[Found]:
    """Return every committed message of every topic, in order within a partition."""
    settings = settings_of(system)
    found: list[Found] = []
    async with kafka.open_consumer(settings, None) as reader:
        partitions = [
            partition
            for name in [*(topic.name for topic in TOPICS), DEAD_LETTERS]
            for partition in await kafka.partitions_of(
                reader, settings.topic_prefix + name
            )
        ]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        while any([await reader.position(p) < end for p, end in ends.items()]):
            for records in (await reader.getmany(timeout_ms=100)).values():
                found += [
                    Found(
                        record.topic.removeprefix(settings.topic_prefix),
                        record.partition,
                        record.offset,
                        record.key,
                        record.value,
                        tuple(record.headers),
                    )
                    for record in records
                ]
    return found


@asynccontextmanager
async def plain_producer(system: System) -> AsyncIterator[AIOKafkaProducer]:
    """Open a producer that knows nothing of outboxes and sequences."""
    servers = system.infrastructure.kafka.bootstrap_servers
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def publish_again(system: System, messages: Sequence[Found]) -> None:
    """Publish messages once more: keys shuffled, each key's own order kept."""
    by_key: dict[tuple[str, bytes | None], list[Found]] = defaultdict(list)
    for message in messages:
        by_key[message.topic, message.key].append(message)
    turns = [key for key, mine in by_key.items() for _ in mine]
    random.Random(len(turns)).shuffle(turns)
    async with plain_producer(system) as producer:
        for key in turns:
            message = by_key[key].pop(0)
            await producer.send(
                f"{system.name}.{message.topic}",
                key=message.key,
                value=message.value,
                headers=list(message.headers),
                partition=message.partition,
            )
        await producer.flush()
