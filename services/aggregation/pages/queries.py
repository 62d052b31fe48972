"""What only pages read: partners beside each other, and what happened in a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from shared.database import Database

WEEKS = """
with days as (
  select 'introduced' as what, received_on as on_day from referral
    where organisation = $1
  union all select 'seen', first_contact_on from referral where organisation = $1
  union all select 'ended', closed_on from referral where organisation = $1
  union all select 'told', told_on from fact_story where organisation = $1
  union all select 'answered', replied_on from fact_story where organisation = $1
)
select what, count(*) filter (where on_day >= $2::date) as latest,
  count(*) filter (where on_day < $2::date) as before
from days where on_day >= $2::date - 7 and on_day < $2::date + 7 group by what
"""
DUE = """
select count(distinct person) from (
  select r.person from referral r join assessment a on a.referral = r.id
  where r.organisation = $1 and r.received_on is not null and r.closed_on is null
    and r.outcome is distinct from 'not_for_us'
    and (a.score is not null or a.items is not null)
    and a.completed_on >= r.received_on
  group by r.id, r.person
  having min(a.completed_on) = max(a.completed_on) and max(a.completed_on) <= $2
) asked_once
"""
SILENT = """
select o.name from organisation o
where o.organisation = any($1) and o.left_on is null and not exists (
  select from cell where indicator = 'source_mix' and breakdown = ''
    and scope = 'organisation:' || o.organisation
    and month between $2 and $3 and denominator > 0
)
order by o.name
"""


async def teams(database: Database) -> list[tuple[str, str, str]]:
    """Return code, name and place of all that have not left, in the order of names."""
    rows = await database.fetch(
        "select organisation, name, place from organisation"
        " where organisation is not null and left_on is null order by name"
    )
    return [(row["organisation"], row["name"], row["place"]) for row in rows]


async def weeks(
    database: Database, organisation: str, monday: date
) -> dict[str, tuple[int, int]]:
    """Return true counts of what happened in a week and in the one before it."""
    rows = await database.fetch(WEEKS, organisation, monday)
    return {row["what"]: (row["latest"], row["before"]) for row in rows}


async def due(database: Database, organisation: str, before: date) -> int:
    """Return the true count of people asked how they are once, by a day, and not since.

    Of those whose support goes on; with whatever instrument.
    """
    [row] = await database.fetch(DUE, organisation, before)
    return int(row["count"])


async def silent(
    database: Database, codes: Sequence[str], first: date, last: date
) -> list[str]:
    """Return the partners that have not left and told of nobody in some months."""
    rows = await database.fetch(SILENT, codes, first, last)
    return [row["name"] for row in rows]
