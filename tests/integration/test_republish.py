"""What the topics lost is found and published again."""

from __future__ import annotations

import asyncio
import os
import sys

from tests.builders import a_referral
from tests.system import System


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
