"""What made a figure, and whom it speaks of: who asked, what scored, what was read.

How many records were read is told by the figures themselves, after the gate; nothing
here is a count of people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from services.aggregation import release_queries, scorings, view
from services.aggregation.disclosure import Figure, Gate
from services.aggregation.frameworks.asking import versions_asking
from services.aggregation.frameworks.queries import all_versions
from services.aggregation.frameworks.versions import Version
from services.aggregation.indicators import INDICATORS, Indicator
from services.aggregation.queries import Standing
from services.aggregation.schemas import Provenance, Question
from shared.database import Reads

# What is counted now ($2 is null), or what release $2 showed.
SCORED = """
select indicator, group_name, numerator from cell
where $2::bigint is null and scope = $1 and breakdown = $3 and indicator = any($4)
  and numerator > 0
union all
select indicator, group_name, numerator from released_cell
where scope = $1 and breakdown = $3 and indicator = any($4) and numerator > 0
  and since <= $2 and (until is null or until > $2)
"""
PLACES = """
select distinct place from organisation where organisation = any($1) and left_on is null
"""


@dataclass(frozen=True, slots=True)
class Origins:
    """All that may have made the figures of a scope, at one moment.

    Attributes:
        rule: Of the gate, for that scope.
        places: Those that the scope is in; none for the whole system.
        scored: How many pairs each version scored, by measure.
    """

    rule: Gate
    frameworks: Mapping[str, Sequence[Version]]
    places: frozenset[str]
    scored: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    offsets: Mapping[str, list[int]] = field(default_factory=dict)

    def of(self, indicator: Indicator, first: date, last: date) -> Provenance:
        """Return what made an indicator's figures of some months."""
        return Provenance(
            frameworks=self.frameworks_asking(indicator.code, first, last),
            scorings=self.scorings(scorings.measures_of(indicator)),
            offsets={
                topic: at
                for topic, at in self.offsets.items()
                if topic.rpartition(".")[2] in indicator.source
            },
        )

    def scorings(self, measures: Sequence[str]) -> dict[str, list[str]]:
        """Return which versions scored some measures, where enough to be told."""
        return scorings.shown(self.rule, self.scored, measures)

    def frameworks_asking(
        self, code: str | None, first: date, last: date
    ) -> dict[str, list[str]]:
        """Return which versions ask for an indicator, or for any, in some months."""
        return versions_asking(self.frameworks, code, self.places, (first, last))


async def provenance_of(database: Reads, gate: Gate, question: Question) -> Provenance:
    """Return what made the figures that answer a question."""
    found = await origins(
        database,
        gate,
        (question.scope, question.members, question.release),
        scorings.measures_of(question.indicator),
    )
    return found.of(question.indicator, question.first, question.last)


async def pairing_beside(
    database: Reads, gate: Gate, question: Question, standing: Standing
) -> dict[str, list[Figure]]:
    """Return how many were asked twice, where an outcome speaks of those alone."""
    codes = scorings.pairing_of(question.indicator)
    asked = [replace(question, indicator=INDICATORS[code]) for code in codes]
    return {
        one.indicator.code: await view.totals_of(database, gate, one, standing)
        for one in asked
    }


async def origins(
    database: Reads,
    gate: Gate,
    where: tuple[str, Sequence[str], int | None],
    measures: Sequence[str] = scorings.MEASURES,
) -> Origins:
    """Return what may have made the figures of a scope.

    Args:
        where: The scope, its members, and the number of the release; None for now.
        measures: Of which pairs the scoring is told.
    """
    scope, members, number = where
    offsets, released_at = await release_queries.made_of(database, number)
    return Origins(
        rule=gate.about(scope, len(members)),
        frameworks=await _frameworks(database, released_at),
        places=await _places(database, scope, members),
        scored=await _scored(database, scope, number, measures),
        offsets=offsets,
    )


async def _frameworks(
    database: Reads, before: datetime | None
) -> dict[str, list[Version]]:
    """Return the versions that were published by the moment of a release."""
    found = await all_versions(database)
    if before is None:
        return found
    return {
        name: [version for version in versions if version.published_at <= before]
        for name, versions in found.items()
    }


async def _places(
    database: Reads, scope: str, members: Sequence[str]
) -> frozenset[str]:
    kind, _, name = scope.partition(":")
    if kind == "organisation":
        rows = await database.fetch(PLACES, members)
        return frozenset(row["place"] for row in rows)
    return frozenset({name} if kind == "place" else ())


async def _scored(
    database: Reads, scope: str, number: int | None, measures: Sequence[str]
) -> dict[str, dict[str, int]]:
    if not measures:
        return {}
    names = [f"{scorings.PREFIX}{measure}" for measure in measures]
    found: dict[str, dict[str, int]] = {}
    rows = await database.fetch(SCORED, scope, number, scorings.BREAKDOWN, names)
    for name, version, pairs in rows:
        found.setdefault(name.removeprefix(scorings.PREFIX), {})[version] = pairs
    return found
