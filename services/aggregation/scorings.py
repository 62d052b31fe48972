"""By which rules the scores behind outcomes were made; counted like figures.

How many pairs were scored by which versions is counted over all time: of a version
used by few nothing is told, and of other periods nothing can be asked that would tell
what a hidden month holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from services.aggregation.disclosure import SUPPRESSED, Gate
from services.aggregation.indicators import Indicator
from services.aggregation.indicators.instruments import (
    DIALOG_ITEMS,
    INSTRUMENTS,
    TALKING_THERAPIES,
)
from services.aggregation.rules import BREAKDOWNS

PREFIX = "scores:"
BREAKDOWN = "scored_by"
# They are counted by version and by nothing else: not by groups of people, not in all.
IS_COUNTED = f"""case when grouping(own_group) = 0 then own_breakdown is not null
  else indicator not like '{PREFIX}%' end"""
ALWAYS = "date '1900-01-01'"
DIALOG = "dialog"
MEASURES = tuple(
    one.code for one in (*INSTRUMENTS, *DIALOG_ITEMS) if one.code != DIALOG
)
# What a definition names of the pairs that it counts.
NAMED = re.compile(r"measure = '(\w+)'|paired like '%,(\w+),%'")
STANDING_FOR = {
    DIALOG: tuple(one.code for one in DIALOG_ITEMS),
    TALKING_THERAPIES: ("phq9", "gad7"),
}


def rows() -> str:
    """Return SQL of how many pairs each version of scoring rules has a part in."""
    groups = ", ".join(f"cast(null as text) as {name}" for name in BREAKDOWNS)
    counted = " union all ".join(
        f"select measure, organisation, place, {by} as scored_by, count(*) as pairs"
        f" from fact_outcome where {where} group by 1, 2, 3, 4"
        for by, where in (
            ("first_scored_by", "first_scored_by is not null"),
            ("latest_scored_by", "latest_scored_by <> first_scored_by"),
        )
    )
    return f"""
    select '{PREFIX}' || measure as indicator, 'each' as only_scope, organisation,
      place, {ALWAYS} as month, 0 as value, {groups}, '{BREAKDOWN}' as own_breakdown,
      scored_by as own_group, pairs as numerator, pairs as denominator
    from ({counted}) scored
    """


def measures_of(indicator: Indicator) -> tuple[str, ...]:
    """Return which pairs an indicator counts; none, if it is not of scores."""
    named = [one or other for one, other in NAMED.findall(indicator.sql)]
    if not named:
        return MEASURES if "fact_outcome" in indicator.sql else ()
    return tuple(measure for one in named for measure in STANDING_FOR.get(one, (one,)))


def pairing_of(indicator: Indicator) -> tuple[str, ...]:
    """Return the indicators that say how many were asked twice, beside outcomes."""
    if indicator.kind != "rate" or "fact_outcome" not in indicator.sql:
        return ()
    asked = {measure.partition("_")[0] for measure in measures_of(indicator)}
    return tuple(
        f"pairing_rate{one.suffix}" for one in INSTRUMENTS if one.code in asked
    )


def shown(
    gate: Gate, counted: Mapping[str, Mapping[str, int]], measures: Iterable[str]
) -> dict[str, list[str]]:
    """Return the versions with a part in enough pairs to be told, by instrument.

    Args:
        counted: Pairs by measure and version, of one scope.
        measures: Of which pairs.
    """
    found: dict[str, set[str]] = {}
    for measure in measures:
        for version, pairs in counted.get(measure, {}).items():
            if gate.count(pairs) != SUPPRESSED:
                found.setdefault(measure.partition("_")[0], set()).add(version)
    return {instrument: sorted(found[instrument]) for instrument in sorted(found)}
