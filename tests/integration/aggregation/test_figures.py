"""The counted cells: however messages arrive, they are what plain counting gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import asyncpg
import pytest

from services.aggregation.facts import AFFECTED, FACTS
from services.aggregation.figures import Refresher, recount, refresh_some
from services.aggregation.projections import PROJECTIONS
from services.aggregation.settings import Settings
from shared.database import connect
from shared.delivery import Delivery, newest
from shared.events import ASSESSMENTS, ORGANISATIONS, REFERRALS, Topic
from tests.integration.aggregation.brute import Cells, Count
from tests.integration.aggregation.states import (
    a_delivery,
    a_referral,
    an_assessment,
    an_organisation,
    entity,
)
from tests.integration.aggregation.worlds import Chance, World

MONTHS = [date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 7))]
SEEDS = range(12)


async def deliver(
    database: asyncpg.Connection, batch: list[tuple[Topic, Delivery]]
) -> None:
    """Apply a micro-batch as the consumer does."""
    async with database.transaction():
        for topic, project in PROJECTIONS.items():
            deliveries = newest(d for of, d in batch if of is topic)
            if deliveries:
                await project(database, deliveries)


async def settle(database: asyncpg.Connection) -> None:
    """Count all that is stale, step by step."""
    while await refresh(database, 1_000):
        continue


async def refresh(database: asyncpg.Connection, limit: int) -> int:
    async with database.transaction():
        return await refresh_some(database, limit)


async def cells(database: asyncpg.Connection) -> Cells:
    rows = await database.fetch(
        "select * from cell where numerator <> 0 or denominator <> 0"
    )
    return {tuple(row)[:6]: (row["numerator"], row["denominator"]) for row in rows}


async def facts(database: asyncpg.Connection) -> list[str]:
    found = []
    for fact in FACTS:
        rows = await database.fetch(f"select t::text from {fact} t order by 1")
        found += [row[0] for row in rows]
    return found


async def live(database: asyncpg.Connection, seed: int) -> World:
    """Deliver a world in random batches, counting now and then in between."""
    chance = Chance(seed)
    world = chance.world()
    await recount(database)
    left = list(world.sent)
    while left:
        size = chance.random.choice((1, 5, 40))
        batch, left = left[:size], left[size:]
        await deliver(database, batch)
        if chance.random.random() < 0.5:
            await refresh(database, chance.random.choice((1, 3, 50)))
    await settle(database)
    return world


@pytest.mark.parametrize("seed", SEEDS)
async def test_counting_step_by_step_counting_anew_and_plain_counting_agree(
    database: asyncpg.Connection, seed: int
) -> None:
    world = await live(database, seed)
    stepwise, stepwise_facts = await cells(database), await facts(database)
    await recount(database)
    assert await facts(database) == stepwise_facts
    anew = await cells(database)
    assert stepwise == anew
    expected = Count(world)
    stock = {key: n for key, n in anew.items() if key[0] == "still_waiting"}
    assert {k: n for k, n in anew.items() if k not in stock} == expected.cells
    check_waiting(stock, expected)


def check_waiting(stock: Cells, expected: Count) -> None:
    rows = {(scope, breakdown, group) for _, scope, breakdown, _, group, _ in stock}
    assert ("system", "", "") in rows
    for scope, breakdown, group in rows:
        running = 0
        for month in MONTHS:
            key = ("still_waiting", scope, breakdown, month, group, 0)
            came, same = stock.get(key, (0, 0))
            assert came == same
            running += came
            assert running == expected.waiting(month, scope, breakdown, group)


async def test_the_order_of_arrival_does_not_matter(
    database: asyncpg.Connection,
) -> None:
    world = Chance(99).world()
    seen = []
    for shuffle in range(3):
        for topic in PROJECTIONS:
            await database.execute(f"truncate {topic.entity}")
        await database.execute("truncate stale")
        await recount(database)
        chance = Chance(shuffle)
        chance.random.shuffle(world.sent)
        for at in range(0, len(world.sent), 30):
            await deliver(database, world.sent[at : at + 30])
            await refresh(database, 20)
        await settle(database)
        seen.append(await cells(database))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0]


class Interrupting:
    """A connection that lets something happen after a certain statement."""

    def __init__(
        self, connection: asyncpg.Connection, after: str, happening: Callable[[], Any]
    ) -> None:
        self._connection = connection
        self._after = after
        self._happening = happening

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (asyncpg's)
        return getattr(self._connection, name)

    async def fetch(self, statement: str, *values: object) -> Any:  # noqa: ANN401
        rows = await self._connection.fetch(statement, *values)
        if statement == self._after:
            await self._happening()
        return rows


async def test_what_arrives_while_it_counts_is_counted_once(
    database: asyncpg.Connection, aggregation_settings: Settings
) -> None:
    """An assessment before its referral; the referral commits in mid-count."""
    seen = {"person": "the same person", "first_contact_on": date(2026, 3, 16)}
    await recount(database)
    await deliver(database, [(REFERRALS, a_delivery(a_referral(1, **seen)))])
    await settle(database)
    late = an_assessment(referral=entity(2))
    await deliver(database, [(ASSESSMENTS, a_delivery(late))])
    other = await connect(aggregation_settings)

    async def arrive() -> None:
        await deliver(other, [(REFERRALS, a_delivery(a_referral(2, **seen)))])

    try:
        interrupted: Any = Interrupting(database, AFFECTED, arrive)
        consumer: Any = None
        refresher = Refresher(aggregation_settings, consumer)
        assert not await refresher.refresh(interrupted)
    finally:
        await other.close()
    await settle(database)
    key = ("access_count", "system", "", date(2026, 3, 1), "", 0)
    assert (await cells(database))[key] == (1, 1)


async def test_an_organisation_known_under_two_ids_is_one_place(
    database: asyncpg.Connection,
) -> None:
    """As after a change of the secret that ids are made with."""
    again = an_organisation(1, id=entity(9_500), place="Hillside")
    await recount(database)
    await deliver(
        database,
        [
            (ORGANISATIONS, a_delivery(an_organisation(1), 1)),
            (ORGANISATIONS, a_delivery(again, 2)),
            (REFERRALS, a_delivery(a_referral(1))),
        ],
    )
    await settle(database)
    found = {key[1] for key in await cells(database) if key[0] == "source_mix"}
    assert found == {"system", "place:Hillside", "organisation:ORG1"}
