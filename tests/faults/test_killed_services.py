"""Services are killed in the middle of their work: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio

import httpx

from tests import builders
from tests.faults.figures import all_figures, rebuilt
from tests.faults.ledger import Ledger
from tests.faults.processes import metric, offsets_held
from tests.faults.sending import Request, Sender
from tests.system import System, until

ORGANISATION = "FAULT2"
PRODUCERS = ("intake", "measures", "stories")


async def test_services_killed_again_and_again_under_load_lose_and_double_nothing(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    load = asyncio.create_task(sender.live_all(range(80)))
    for _ in range(3):
        for service in PRODUCERS:
            process = system.services[service]
            before = len(ledger.records)

            async def is_under_load(before: int = before) -> bool:
                return load.done() or len(ledger.records) > before + 5

            await until(is_under_load, "requests are on their way")
            process.child.kill()
            await process.start()
    await load
    assert sender.unclear > 0
    await ledger.check()


async def test_a_post_without_a_clear_answer_is_there_once_or_not_at_all(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    bodies = [builders.a_referral() for _ in range(40)]
    requests = [Request("intake", "POST", "/referrals", body) for body in bodies]
    for body in bodies:
        ledger.expect("referral", ORGANISATION, body).maybe += 1
    answering = asyncio.gather(
        *(sender.attempt(ORGANISATION, request) for request in requests),
        return_exceptions=True,
    )

    async def are_some_stored() -> bool:
        query = "select count(*) from referral where reference = any($1)"
        references = [body["reference"] for body in bodies]
        [row] = await system.fetch("intake", query, references)
        return bool(row[0])

    await until(are_some_stored, "some are stored")
    system.services["intake"].child.kill()
    answers = await answering
    for body, answer in zip(bodies, answers, strict=True):
        if isinstance(answer, httpx.Response):
            assert answer.status_code == 201
            record = ledger.expect("referral", ORGANISATION, body)
            record.confirm(answer.json()["sequence"], record.fields_of(body))
        else:
            assert isinstance(answer, httpx.TransportError)
    await system.services["intake"].start()
    await ledger.check()
    for body, request in zip(bodies, requests, strict=True):
        record = ledger.expect("referral", ORGANISATION, body)
        again = await sender.attempt(ORGANISATION, request)
        assert again.status_code == 200 or (again.status_code == 201 and record.maybe)
        if record.maybe:
            record.confirm(again.json()["sequence"], record.fields_of(body))
    await ledger.check()


async def test_aggregation_killed_between_projecting_and_committing_repeats_the_batch(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    process = system.services["aggregation"]
    offsets = "select * from projection_offset order by topic, partition"
    async with offsets_held(system):
        await sender.live_all(range(4))

        async def is_about_to_commit() -> bool:
            return bool(
                await system.fetch(
                    "aggregation",
                    "select from pg_stat_activity where wait_event_type = 'Lock'"
                    " and query ilike '%update projection_offset%'",
                )
            )

        await until(is_about_to_commit, "a batch waits for its offsets")
        before = await system.fetch("aggregation", offsets)
        process.child.kill()
    assert await system.fetch("aggregation", offsets) == before
    await process.start()
    await ledger.check()


async def test_aggregation_killed_again_and_again_shows_what_one_never_killed_shows(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    process = system.services["aggregation"]
    load = asyncio.create_task(sender.live_all(range(120)))
    for _ in range(3):

        async def is_at_work() -> bool:
            # With all of the load behind it there is nothing left to apply.
            name = "livingwell_consumer_applied_messages_total"
            return load.done() or await metric(process.port, name) > 0

        await until(is_at_work, "messages are being applied")
        process.child.kill()
        await process.start()
    await load
    await ledger.check()
    before = await all_figures(system)
    assert await rebuilt(system) == before
