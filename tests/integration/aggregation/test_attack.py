"""Somebody asks for everything, time and again, and solves for what is hidden.

It is a real attack: the same solver finds hidden counts if the rule is a little weaker.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from services.aggregation.disclosure import Gate
from services.aggregation.figures import recount
from services.aggregation.indicators import INDICATORS
from services.aggregation.releases import release
from services.aggregation.settings import Settings
from shared.events import ORGANISATIONS, REFERRALS, STORIES, ReferralState
from tests.integration.aggregation.attack import Attack
from tests.integration.aggregation.attack_search import Search
from tests.integration.aggregation.attack_tables import COARSE, PLAIN, Cell, Rule, Table
from tests.integration.aggregation.attack_world import (
    PLACES,
    PORTIONS,
    SmallWorld,
    years_within,
)
from tests.integration.aggregation.conftest import empty, serving
from tests.integration.aggregation.states import a_delivery, an_organisation
from tests.integration.aggregation.test_figures import deliver
from tests.system import System

FIRST_MONTH, LAST_MONTH = date(2024, 4, 1), date(2026, 3, 1)
MONTHS = 24
SAMPLE = 6
FAMILIES = (
    ("source_mix",),
    ("ineligible_rate",),
    ("wait_days",),
    ("still_waiting", "access_count", "heard_count"),
)
WEAKENED = ("ineligible_rate",)
# Of the others a second possible value was not found in so short a search.
ENOUGH = 4
MONTHS_OF_ALL = [f"{year}-{n:02}" for year in (2024, 2025, 2026) for n in range(1, 13)]
BREAKDOWNS = (None, "gender")
PARTS = {
    "system": [
        [f"organisation:{code}" for code in PLACES],
        ["place:Riverside", "place:Hillside"],
    ],
    "place:Riverside": [["organisation:ORG1", "organisation:ORG2"]],
    "place:Hillside": [["organisation:ORG3"]],
}
SCOPES = [*PARTS, *PARTS["system"][0]]
CELLS = """
select indicator, scope, breakdown, month, group_name, sum(numerator)::int as n,
  sum(denominator)::int as d,
  coalesce(sum(denominator) filter (where value <= 28), 0)::int as s
from cell group by 1, 2, 3, 4, 5
"""


# Tells organisations like the system, and whole percentages of however few.
WEAK_GATE = Gate(few_organisations=0, percent_steps=())
WEAK_RULE = Rule(PLAIN.small, PLAIN.base, steps=())


class Truth:
    """True numbers, which are those of the months and their sums."""

    def __init__(self) -> None:
        self._found: dict[Cell, int] = {}

    async def learn(self, database: asyncpg.Connection, release: int) -> None:
        """Take what is counted now for what a release shows."""
        for row in await database.fetch(CELLS):
            indicator, scope, breakdown, month, group, *counts = row
            at = f"{month:%Y-%m}"
            table = Table(release, indicator, scope, breakdown or None, at, at)
            for what, count in zip("nds", counts, strict=True):
                self._found[Cell(table, group or None, what)] = count

    def of(self, cell: Cell) -> int:
        """Return a true number; a stock is what came and left since the beginning."""
        table = cell.table
        first = "" if table.kind == "stock" else table.first
        return sum(
            self._found.get(Cell(table.but(first=m, last=m), cell.group, cell.what), 0)
            for m in MONTHS_OF_ALL
            if first <= m <= table.last
        )


@dataclass
class Told:
    """All answers that somebody got, by release, and what was true."""

    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    truth: Truth = field(default_factory=Truth)

    def attack(
        self, codes: Sequence[str], rules: tuple[Rule, Rule] = (PLAIN, COARSE)
    ) -> Attack:
        """Put together what the answers about some indicators tell."""
        attack = Attack(PARTS, rules)
        for number, answer in self.answers:
            if answer["indicator"] in codes:
                attack.hear(number, answer)
        attack.add_up()
        return attack


def questions(codes: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield everything that may be asked about some indicators."""
    periods = [(FIRST_MONTH, LAST_MONTH), *years_within(FIRST_MONTH, LAST_MONTH)]
    for code in codes:
        for by in BREAKDOWNS if None in INDICATORS[code].asked_by else (None,):
            for scope in SCOPES:
                kind, _, name = scope.partition(":")
                where = {kind: name} if name else {}
                for first, last in periods:
                    period = {"from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}"}
                    yield code, period | where | ({"by": by} if by else {})


async def ask_all(
    api: httpx.AsyncClient, codes: Sequence[str], headers: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Ask for everything as somebody who sees all organisations.

    What everybody sees of the system and its places is the same, if all is released.
    """
    found = []
    for code, asked in questions(codes):
        answer = await api.get(f"/indicators/{code}", params=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
    return found


async def tell(database: asyncpg.Connection, portion: Sequence[Any]) -> None:
    """Deliver a portion of the world, count it, and release it to everybody."""
    batch = [
        (ORGANISATIONS, a_delivery(an_organisation(number, place=place)))
        for number, place in enumerate(PLACES.values(), 1)
    ]
    batch += [
        (REFERRALS if isinstance(state, ReferralState) else STORIES, a_delivery(state))
        for state in portion
    ]
    await deliver(database, batch)
    await recount(database)
    await release(database, Gate(), "LIVINGWELL")


@pytest.fixture(scope="module")
async def weak_api(aggregation_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of an app whose gate is weak."""
    async with serving(aggregation_settings, WEAK_GATE) as client:
        yield client


@pytest.fixture(scope="module")
async def told(
    connection: asyncpg.Connection,
    api: httpx.AsyncClient,
    weak_api: httpx.AsyncClient,
    shared_system: System,
) -> tuple[Told, Told]:
    """Return what the gate told, and what a weak one would have."""
    await empty(connection)
    viewer = {"Authorization": f"Bearer {shared_system.token('ICB', 'viewer')}"}
    well, weakly = Told(), Told()
    world = SmallWorld(seed=1, last=LAST_MONTH.replace(day=28), months=MONTHS)
    for number, portion in enumerate(world.portions):
        await tell(connection, portion)
        for told, client, families in (
            (well, api, FAMILIES),
            (weakly, weak_api, (WEAKENED,)),
        ):
            await told.truth.learn(connection, number)
            for codes in families:
                answers = await ask_all(client, codes, viewer)
                told.answers += [(number, answer) for answer in answers]
    return well, weakly


@pytest.mark.parametrize("codes", FAMILIES)
async def test_who_asks_for_everything_works_out_no_hidden_count(
    told: tuple[Told, Told], codes: Sequence[str]
) -> None:
    attack = told[0].attack(codes)
    search = Search(attack, told[0].truth.of)
    assert len(attack.hidden) > 1_000
    assert search.pinned() == []
    months = [cell for cell in search.hidden() if cell.table.first == cell.table.last]
    chosen = random.Random(1).sample(months, SAMPLE)
    assert len(search.uncertain(chosen)) >= ENOUGH


async def test_with_a_weaker_rule_hidden_counts_are_worked_out(
    told: tuple[Told, Told],
) -> None:
    attack = told[1].attack(WEAKENED, (WEAK_RULE, WEAK_RULE))
    search = Search(attack, told[1].truth.of)
    found = search.pinned()
    assert len(found) >= 20
    assert any(told[1].truth.of(cell) > 0 for cell in found)
    for cell in found:
        assert search.low[attack.program.keys[cell]] == told[1].truth.of(cell)


async def test_everybody_sees_no_more_than_who_sees_all_organisations(
    told: tuple[Told, Told], api: httpx.AsyncClient
) -> None:
    latest = [answer for number, answer in told[0].answers if number == PORTIONS - 1]
    for answer in latest:
        kind, _, name = answer["scope"].partition(":")
        if kind != "organisation" and answer["from"] == f"{FIRST_MONTH:%Y-%m}":
            asked = {kind: name} if name else {}
            asked |= {"from": answer["from"], "to": answer["to"]}
            asked |= {"by": answer["breakdown"]} if answer["breakdown"] else {}
            public = await api.get(f"/indicators/{answer['indicator']}", params=asked)
            seen = public.json()
            assert seen["figures"] == answer["figures"]
            assert seen["totals"] == answer["totals"]
