"""Topics are made as the contract says, and one made otherwise is refused."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared import kafka
from shared.events import DEAD_LETTERS, PARTITIONS, REFERRALS, TOPICS
from shared.kafka import DEAD_LETTER_CONFIG, TABLE_CONFIG, TopicsDiffer
from tests.integration.shared.topics import settings_for

NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing"


async def make(servers: str, topic: NewTopic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics([topic])
    finally:
        await admin.close()


async def test_all_topics_are_made_once_and_read_back(kafka_servers: str) -> None:
    settings = settings_for(NOWHERE, kafka_servers, "made.")
    await asyncio.gather(*(kafka.ensure_topics(settings) for _ in range(4)))
    await kafka.ensure_topics(settings)
    wanted = {f"made.{topic.name}": TABLE_CONFIG for topic in TOPICS}
    wanted[f"made.{DEAD_LETTERS}"] = DEAD_LETTER_CONFIG
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_servers)
    await admin.start()
    try:
        names = {n for n in await admin.list_topics() if n.startswith("made.")}
        topics = await admin.describe_topics(sorted(wanted))
        resources = [ConfigResource(ConfigResourceType.TOPIC, n) for n in wanted]
        responses = await admin.describe_configs(resources)
    finally:
        await admin.close()
    assert names == set(wanted)
    assert {len(topic["partitions"]) for topic in topics} == {PARTITIONS}
    read_back = {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for response in responses
        for resource in response.resources
    }
    for name, config in wanted.items():
        assert config.items() <= read_back[name].items()


@pytest.mark.parametrize(
    ("prefix", "partitions", "config"),
    [
        ("few.", PARTITIONS - 1, TABLE_CONFIG),
        ("deleting.", PARTITIONS, {**TABLE_CONFIG, "cleanup.policy": "delete"}),
        ("forgetful.", PARTITIONS, {**TABLE_CONFIG, "delete.retention.ms": "1000"}),
        ("never.", PARTITIONS, {**TABLE_CONFIG, "max.compaction.lag.ms": "9" * 15}),
    ],
)
async def test_a_topic_with_other_settings_is_refused(
    kafka_servers: str, prefix: str, partitions: int, config: dict[str, str]
) -> None:
    name = prefix + REFERRALS.name
    await make(kafka_servers, NewTopic(name, partitions, 1, topic_configs=config))
    settings = settings_for(NOWHERE, kafka_servers, prefix)
    with pytest.raises(TopicsDiffer, match=REFERRALS.name):
        await kafka.ensure_topics(settings)
