"""What aggregation reads: true counts, organisations and moments."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.aggregation.disclosure import Counted
from services.aggregation.indicators import Indicator
from services.aggregation.schemas import MomentOut, Question
from shared.database import Reads

Counts = dict[date, dict[str | None, Counted]]

# What is counted now, or what release $R showed.
NOW = "cell"
RELEASED = """(
  select * from released_cell
  where since <= ${number} and (until is null or until > ${number})
) cell"""
# One statement for all questions: a page asks a dozen. Each is looked up by the key of
# the cells, which a join need not do.
CELLS = """
select a.nth, c.* from unnest(
    $1::int[], $2::text[], $3::text[], $4::text[], $5::date[], $6::date[]
  ) as a(nth, indicator, scope, breakdown, first, last)
  cross join lateral (
    select month, group_name, sum(numerator)::bigint as numerator,
      sum(denominator)::bigint as denominator,
      array_agg(value order by value) as days,
      array_agg(denominator order by value) as people
    from {cells}
    where cell.indicator = a.indicator and cell.scope = a.scope
      and cell.breakdown = a.breakdown and month between a.first and a.last
      and (numerator <> 0 or denominator <> 0)
    group by month, group_name
  ) c
"""
# Which groups there are is told to everybody; so one that was found anywhere stands in
# every answer, or which of them are there would say where they were found, and when.
NAMES = """
select distinct group_name from {cells}
where indicator = $1 and breakdown = $2 and scope = any($3) and group_name <> ''
  and numerator > 0
"""
EVER_RELEASED = "(select * from released_cell where since <= $4) cell"
BEGINNING = date.min
MOST_STORIES = 24


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether figures can be shown, of what moment.

    Attributes:
        newest_month: The latest in which anybody was introduced or first seen; a
            mistyped year of the future does not count.
        release: The number of the release, where they are not of this moment.
        versions: Of the definitions that counted it, if they were others than now.
    """

    is_counted: bool
    as_of: datetime | None
    newest_month: date | None
    release: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    def version_of(self, indicator: Indicator) -> str:
        """Return the version of the definition that an indicator was counted by."""
        return self.versions.get(indicator.code, indicator.version)


async def standing(database: Reads) -> Standing:
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


async def counts(database: Reads, question: Question) -> Counts:
    """Return true counts by month and group; a stock from the beginning of time."""
    [found] = await counts_of(database, [question])
    return found


async def counts_of(database: Reads, questions: Sequence[Question]) -> list[Counts]:
    """Return each question's true counts, of one release or of now."""
    cells, release = _cells(questions[0], 7)
    rows = await database.fetch(
        CELLS.format(cells=cells),
        list(range(len(questions))),
        [question.indicator.code for question in questions],
        [question.scope for question in questions],
        [question.breakdown or "" for question in questions],
        [
            BEGINNING if question.indicator.kind == "stock" else question.first
            for question in questions
        ],
        [question.last for question in questions],
        *release,
    )
    found: list[Counts] = [defaultdict(dict) for _ in questions]
    for nth, month, group, above, below, days, people in rows:
        by_days: tuple[tuple[int, int], ...] = ()
        if questions[nth].indicator.kind == "wait":
            by_days = tuple(zip(days, people, strict=True))
        found[nth][month][group or None] = Counted(above, below, by_days)
    for question, cells_of in zip(questions, found, strict=True):
        for name in await _names(database, question):
            cells_of[question.first].setdefault(name, Counted())
    return found


async def _names(database: Reads, question: Question) -> list[str]:
    """Return the groups found in the whole system, of a breakdown without a list."""
    own = question.indicator.own
    if own is None or own.groups is not None or own.breakdown != question.breakdown:
        return []
    where = (question.indicator.code, own.breakdown, ["system", question.scope])
    if question.release is None:
        rows = await database.fetch(NAMES.format(cells=NOW), *where)
    else:
        cells = NAMES.format(cells=EVER_RELEASED)
        rows = await database.fetch(cells, *where, question.release)
    return [row["group_name"] for row in rows]


def _cells(question: Question, number: int) -> tuple[str, list[int]]:
    """Return what is read, and the release as parameter `number` where it is one."""
    if question.release is None:
        return NOW, []
    return RELEASED.replace("{number}", str(number)), [question.release]


REPORTING = """
select month, scope from cell
where indicator = 'source_mix' and scope = any($1) and breakdown = ''
  and month between $2 and $3 and denominator > 0
"""
REPORTED = """
select scope, month, 100 * numerator / denominator as share from released_cell
where indicator = 'reporting' and scope = any($1) and month between $2 and $3
  and since <= $4 and (until is null or until > $4) and denominator > 0
"""
Shares = dict[date, int]


async def heard_share(database: Reads, question: Question) -> Shares:
    """Return the percentage of organisations that told of any referral, by month."""
    [found] = await heard_shares(database, [question])
    return found


async def heard_shares(database: Reads, questions: Sequence[Question]) -> list[Shares]:
    """Return for each question the percentage of organisations that told of any."""
    period = (min(q.first for q in questions), max(q.last for q in questions))
    release = questions[0].release
    if release is not None:
        scopes = sorted({question.scope for question in questions})
        rows = await database.fetch(REPORTED, scopes, *period, release)
        found: dict[str, Shares] = defaultdict(dict)
        for scope, month, share in rows:
            found[scope][month] = share
        return [found[question.scope] for question in questions]
    members = {code for question in questions for code in question.members}
    scopes = [f"organisation:{code}" for code in sorted(members)]
    telling: dict[date, set[str]] = defaultdict(set)
    for month, scope in await database.fetch(REPORTING, scopes, *period):
        telling[month].add(scope.removeprefix("organisation:"))
    by_members: dict[str, Shares] = {}
    for question in questions:
        if question.scope not in by_members:
            by_members[question.scope] = _shares(telling, set(question.members))
    return [by_members[question.scope] for question in questions]


def _shares(telling: Mapping[date, set[str]], members: set[str]) -> Shares:
    return {
        month: 100 * len(codes & members) // len(members)
        for month, codes in telling.items()
        if codes & members
    }


async def members(database: Reads, scope: str) -> list[str]:
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


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation, by its code."""

    code: str
    name: str
    place: str


async def registered(database: Reads) -> list[Partner]:
    """Return every organisation that ever registered, also those that left."""
    rows = await database.fetch(
        "select distinct on (organisation) organisation, name, place from organisation"
        " where organisation is not null order by organisation, sequence desc"
    )
    return [Partner(*row) for row in rows]


async def partners(database: Reads, codes: Sequence[str]) -> list[tuple[str, str]]:
    """Return name and place of those partners that have not left."""
    rows = await database.fetch(
        "select name, place from organisation where organisation = any($1)"
        " and left_on is null order by place, name",
        codes,
    )
    return [(row["name"], row["place"]) for row in rows]


async def places(database: Reads) -> list[str]:
    """Return the places of registered organisations."""
    rows = await database.fetch(
        "select distinct place from organisation where place is not null order by place"
    )
    return [row["place"] for row in rows]


async def stories(
    database: Reads, question: Question, levels: Sequence[str]
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
