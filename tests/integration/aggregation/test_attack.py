"""Somebody asks for everything, time and again, and solves for what is hidden.

Every indicator by everything it can be asked by, in every scope, month and published
year of three releases, and what stands beside figures. It is a real attack: the same
solver finds hidden counts if the rule is a little weaker.

Not used are: days of waits but for whether they are over 28; that too little changed
for a release; how many messages were read for one; and what a partner holds itself.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest

from services.aggregation.disclosure import SUPPRESSED, Figure, Gate, Hidden
from services.aggregation.figures import recount
from services.aggregation.indicators import INDICATORS
from services.aggregation.releases import connection_for_releases, release
from services.aggregation.settings import Settings
from shared.events import ORGANISATIONS
from tests.integration.aggregation.attack import Attack
from tests.integration.aggregation.attack_asking import (
    FIRST_MONTH,
    LAST_MONTH,
    MONTHS_ASKED,
    SCOPES,
    Truth,
    ask,
    ask_beside,
    everything,
)
from tests.integration.aggregation.attack_beside import Beside
from tests.integration.aggregation.attack_relations import (
    FAMILIES,
    hear_who_told,
    relate,
)
from tests.integration.aggregation.attack_search import Search
from tests.integration.aggregation.attack_tables import HIDDEN, NOT_TOLD, Asked, Shown
from tests.integration.aggregation.attack_world import (
    PLACES,
    PORTIONS,
    SCORED_BY,
    SmallWorld,
)
from tests.integration.aggregation.attack_world import (
    Told as Record,
)
from tests.integration.aggregation.conftest import empty
from tests.integration.aggregation.states import a_delivery, an_organisation
from tests.integration.aggregation.test_figures import deliver
from tests.system import System

# Of six worlds that were tried it is the one that shows why medians of few are hidden.
SEED = 6
SAMPLE = 3
# Of the others a second possible value was not found in so short a search.
ENOUGH = 1
# Indicators of which a small world, by its seed, shows nothing: that proves nothing.
RELIABLY = "talking_therapies_reliable_recovery"
RARE = ("reliable_deterioration_reqol20", "talking_therapies_recovery", RELIABLY)
NOTHING_SHOWN = {1: (), 2: (), 3: (RELIABLY,), 4: RARE, 5: RARE, 6: RARE}
WHOLE = (f"{FIRST_MONTH:%Y-%m}", f"{LAST_MONTH:%Y-%m}")


class WeakGate(Gate):
    """Tells organisations like the system, and whole percentages of true counts."""

    def percent(self, numerator: int, denominator: int) -> int | Hidden:
        shown = super().percent(numerator, denominator)
        if shown == SUPPRESSED:
            return shown
        return (200 * numerator + denominator) // (2 * denominator)


WEAK_GATE = WeakGate(few_organisations=0)
WEAKENED = ("ineligible_rate", "wait_days")


@dataclass
class Told:
    """All that somebody was told, by indicator."""

    asked: Asked
    beside: Beside
    shown: dict[str, Shown] = field(default_factory=dict)

    def attack(self, codes: Sequence[str], **rule: Any) -> Attack:  # noqa: ANN401
        """Put together what the answers about some indicators tell."""
        attack = Attack(self.asked, **rule)
        for code in codes:
            attack.hear(self.shown[code])
        relate(attack)
        self.beside.hear(attack)
        if "source_mix" in codes:
            hear_who_told(attack, self.shown["still_waiting"])
        return attack


async def tell(
    database: asyncpg.Connection, settings: Settings, portion: Sequence[Record]
) -> None:
    """Deliver a portion of the world, count it, and release it to everybody."""
    batch = [
        (ORGANISATIONS, a_delivery(an_organisation(number, place=place)))
        for number, place in enumerate(PLACES.values(), 1)
    ]
    batch += [(topic, a_delivery(state)) for topic, state in portion]
    await deliver(database, batch)
    await recount(database)
    async with connection_for_releases(settings) as patient:
        await release(patient, Gate(), "LIVINGWELL")


@pytest.fixture(scope="module")
async def told(
    connection: asyncpg.Connection, aggregation_settings: Settings
) -> tuple[Told, Told, Truth]:
    """Return what the gate told, what a weak one would have, and what was true."""
    await empty(connection)
    asked = everything(PORTIONS)
    truth = Truth(asked)
    well, weakly = (Told(asked, Beside(asked, SCORED_BY)) for _ in range(2))
    well.shown = {code: Shown(asked, code) for code in INDICATORS}
    weakly.shown = {code: Shown(asked, code) for code in WEAKENED}
    last, months = LAST_MONTH.replace(day=28), len(MONTHS_ASKED)
    world = SmallWorld(SEED, last, months)
    for number, portion in enumerate(world.portions):
        await tell(connection, aggregation_settings, portion)
        await truth.learn(connection, number)
        for told, gate in ((well, Gate()), (weakly, WEAK_GATE)):
            await ask(connection, gate, number, [*told.shown.values()])
            await ask_beside(connection, gate, number, told.beside)
    return well, weakly, truth


@pytest.mark.parametrize("family", FAMILIES)
async def test_who_asks_for_everything_works_out_no_hidden_count(
    told: tuple[Told, Told, Truth], family: str
) -> None:
    attack = told[0].attack(FAMILIES[family])
    for key, hidden in attack.hidden.items():
        assert hidden.sum() > 10, key
    search = Search(attack, told[2].numbers())
    assert search.pinned() == []
    chosen = random.Random(1).sample(search.hidden_months(), SAMPLE)
    assert len(search.uncertain(chosen)) >= ENOUGH


def test_every_indicator_is_asked_and_has_shown_and_hidden_figures(
    told: tuple[Told, Told, Truth],
) -> None:
    assert {code for codes in FAMILIES.values() for code in codes} == {*INDICATORS}
    for code, shown in told[0].shown.items():
        values = shown.fields["value"]
        assert (values == HIDDEN).any(), code
        assert (values >= 0).any() != (code in NOTHING_SHOWN[SEED]), code


@pytest.mark.parametrize("code", WEAKENED)
async def test_with_a_weaker_rule_hidden_counts_are_worked_out(
    told: tuple[Told, Told, Truth], code: str
) -> None:
    attack = told[1].attack([code], few=0, is_exact=True)
    search = Search(attack, told[2].numbers())
    found = search.pinned()
    assert len(found) >= 20
    assert any(search.true[search.number(cell)] > 0 for cell in found)
    for cell in found:
        number = search.number(cell)
        assert search.low[number] == search.true[number]


async def test_whoever_asks_over_http_is_told_the_same(
    told: tuple[Told, Told, Truth], api: httpx.AsyncClient, shared_system: System
) -> None:
    viewer = {"Authorization": f"Bearer {shared_system.token('ICB', 'viewer')}"}
    asked, choice = told[0].asked, random.Random(1)
    for code in INDICATORS:
        by, scope = choice.choice(INDICATORS[code].asked_by), choice.choice(SCOPES)
        kind, _, name = scope.partition(":")
        where = ({kind: name} if name else {}) | ({"by": by} if by else {})
        for headers in [viewer] if kind == "organisation" else [viewer, {}]:
            seen = Shown(asked, code)
            for first, last in (asked.periods[0], choice.choice(asked.years), WHOLE):
                answer = await api.get(
                    f"/indicators/{code}",
                    params={"from": first, "to": last} | where,
                    headers=headers,
                )
                assert answer.status_code == 200, answer.text
                hear(seen, (PORTIONS - 1, SCOPES.index(scope)), answer.json())
            for name, array in seen.fields.items():
                heard = told[0].shown[code].fields[name]
                assert (array[array != NOT_TOLD] == heard[array != NOT_TOLD]).all()


def hear(shown: Shown, at: tuple[int, int], answer: dict[str, Any]) -> None:
    """Take what an answer over HTTP says."""
    periods, by = shown.asked.periods, answer["breakdown"]
    rows: dict[tuple[str, str], list[Figure]] = {}
    for figure in answer["figures"]:
        row = rows.setdefault((figure["month"], figure["month"]), [])
        row.append(Figure(**figure))
    if answer["totals_from"] != answer["totals_to"]:
        year = answer["totals_from"], answer["totals_to"]
        rows[year] = [Figure(**figure) for figure in answer["totals"]]
    for period, figures in rows.items():
        shown.hear((*at, periods.index(period)), by, figures)
