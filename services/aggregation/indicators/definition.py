"""What an indicator is."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from services.aggregation.rules import BREAKDOWNS

Unit = Literal["people", "stories", "percent", "days"]
Direction = Literal["higher", "lower", "neither"]
Kind = Literal["count", "stock", "share", "rate", "wait", "mix"]
# What a definition names, and the topics that this comes from.
TOPICS = {
    "fact_referral": ("referrals",),
    "paired like": ("assessments",),
    "fact_crisis": ("referrals",),
    "fact_outcome": ("assessments", "referrals"),
    "fact_goal": ("goals", "referrals"),
    "fact_story": ("stories", "referrals"),
    "fact_theme": ("stories", "referrals"),
}
GROUP_COLUMNS = ", ".join(BREAKDOWNS)
WHERE_FROM = f"organisation, place, {GROUP_COLUMNS}"
EVERYWHERE = f"'each' as only_scope, {WHERE_FROM}"


def month_of(column: str) -> str:
    """Return SQL for the first day of a date's month."""
    return f"cast(date_trunc('month', {column}) as date)"


def one_if(condition: str) -> str:
    """Return SQL that is 1 where a condition holds, and 0 elsewhere."""
    return f"case when {condition} then 1 else 0 end"


@dataclass(frozen=True, slots=True)
class OwnGroups:
    """A breakdown that only one indicator has.

    Attributes:
        groups: All of them, in order; None if they are whatever was found anywhere.
    """

    breakdown: str
    groups: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One defined measure of the system.

    Attributes:
        kind: `count` of people in a month; `stock` at the end of each month; `share`
            of each group in all; `rate` in percent; `wait` in days; `mix` of things
            of which one may have several, in percent of those that have any.
        direction: Which way is better, if either is.
        caveat: What a reader should know, in plain words.
        numerator: What is counted, in plain words.
        sql: Rows of (only_scope, organisation, place, groups…, month, value,
            numerator, denominator): what each fact adds. `only_scope` is `each`, or
            `system`, `place` or `organisation` where it counts in that one alone. It
            runs unchanged on PostgreSQL, DuckDB and Spark SQL.
        only_breakdown: The one breakdown it can be asked by, if there is just one.
        own: That breakdown, if no other indicator has it: `sql` then also gives
            `own_group`, empty for what belongs to none.
        denominator: Out of what; a count has none, and days are of those counted.
        looks_ahead: Whether a fact is counted in a month that may be yet to come: then
            a month is told of when it is over.
    """

    code: str
    title: str
    kind: Kind
    unit: Unit
    direction: Direction
    caveat: str
    numerator: str
    sql: str
    only_breakdown: str | None = None
    own: OwnGroups | None = None
    denominator: str = ""
    looks_ahead: bool = False

    @property
    def source(self) -> list[str]:
        """Return the topics that its facts are made of."""
        topics = (of for part, of in TOPICS.items() if part in self.sql)
        return sorted({topic for some in topics for topic in some})

    @property
    def asked_by(self) -> tuple[str | None, ...]:
        """Return the breakdowns it can be asked by; None is by nothing."""
        if self.only_breakdown:
            return (self.only_breakdown,)
        return (None, *BREAKDOWNS)

    @property
    def version(self) -> str:
        """Return what changes whenever a figure of it may mean something else."""
        told = (self.kind, self.unit, self.sql, self.only_breakdown, self.own)
        return sha256(repr(told).encode()).hexdigest()[:12]


def each_wait(fact: str, month: str, days: str) -> str:
    """Return SQL in which each row of `fact` adds how many days something took.

    Args:
        fact: Table of the facts.
        month: Column of the date on which it ended, which decides the month.
        days: Column of the days; those without are not counted.
    """
    return f"""
    select {EVERYWHERE}, {month_of(month)} as month, {days} as value,
      1 as numerator, 1 as denominator
    from {fact} where {days} is not null
    """


def each(fact: str, month: str, numerator: str = "1", where: str = "true") -> str:
    """Return SQL in which each row of `fact` adds 1 to the denominator of a month.

    Args:
        fact: Table of the facts.
        month: Column of the date that decides the month.
        numerator: SQL expression of what it adds to the numerator.
        where: SQL condition of what counts at all.
    """
    return f"""
    select {EVERYWHERE}, {month_of(month)} as month, 0 as value,
      {numerator} as numerator, 1 as denominator
    from {fact} where {month} is not null and {where}
    """


def first_contacts(adds: str) -> str:
    """Return SQL of each person's first attended contact, once within each scope.

    Args:
        adds: What each row has after its scope and groups.
    """
    within = {
        "system": "person",
        "place": "person, place",
        "organisation": "person, organisation",
    }
    return " union all ".join(
        f"""
    select '{scope}' as only_scope, {WHERE_FROM},
      {adds}
    from (
      select *, row_number() over (
        partition by {partition} order by first_contact_on, unit
      ) as nth
      from fact_referral where first_contact_on is not null
    ) contacts
    where nth = 1
    """
        for scope, partition in within.items()
    )
