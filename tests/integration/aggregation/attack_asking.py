"""Asks everything that may be asked, and learns what is true.

Answers of the API are made of these figures, by these functions: a hundred thousand
answers over HTTP would take far longer. A test compares some of each indicator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import asyncpg
import numpy as np

from services.aggregation import queries, view
from services.aggregation.disclosure import Gate
from services.aggregation.indicators import INDICATORS
from services.aggregation.schemas import Question
from tests.integration.aggregation.attack_beside import SCORINGS, Beside
from tests.integration.aggregation.attack_relations import JUDGED
from tests.integration.aggregation.attack_tables import (
    HAS_ONE_TOTAL,
    WHATS,
    Asked,
    Shown,
    groups_of,
)
from tests.integration.aggregation.attack_world import (
    PLACES,
    SCORED_BY,
    years_within,
)
from tests.integration.aggregation.integer_program import Ints

FIRST_MONTH, LAST_MONTH = date(2024, 10, 1), date(2026, 3, 1)
PARTS = {
    "system": [
        [f"organisation:{code}" for code in PLACES],
        ["place:Riverside", "place:Hillside"],
    ],
    "place:Riverside": [["organisation:ORG1", "organisation:ORG2"]],
    "place:Hillside": [["organisation:ORG3"]],
}
SCOPES = [*PARTS, *PARTS["system"][0]]
MONTHS_ASKED = list(view.months_between(FIRST_MONTH, LAST_MONTH))
CELLS = """
select indicator, scope, breakdown, month, group_name, sum(numerator)::int as n,
  sum(denominator)::int as d,
  coalesce(sum(denominator) filter (where value <= 28), 0)::int as s
from cell where month <= $1 group by 1, 2, 3, 4, 5
"""


def members_of(scope: str) -> list[str]:
    """Return the organisations in a scope."""
    kind, _, name = scope.partition(":")
    return [
        code
        for code, place in PLACES.items()
        if kind == "system" or name == (place if kind == "place" else code)
    ]


def everything(releases: int) -> Asked:
    """Return all scopes and periods that can be asked about."""
    years = years_within(FIRST_MONTH, LAST_MONTH)
    return Asked(
        releases=releases,
        scopes=SCOPES,
        months=[f"{month:%Y-%m}" for month in MONTHS_ASKED],
        years=[(f"{first:%Y-%m}", f"{last:%Y-%m}") for first, last in years],
        parts=PARTS,
        members={scope: len(members_of(scope)) for scope in SCOPES},
    )


def questions(code: str) -> Iterator[Question]:
    """Yield every question about an indicator, of all months at once."""
    for by in INDICATORS[code].asked_by:
        for scope in SCOPES:
            yield Question(
                INDICATORS[code],
                scope,
                members_of(scope),
                by,
                FIRST_MONTH,
                LAST_MONTH,
                None,
            )


async def ask_beside(
    database: asyncpg.Connection, gate: Gate, release: int, beside: Beside
) -> None:
    """Ask for what stands beside figures, by everybody in each month."""
    for scope in SCOPES:
        for month in MONTHS_ASKED:
            where = INDICATORS["heard_count"], scope, members_of(scope)
            question = Question(*where, None, month, month, None)
            await beside.ask(database, gate, question, release)


async def ask(
    database: asyncpg.Connection, gate: Gate, release: int, shown: Sequence[Shown]
) -> None:
    """Ask for everything as somebody who sees all organisations.

    What everybody sees of the system and its places is the same, if all is released.
    """
    standing = await queries.standing(database)
    for one in shown:
        asked = list(questions(one.code))
        counts = await queries.counts_of(database, asked)
        heard = await queries.heard_shares(database, asked)
        for question, counted, shares in zip(asked, counts, heard, strict=True):
            by_month = view.spread(
                question, counted, view.months_of(question, standing)
            )
            scope, by = SCOPES.index(question.scope), question.breakdown
            figures = view.monthly(gate, question, by_month, shares)
            width = len(figures) // len(by_month)
            for nth in range(len(by_month)):
                row = figures[nth * width : (nth + 1) * width]
                one.hear((release, scope, nth), by, row)
            if question.indicator.kind != "stock":
                years = years_within(FIRST_MONTH, LAST_MONTH)
                for nth, year in enumerate(years, len(by_month)):
                    totals = view.totals(gate, question, by_month, year)
                    one.hear((release, scope, nth), by, totals)


class Truth:
    """True numbers, which are those of the months and their sums."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        shape = asked.releases, len(asked.scopes), len(SCORED_BY)
        self._scorings = {
            (SCORINGS.format(one.code), "n"): np.zeros(shape, np.int64)
            for one in JUDGED
        }
        self.of: dict[tuple[str, str], Ints] = {
            (code, what): np.zeros(asked.shape(code), np.int64)
            for code, indicator in INDICATORS.items()
            for what in WHATS[indicator.kind]
        }
        self._columns = {
            code: {
                (by or "", name or ""): nth
                for nth, (by, name) in enumerate(groups_of(code))
            }
            for code in INDICATORS
        }

    async def learn(self, database: asyncpg.Connection, release: int) -> None:
        """Take what is counted now for what a release shows."""
        months = {month: nth for nth, month in enumerate(MONTHS_ASKED)}
        for row in await database.fetch(CELLS, LAST_MONTH):
            self._add(release, months, row)
        for (code, _), numbers in self.of.items():
            within = numbers[release, :, : len(months)]
            if INDICATORS[code].kind == "stock":
                np.cumsum(within, axis=1, out=within)
            else:
                for nth, (first, last) in enumerate(self._asked.years, len(months)):
                    begin, end = map(self._asked.months.index, (first, last))
                    year = within[:, begin : end + 1].sum(axis=1)
                    numbers[release, :, nth] = year

    def _add(self, release: int, months: dict[date, int], row: Any) -> None:  # noqa: ANN401
        code, scope, by, month, group, *counts = row
        if (code, "n") in self._scorings:
            at = release, SCOPES.index(scope), SCORED_BY.index(group)
            self._scorings[code, "n"][at] = counts[0]
        column = self._columns.get(code, {}).get((by, group))
        if column is None:
            return
        assert month in months, "everything is asked"
        at = (release, SCOPES.index(scope), months[month])
        for what, count in zip("nds", counts, strict=True):
            if (code, what) in self.of:
                self.of[code, what][*at, column] = count
                if INDICATORS[code].kind == "share" and what == "d":
                    self.of[code, what][*at, 0] += count

    def numbers(self) -> dict[tuple[str, str], Ints]:
        """Return them as an attack has them: a share or a mix has one total."""
        return self._scorings | {
            (code, what): numbers
            if INDICATORS[code].kind not in HAS_ONE_TOTAL
            else numbers[..., :1]
            if what == "d"
            else numbers[..., 1:]
            for (code, what), numbers in self.of.items()
        }
