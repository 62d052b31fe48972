"""What an indicator is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.aggregation.rules import BREAKDOWNS

Unit = Literal["people", "percent", "days"]
Direction = Literal["higher", "lower", "neither"]
Kind = Literal["count", "stock", "share", "rate", "wait"]
GROUP_COLUMNS = ", ".join(BREAKDOWNS)
WHERE_FROM = f"organisation, place, {GROUP_COLUMNS}"


def month_of(column: str) -> str:
    """Return SQL for the first day of a date's month."""
    return f"cast(date_trunc('month', {column}) as date)"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One defined measure of the system.

    Attributes:
        kind: `count` of people in a month; `stock` at the end of each month; `share`
            of each group in all; `rate` in percent; `wait` in days.
        direction: Which way is better, if either is.
        caveat: What a reader should know, in plain words.
        sql: Rows of (only_scope, organisation, place, groups…, month, value,
            numerator, denominator): what each fact adds. `only_scope` is null, or
            `system`, `place` or `organisation` where it counts in that one alone.
        only_breakdown: The one breakdown it can be asked by, if there is just one.
    """

    code: str
    title: str
    kind: Kind
    unit: Unit
    direction: Direction
    caveat: str
    sql: str
    only_breakdown: str | None = None


def each(fact: str, month: str, numerator: str = "1", where: str = "true") -> str:
    """Return SQL in which each row of `fact` adds 1 to the denominator of a month.

    Args:
        fact: Table of the facts.
        month: Column of the date that decides the month.
        numerator: SQL expression of what it adds to the numerator.
        where: SQL condition of what counts at all.
    """
    return f"""
    select cast(null as text) as only_scope, {WHERE_FROM}, {month_of(month)} as month,
      0 as value, {numerator} as numerator, 1 as denominator
    from {fact} where {month} is not null and {where}
    """
