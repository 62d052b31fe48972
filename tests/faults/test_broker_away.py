"""The broker is away: requests are answered, the outbox grows, nothing is lost."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from tests.faults.ledger import Ledger
from tests.faults.processes import frozen, metric, start_unready
from tests.faults.sending import Sender
from tests.system import System, until

PAUSE_SECONDS = 0.5
PRODUCERS = ("intake", "measures", "stories")


async def waiting(system: System, service: str) -> int:
    """Return how many messages wait in an outbox."""
    [row] = await system.fetch(service, "select count(*) from outbox")
    return int(row[0])


# 46 seconds: longer than a batch waits for a leader, after which a producer is broken.
@pytest.mark.parametrize("seconds", [12, 46])
async def test_what_is_posted_while_the_broker_is_away_is_published_when_it_is_back(
    system: System, ledger: Ledger, sender: Sender, seconds: int
) -> None:
    await sender.live_all(range(4))
    system.infrastructure.kafka.child.kill()
    back_at = time.monotonic() + seconds
    number = 0
    while time.monotonic() < back_at:
        await sender.live(number)
        number += 1
        await asyncio.sleep(PAUSE_SECONDS)
    assert sender.unclear == 0
    for service in PRODUCERS:
        assert await waiting(system, service) >= number

        async def is_shown(service: str = service) -> bool:
            port = system.services[service].port
            shown = await metric(port, "livingwell_outbox_messages")
            return shown == await waiting(system, service)

        await until(is_shown, "the metric shows what waits")
    await system.infrastructure.kafka.start()
    await sender.live(number)
    await ledger.check()


async def test_a_service_killed_with_a_full_outbox_publishes_it_when_it_is_back(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    with frozen(system.infrastructure.kafka.child):
        await sender.live_all(range(6))
        assert sender.unclear == 0
        for service in PRODUCERS:
            assert await waiting(system, service) > 0
            system.services[service].child.kill()
        await asyncio.gather(*(start_unready(system.services[s]) for s in PRODUCERS))
        for service in PRODUCERS:
            assert await waiting(system, service) > 0
        async with httpx.AsyncClient(verify=False, timeout=30) as client:
            url = system.settings.url("intake")
            assert (await client.get(f"{url}/readyz")).status_code == 503
    await ledger.check()
