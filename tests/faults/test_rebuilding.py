"""Everything is read again from the beginning: the same figures, byte for byte."""

from __future__ import annotations

from uuid import uuid4

from tests.faults.figures import (
    all_figures,
    is_counted,
    rebuild,
    rebuilt,
    released,
    revisions,
)
from tests.faults.ledger import Ledger
from tests.faults.processes import restart, second_process, start_unready
from tests.faults.sending import Sender
from tests.faults.topics import publish_again, read_all
from tests.system import System, until

SMALL_BATCHES = {"AGGREGATION_CONSUMER_BATCH": "120"}
BEYOND = """
update projection_offset set next_offset = 1000000000
where topic = $1 and partition = 0
"""
GHOST = "insert into referral (id, sequence, occurred_at) values ($1, 1, now())"


async def test_a_rebuild_amid_rebalances_gives_the_same_figures(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    await sender.live_all(range(20))
    await ledger.check()
    before = await all_figures(system)
    await restart(system.services["aggregation"], **SMALL_BATCHES)
    offsets = "select sum(next_offset) from projection_offset"

    async def is_at_work() -> bool:
        [row] = await system.fetch("aggregation", offsets)
        return bool(row[0])

    async with second_process(system, "aggregation", **SMALL_BATCHES) as second:
        await rebuild(system)
        await until(is_at_work, "the rebuild is at work")
        second.child.kill()
        await until(lambda: is_counted(system), "all is counted again")
        assert await all_figures(system) == before
        await rebuild(system)
        await start_unready(second)
        await until(lambda: is_counted(system), "all is counted again")
        await system.quiet()
        assert await all_figures(system) == before
    await ledger.check()
    await restart(system.services["aggregation"])


async def test_a_projection_whose_offset_lies_beyond_the_topic_is_read_again(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    await sender.live_all(range(4))
    await ledger.check()
    before = await all_figures(system)
    process = system.services["aggregation"]
    await process.stop()
    await system.fetch("aggregation", BEYOND, f"{system.name}.livingwell.referrals")
    await system.fetch("aggregation", GHOST, uuid4())
    await process.start()
    await ledger.check()
    assert await all_figures(system) == before


async def test_messages_delivered_twice_in_another_order_change_no_figure(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    await sender.live_all(range(60))
    await ledger.check()
    await released(system)  # Unless it was time, and all was released already.
    figures, published = await all_figures(system), await revisions(system)
    assert '"release":null' not in published
    messages = [m for m in await read_all(system) if ledger.is_sent(m)]
    await publish_again(system, messages)
    await ledger.check()
    assert await all_figures(system) == figures
    assert await rebuilt(system) == figures
    assert await released(system) == []
    assert await revisions(system) == published
    await ledger.check()
