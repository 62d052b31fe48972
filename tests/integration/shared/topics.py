"""Reads topics from the beginning to the end, as a newcomer would."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared import kafka
from shared.settings import ServiceSettings
from tests.system import SECRET, System


@dataclass(frozen=True)
class Published:
    """One message of a topic."""

    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: str | None

    @property
    def id(self) -> UUID:
        """Return which entity it is about."""
        return UUID(self.key)

    @property
    def sequence(self) -> int:
        """Return which version of the entity it is."""
        return int(self.headers["ce_sequence"])


def settings_for(
    database_url: str, kafka_servers: str = "127.0.0.1:9", topic_prefix: str = ""
) -> ServiceSettings:
    """Return settings of a service that nobody sends a request to."""
    return ServiceSettings(
        database_url=database_url,
        kafka_bootstrap_servers=kafka_servers,
        topic_prefix=topic_prefix,
        token_issuer="http://issuer.invalid",
        token_jwks_url="http://issuer.invalid/jwks.json",
        secret=SECRET,
        secret_id="test-1",
    )


async def read_topic(settings: ServiceSettings, topic: str) -> list[Published]:
    """Return every committed message of a topic, in order within each partition."""
    found: list[Published] = []
    async with kafka.open_consumer(settings, None) as reader:
        partitions = await kafka.partitions_of(reader, settings.topic_prefix + topic)
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        while any([await reader.position(p) < end for p, end in ends.items()]):
            batch = await reader.getmany(timeout_ms=100)
            for records in batch.values():
                found += [
                    Published(
                        record.partition,
                        record.offset,
                        record.key.decode(),
                        {name: value.decode() for name, value in record.headers},
                        None if record.value is None else record.value.decode(),
                    )
                    for record in records
                ]
    return found


async def read_topic_of(system: System, topic: str) -> list[Published]:
    """Return every committed message of a system's topic."""
    settings = settings_for(
        system.databases["intake"],
        system.infrastructure.kafka.bootstrap_servers,
        f"{system.name}.",
    )
    return await read_topic(settings, topic)
