"""Publishes what a release changed: one state for each figure, after the gate.

By month where a figure is of everybody; of published years also by groups. A figure
that is hidden, and always was, is not told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

import asyncpg

from services.aggregation import provenance, queries, release_queries, rules, view
from services.aggregation.disclosure import SUPPRESSED, Figure, Gate
from services.aggregation.indicators import INDICATORS
from services.aggregation.queries import Standing
from services.aggregation.schemas import Provenance, Question
from shared.events import INDICATORS as TOPIC
from shared.events import IndicatorState
from shared.records import next_sequence

MOST_MONTHS = 120
MONTHS_OF_A_YEAR = 12

TOUCHED = """
select distinct indicator, breakdown from released_cell
where scope = $1 and (since = $2 or until = $2) and indicator <> 'reporting'
order by indicator, breakdown
"""
FIRST_MONTH = """
select min(month) from released_cell
where scope = $1 and until is null and month >= $2 and indicator <> 'reporting'
"""
NOTE = "update release set changed = $2 where number = $1"
# What stays the same but for its moments, and for what made it, is not told again.
ANNOUNCE = """
with told as (
  select * from unnest($1::uuid[], $2::json[]) as t(id, state)
), changed as (
  insert into figure as f (id, organisation, sequence, state)
  select t.id, $3, $4, t.state from told t
  where t.state ->> 'value' <> 'suppressed'
    or exists (select from figure known where known.id = t.id)
  order by t.id
  on conflict (id) do update
    set state = excluded.state, sequence = greatest(excluded.sequence, f.sequence + 1)
    where f.state::jsonb - $8::text[] is distinct from excluded.state::jsonb - $8
  returning new.id, new.sequence, new.state, old.id is null as is_new
), sent as (
  insert into outbox (topic, key, sequence, type, organisation, state)
  select $5, id, sequence, case when is_new then $6 else $7 end, $3, state
  from changed order by id
)
select exists (select from changed)
"""
OF_ITS_MAKING = ["as_of", "recorded_at", "release", *Provenance.model_fields]


@dataclass(frozen=True, slots=True)
class Period:
    """The month of a figure, or the first and last month of a year."""

    first: date
    last: date

    @property
    def begins(self) -> str | None:
        """Return the first month, where it is not the only one."""
        return None if self.first == self.last else f"{self.first:%Y-%m}"

    @property
    def ends(self) -> str:
        """Return the last month."""
        return f"{self.last:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Background:
    """What all figures of a release have in common, and in whose name they are told."""

    publisher: str
    standing: Standing
    origins: provenance.Origins


async def publish_changes(
    connection: asyncpg.Connection,
    gate: Gate,
    publisher: str,
    where: tuple[str, Sequence[str], int],
) -> None:
    """Put every figure that a release changed into the outbox, and note of what.

    Args:
        publisher: In whose name.
        where: The scope, its members, and the number of the release.
    """
    scope, members, number = where
    standing = await release_queries.released(connection, scope, number)
    if standing is None or standing.newest_month is None:
        return
    last = standing.newest_month
    earliest = date(last.year - MOST_MONTHS // MONTHS_OF_A_YEAR, last.month, 1)
    origins = await provenance.origins(connection, gate, where)
    background = Background(publisher, standing, origins)
    counted = await connection.fetchval(FIRST_MONTH, scope, earliest) or last
    first = min(counted, rules.first_month_shown(last))
    changed: set[str] = set()
    for code, breakdown in await connection.fetch(TOUCHED, scope, number):
        if code in INDICATORS and (breakdown or None) in INDICATORS[code].asked_by:
            question = Question(
                INDICATORS[code],
                scope,
                list(members),
                breakdown or None,
                first,
                last,
                number,
            )
            states = await states_of(connection, gate, question, background)
            if await _announce(connection, publisher, states):
                changed.add(code)
    await connection.execute(NOTE, number, json.dumps(sorted(changed)))


async def states_of(
    connection: asyncpg.Connection,
    gate: Gate,
    question: Question,
    background: Background,
) -> list[IndicatorState]:
    """Return the states of what is published of a question, with what made each."""
    figures = await figures_of(connection, gate, question, background.standing)
    made_of = {
        period: background.origins.of(question.indicator, period.first, period.last)
        for period, _ in figures
    }
    return [
        state_of(question, background, period, figure).model_copy(
            update=dict(made_of[period])
        )
        for period, figure in figures
    ]


async def figures_of(
    connection: asyncpg.Connection, gate: Gate, question: Question, standing: Standing
) -> list[tuple[Period, Figure]]:
    """Return what is published of a question: months, or years by groups."""
    counts = await queries.counts(connection, question)
    by_month = view.spread(question, counts, view.months_of(question, standing))
    found: list[tuple[Period, Figure]] = []
    if question.breakdown is None:
        heard = await queries.heard_share(connection, question)
        shown = view.monthly(gate, question, by_month, heard)
        for figure in shown:
            month = date.fromisoformat(f"{figure.month}-01")
            found.append((Period(month, month), figure))
    for year in years_between(question.first, question.last):
        shown = view.totals(gate, question, by_month, (year.first, year.last))
        found += [(year, figure) for figure in shown]
    return found


def years_between(first: date, last: date) -> Iterator[Period]:
    """Yield every published year within two months, the latest first."""
    year = rules.latest_year(first, last)
    while year:
        yield Period(*year)
        before = year[1].year * 12 + year[1].month - 4
        year = rules.latest_year(first, date(before // 12, before % 12 + 1, 1))


def state_of(
    question: Question, background: Background, period: Period, figure: Figure
) -> IndicatorState:
    """Return the state of a published figure; its id says what it is of."""
    standing = background.standing
    kind, _, place = question.scope.partition(":")
    key: Mapping[str, str | None] = {
        "indicator": question.indicator.code,
        "place": place if kind == "place" else None,
        "period_from": period.begins,
        "period": period.ends,
        "breakdown": question.breakdown,
        "group": figure.group,
    }
    return IndicatorState(
        **key,
        id=id_of(list(key.values())),
        organisation=background.publisher,
        recorded_at=datetime.now(UTC),
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        p90=figure.p90,
        within_28=figure.within_28,
        completeness=None if figure.completeness == SUPPRESSED else figure.completeness,
        as_of=standing.as_of or datetime.now(UTC),
        definition_version=standing.version_of(question.indicator),
        release=question.release,
    )


def id_of(key: Sequence[str | None]) -> UUID:
    """Return the id of a figure: UUIDv8 of what it is of; nothing in it is secret."""
    digest = bytearray(sha256(repr(key).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


async def _announce(
    connection: asyncpg.Connection, publisher: str, states: Sequence[IndicatorState]
) -> bool:
    """Publish what differs from what was published; say whether anything did."""
    any_changed: bool = await connection.fetchval(
        ANNOUNCE,
        [state.id for state in states],
        [state.model_dump_json() for state in states],
        publisher,
        next_sequence(),
        TOPIC.name,
        TOPIC.event_type("published"),
        TOPIC.event_type("revised"),
        OF_ITS_MAKING,
    )
    return any_changed
