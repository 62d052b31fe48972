"""What aggregation reads: true counts, organisations and moments."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from services.aggregation.disclosure import Counted
from services.aggregation.schemas import MomentOut, Question
from shared.database import Database

Counts = dict[date, dict[str | None, Counted]]

# What is counted now, or what release $R showed.
NOW = "cell"
RELEASED = """(
  select * from released_cell
  where since <= ${number} and (until is null or until > ${number})
) cell"""
CELLS = """
select month, group_name, sum(numerator)::bigint as numerator,
  sum(denominator)::bigint as denominator,
  array_agg(value order by value) as days,
  array_agg(denominator order by value) as people
from {cells}
where indicator = $1 and scope = $2 and breakdown = $3 and month between $4 and $5
  and (numerator <> 0 or denominator <> 0)
group by month, group_name
"""
STOCK = """
select month, group_name, numerator, numerator as denominator,
  null as days, null as people
from {cells}
where indicator = $1 and scope = $2 and breakdown = $3 and month between $4 and $5
"""
BEGINNING = date.min
MOST_STORIES = 24


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether figures can be shown, of what moment.

    Attributes:
        newest_month: The latest in which anybody was introduced or first seen; a
            mistyped year of the future does not count.
        release: The number of the release, where they are not of this moment.
    """

    is_counted: bool
    as_of: datetime | None
    newest_month: date | None
    release: int | None = None


async def standing(database: Database) -> Standing:
    """Return whether the cells are a complete count, and of what moment."""
    [row] = await database.fetch(
        """
        select is_counted, as_of, (
          select max(month) from cell where scope = 'system' and breakdown = ''
            and indicator in ('access_count', 'source_mix') and denominator > 0
            and month <= as_of
        ) as newest_month
        from progress
        """
    )
    return Standing(row["is_counted"], row["as_of"], row["newest_month"])


async def released(
    database: Database | asyncpg.Connection, scope: str, number: int | None = None
) -> Standing | None:
    """Return of what moment a release of a scope is, the latest without `number`."""
    row = await database.fetchrow(
        """
        select as_of, newest_month, number from release
        where scope = $1 and ($2::bigint is null or number = $2)
        order by number desc limit 1
        """,
        scope,
        number,
    )
    return Standing(True, *row) if row else None


RELEASES = """
select json_build_object('number', number, 'scope', scope, 'released_at', released_at,
  'as_of', as_of, 'newest_month', newest_month, 'definitions', definitions,
  'offsets', offsets)
from release
"""


async def releases(
    database: Database, scope: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Return the releases of a scope, the latest first."""
    rows = await database.fetch(
        f"""{RELEASES} where scope = $1 and ($2::bigint is null or number < $2)
        order by number desc limit $3""",
        scope,
        before,
        limit,
    )
    return [json.loads(row[0]) for row in rows]


async def release(database: Database, number: int) -> dict[str, Any] | None:
    """Return a release, or None."""
    row = await database.fetchrow(f"{RELEASES} where number = $1", number)
    found: dict[str, Any] | None = json.loads(row[0]) if row else None
    return found


async def counts(database: Database | asyncpg.Connection, question: Question) -> Counts:
    """Return true counts by month and group; a stock from the beginning of time."""
    indicator = question.indicator
    is_stock = indicator.kind == "stock"
    cells, release = (
        (NOW, [])
        if question.release is None
        else (RELEASED.replace("{number}", "6"), [question.release])
    )
    rows = await database.fetch(
        (STOCK if is_stock else CELLS).format(cells=cells),
        indicator.code,
        question.scope,
        question.breakdown or "",
        BEGINNING if is_stock else question.first,
        question.last,
        *release,
    )
    found: Counts = defaultdict(dict)
    for row in rows:
        days: tuple[tuple[int, int], ...] = ()
        if indicator.kind == "wait":
            days = tuple(zip(row["days"], row["people"], strict=True))
        found[row["month"]][row["group_name"] or None] = Counted(
            row["numerator"], row["denominator"], days
        )
    return found


REPORTING = """
select month, 100 * count(*) / $4::bigint as share from cell
where indicator = 'source_mix' and scope = any($1) and breakdown = ''
  and month between $2 and $3 and denominator > 0
group by month
"""
REPORTED = """
select month, 100 * numerator / denominator as share from released_cell
where indicator = 'reporting' and scope = $1 and month between $2 and $3
  and since <= $4 and (until is null or until > $4) and denominator > 0
"""


async def heard_share(
    database: Database | asyncpg.Connection, question: Question
) -> dict[date, int]:
    """Return the percentage of organisations that told of any referral, by month."""
    period = question.first, question.last
    if question.release is not None:
        scope = question.scope
        rows = await database.fetch(REPORTED, scope, *period, question.release)
    elif question.members:
        scopes = [f"organisation:{code}" for code in question.members]
        rows = await database.fetch(REPORTING, scopes, *period, len(scopes))
    else:
        rows = []
    return {row["month"]: row["share"] for row in rows}


async def members(database: Database, scope: str) -> list[str]:
    """Return the codes of the organisations in a scope."""
    kind, _, name = scope.partition(":")
    rows = await database.fetch(
        """
        select organisation from organisation
        where organisation is not null
          and ($1 = 'system' or ($1 = 'place' and place = $2)
            or ($1 = 'organisation' and organisation = $2))
        order by organisation
        """,
        kind,
        name,
    )
    return [row["organisation"] for row in rows]


async def partners(database: Database, codes: Sequence[str]) -> list[tuple[str, str]]:
    """Return name and place of those partners that have not left."""
    rows = await database.fetch(
        "select name, place from organisation where organisation = any($1)"
        " and left_on is null order by place, name",
        codes,
    )
    return [(row["name"], row["place"]) for row in rows]


async def places(database: Database) -> list[str]:
    """Return the places of registered organisations."""
    rows = await database.fetch(
        "select distinct place from organisation where place is not null order by place"
    )
    return [row["place"] for row in rows]


async def stories(
    database: Database, question: Question, levels: Sequence[str]
) -> list[MomentOut]:
    """Return the moments of the newest moderated stories of a scope and period.

    Args:
        levels: Consent levels that the caller's audience may see.
    """
    states = ["published"] if levels == ["public"] else ["approved", "published"]
    rows = await database.fetch(
        """
        select s.id, s.organisation, s.told_on, s.moments, s.dataref, s.sequence
        from story s
        where s.told_on >= $1::date and s.told_on < $2::date + interval '1 month'
          and s.consent = any($3) and s.moderation = any($4)
          and s.organisation = any($5)
        order by s.told_on desc, s.id limit $6
        """,
        question.first,
        question.last,
        list(levels),
        states,
        question.members,
        MOST_STORIES,
    )
    return [
        MomentOut(
            story_id=row["id"],
            position=position,
            month=row["told_on"].strftime("%Y-%m"),
            organisation=row["organisation"],
            dataref=row["dataref"],
            sequence=row["sequence"],
            **moment,
        )
        for row in rows
        for position, moment in enumerate(_moments(row["moments"]))
    ]


def _moments(stored: str) -> list[dict[str, Any]]:
    moments: list[dict[str, Any]] = json.loads(stored)
    return moments
