"""What the topics lost is found and published again, tombstones too."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from shared.events import REFERRALS
from tests.builders import a_referral
from tests.conftest import MakeSystem
from tests.integration.shared.topics import Published, read_topic_of
from tests.system import System, until


@pytest.fixture(scope="module")
async def system(make_system: MakeSystem) -> AsyncIterator[System]:
    """Return intake with nothing in it."""
    system = await make_system("intake")
    yield system
    await system.stop()


async def republish(system: System, service: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"services.{service}.republish",
        env=os.environ | system.environment(service),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


async def newest_of(system: System, key: str) -> Published:
    """Return the last message of a referral."""
    messages = await read_topic_of(system, REFERRALS.name)
    return [one for one in messages if one.key == key][-1]


async def test_a_record_whose_message_was_lost_is_published_again(
    system: System,
) -> None:
    token = system.token("G7H8J", "partner")
    async with system.client("intake", token) as intake:
        for _ in range(3):
            await intake.post("/referrals", json=a_referral())
    await system.quiet()
    assert "3 messages read, 0 records" in await republish(system, "intake")
    # The database says one thing, the topic another: as after a restored backup.
    await system.fetch(
        "intake",
        "update referral set sequence = sequence + 1 where id = "
        "(select id from referral order by id limit 1)",
    )
    assert "3 messages read, 1 records" in await republish(system, "intake")
    await system.quiet()
    assert "4 messages read, 0 records" in await republish(system, "intake")


async def test_a_restored_database_is_raised_above_its_topic(system: System) -> None:
    token = system.token("H8J9K", "partner")
    async with system.client("intake", token) as intake:
        answer = await intake.post("/referrals", json=a_referral())
    await system.quiet()
    referral = answer.json()["referral_id"]
    # As if a backup from before were restored: the topic is ahead of the table.
    await system.fetch(
        "intake", "update referral set sequence = 7 where id = $1", referral
    )
    assert "1 records published again" in await republish(system, "intake")
    await system.quiet()
    [row] = await system.fetch(
        "intake", "select sequence from referral where id = $1", referral
    )
    assert row["sequence"] > answer.json()["sequence"]
    assert "0 records published again" in await republish(system, "intake")


async def test_tombstones_are_published_and_published_again_where_they_are_missing(
    system: System,
) -> None:
    token = system.token("ER015", "partner")
    async with system.client("intake", token) as partner:
        new = a_referral()
        sent = await partner.post("/referrals", json=new)
        key = sent.json()["referral_id"]
        erased = await partner.post("/erasures", json={"person": new["person"]})
        path = f"/erasures/{erased.json()['erasure_id']}"

        async def is_published() -> bool:
            answer = await partner.get(path)
            return answer.json()["tombstones_published_at"] is not None

        await until(is_published, "the receipt says that all is published", 20)
        now = (await partner.get(path)).json()
    assert now["segments_rolled_at"] is None
    assert now["gone_from_topics_by"] > now["tombstones_published_at"]
    last = await newest_of(system, key)
    assert last.value is None
    assert last.headers["ce_type"] == "uk.livingwell.referral.erased.v1"
    # As if the broker had been restored from a backup of before.
    later = "update referral set sequence = sequence + 1 where id = $1"
    await system.fetch("intake", later, key)
    assert "1 records published again" in await republish(system, "intake")
    await system.quiet()
    again = await newest_of(system, key)
    assert again.value is None
    assert again.headers["ce_type"] == "uk.livingwell.referral.erased.v1"
    assert again.sequence > last.sequence
    assert "0 records published again" in await republish(system, "intake")
