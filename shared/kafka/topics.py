"""Topics: their settings, made and compared."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

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


class TopicsDiffer(RuntimeError):
    """A topic is there with other settings than the contract needs."""


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
