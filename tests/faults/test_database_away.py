"""A database is away: requests say so, and all goes on by itself when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests import builders
from tests.faults.ledger import Ledger
from tests.faults.processes import superuser
from tests.faults.sending import PROBLEM, Request, Sender
from tests.system import System, until

ORGANISATION = "FAULT1"


@asynccontextmanager
async def shut_out(system: System, service: str) -> AsyncIterator[None]:
    """Let nobody into one service's database."""
    name = system.databases[service].rpartition("/")[2]
    async with superuser(system) as connection:
        await connection.execute(f"alter role {name} connection limit 0")
        try:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = $1",
                name,
            )
            yield
        finally:
            await connection.execute(f"alter role {name} connection limit -1")


async def test_without_a_database_a_post_is_answered_with_503_and_can_be_repeated(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    started = {name: s.child.process_id for name, s in system.services.items()}
    body = builders.a_referral()
    request = Request("intake", "POST", "/referrals", body)
    system.infrastructure.postgres.child.kill()
    for _ in range(3):
        answer = await sender.attempt(ORGANISATION, request)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == PROBLEM
        assert "retry-after" in answer.headers
    async with system.client("aggregation") as client:
        for path in ("/indicators/access_count", "/readyz"):
            shown = await client.get(path)
            assert shown.status_code == 503
            assert shown.headers["content-type"] == PROBLEM
        assert (await client.get("/healthz")).status_code == 200
    await system.infrastructure.postgres.start(())
    await sender.post("referral", ORGANISATION, body)
    await sender.live(1)
    await ledger.check()
    assert started == {n: s.child.process_id for n, s in system.services.items()}


async def test_a_database_killed_under_load_loses_nothing_that_was_answered(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    load = asyncio.create_task(sender.live_all(range(60)))
    for _ in range(2):
        before = len(ledger.records)

        async def is_under_load(before: int = before) -> bool:
            return load.done() or len(ledger.records) > before + 30

        await until(is_under_load, "requests are on their way")
        system.infrastructure.postgres.child.kill()
        await system.infrastructure.postgres.start(())
    await load
    assert sender.unclear > 0
    await ledger.check()


async def test_events_wait_while_the_database_of_aggregation_is_away(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    await sender.live(1)
    async with shut_out(system, "aggregation"):
        await sender.live_all(range(8))
        assert sender.unclear == 0
        async with httpx.AsyncClient(verify=False, timeout=30) as client:
            url = system.settings.url("aggregation")
            assert (await client.get(f"{url}/readyz")).status_code == 503
    await ledger.check()
