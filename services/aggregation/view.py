"""Puts a figure together: true counts, through the gate, with moments beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import NamedTuple

from services.aggregation import notes, queries, rules
from services.aggregation.disclosure import (
    About,
    Cells,
    Counted,
    Figure,
    Gate,
    Hidden,
)
from services.aggregation.queries import Counts, Standing
from services.aggregation.schemas import FiguresOut, MomentOut, Question
from services.aggregation.trend import Trend, trend_of
from shared.database import Reads

MOMENTS_OF_A_KIND = 3
NOTHING = Counted()


def months_between(first: date, last: date) -> Iterator[date]:
    """Yield the first day of each month from `first` to `last`."""
    index = first.year * 12 + first.month - 1
    while index <= last.year * 12 + last.month - 1:
        yield date(index // 12, index % 12 + 1, 1)
        index += 1


def months_of(question: Question, standing: Standing) -> list[date]:
    """Return the months that are told of: a stock's up to that of the newest event.

    Of what looks ahead, those that were over then: of others not all is known yet.
    """
    months = list(months_between(question.first, question.last))
    if standing.as_of is None:
        return months
    today = standing.as_of.date()
    if question.indicator.looks_ahead:
        return [month for month in months if month < today.replace(day=1)]
    return [m for m in months if question.indicator.kind != "stock" or m <= today]


def groups_in(question: Question, counts: Counts) -> tuple[str | None, ...]:
    """Return every group of the breakdown, in order; None where there is none.

    Of a breakdown without a fixed list, the groups that were found anywhere. Of a mix,
    they stand after None, which holds how many there were in all.
    """
    own = question.indicator.own
    if not question.breakdown:
        return (None,)
    if own is None or own.breakdown != question.breakdown:
        return rules.GROUPS[question.breakdown]
    if own.groups is not None:
        is_mix = question.indicator.kind == "mix"
        return (None, *own.groups) if is_mix else own.groups
    found = {group for cells in counts.values() for group in cells if group}
    return (None, *sorted(found))


def spread(
    question: Question, counts: Counts, months: Sequence[date]
) -> dict[date, dict[str | None, Counted]]:
    """Return a cell for every month and group; a stock is what came minus what left."""
    groups = groups_in(question, counts)
    if question.indicator.kind != "stock":
        return {
            m: {g: counts.get(m, {}).get(g, NOTHING) for g in groups} for m in months
        }
    spread_out = {}
    running = dict.fromkeys(groups, 0)
    changes = sorted(counts)
    for month in months:
        while changes and changes[0] <= month:
            for group, cell in counts[changes.pop(0)].items():
                running[group] += cell.numerator
        spread_out[month] = {g: Counted(n, n) for g, n in running.items()}
    return spread_out


def whole_period(
    question: Question, by_month: Mapping[date, Mapping[str | None, Counted]]
) -> dict[str | None, Counted]:
    """Return the counts of all months together; of a stock, those of the last."""
    months = list(by_month.values())
    if not months:
        return dict.fromkeys(groups_in(question, {}), NOTHING)
    if question.indicator.kind == "stock":
        return dict(months[-1])
    return {group: together(month[group] for month in months) for group in months[0]}


def _whole(question: Question, months: Sequence[date]) -> tuple[date, date] | None:
    """Return the months that totals are of: a published year; of a stock, the last."""
    if question.indicator.kind == "stock":
        return (months[-1], months[-1]) if months else None
    return rules.latest_year(question.first, question.last)


def together(cells: Iterable[Counted]) -> Counted:
    """Add cells of the same group."""
    numerator = denominator = 0
    days: dict[int, int] = {}
    for cell in cells:
        numerator += cell.numerator
        denominator += cell.denominator
        for value, count in cell.days:
            days[value] = days.get(value, 0) + count
    return Counted(numerator, denominator, tuple(sorted(days.items())))


def rule_for(gate: Gate, question: Question) -> Gate:
    """Return the rule for the scope of a question."""
    return gate.about(question.scope, len(question.members))


def publish(gate: Gate, question: Question, cells: Cells, about: About) -> list[Figure]:
    """Let one month's (or the whole period's) cells through the gate."""
    rule = rule_for(gate, question)
    return rule.publish(question.indicator.kind, cells, about)


def known_share(gate: Gate, cells: Cells) -> int | Hidden:
    """Return the percentage whose group is known; of few it is hidden, too."""
    known = sum(
        c.denominator for g, c in cells.items() if g not in rules.UNKNOWN_GROUPS
    )
    everyone = sum(c.denominator for c in cells.values())
    return gate.completeness(known, everyone)


def _completeness(gate: Gate, question: Question, cells: Cells) -> int | Hidden | None:
    """Return the percentage whose group is known, where groups divide people."""
    is_divided = question.breakdown is not None and question.indicator.kind != "mix"
    return known_share(rule_for(gate, question), cells) if is_divided else None


def totals(
    gate: Gate,
    question: Question,
    by_month: Mapping[date, Mapping[str | None, Counted]],
    months: tuple[date, date],
) -> list[Figure]:
    """Publish what the months from the first to the last come to together."""
    first, last = months
    within = {m: cells for m, cells in by_month.items() if first <= m <= last}
    everything = whole_period(question, within)
    known = _completeness(gate, question, everything)
    return publish(gate, question, everything, About(month=None, completeness=known))


def monthly(
    gate: Gate,
    question: Question,
    by_month: Mapping[date, Mapping[str | None, Counted]],
    heard: Mapping[date, int],
) -> list[Figure]:
    """Publish each month's cells.

    Args:
        heard: Percentage of organisations that told of anything, by month.
    """
    figures: list[Figure] = []
    for month, cells in by_month.items():
        share = _completeness(gate, question, cells)
        if not question.breakdown:
            share = heard.get(month, 0)
        about = About(month=month.strftime("%Y-%m"), completeness=share)
        figures += publish(gate, question, cells, about)
    return figures


async def counted_by_month(
    database: Reads, question: Question, standing: Standing
) -> dict[date, dict[str | None, Counted]]:
    """Return true counts by month and group; a stock's up to the newest event."""
    months = months_of(question, standing)
    return spread(question, await queries.counts(database, question), months)


async def totals_of(
    database: Reads, gate: Gate, question: Question, standing: Standing
) -> list[Figure]:
    """Return only the totals that `answer` gives."""
    by_month = await counted_by_month(database, question, standing)
    year = _whole(question, list(by_month))
    return totals(gate, question, by_month, year) if year else []


async def answer(
    database: Reads,
    gate: Gate,
    question: Question,
    standing: Standing,
    levels: Sequence[str],
) -> FiguresOut:
    """Answer a question with figures, notes and moments of some consent levels."""
    [found] = await answers(database, gate, [question], standing)
    found.moments = await moments_beside(database, question, levels)
    return found


async def answers(
    database: Reads, gate: Gate, questions: Sequence[Question], standing: Standing
) -> list[FiguresOut]:
    """Answer several questions about one release, or about now, without moments."""
    if not questions:
        return []
    counts = await queries.counts_of(database, questions)
    heard: Sequence[Mapping[date, int]] = [{} for _ in questions]
    if not all(question.breakdown for question in questions):
        heard = await queries.heard_shares(database, questions)
    said = await notes.beside(database, questions)
    held = map(Held, counts, heard, said)
    return [
        _answer(gate, standing, question, one)
        for question, one in zip(questions, held, strict=True)
    ]


def notes_beside(gate: Gate, question: Question, said: Sequence[str]) -> list[str]:
    """Return what a reader should know, and what people noted."""
    return [question.indicator.caveat, *rule_for(gate, question).notes, *said]


class Held(NamedTuple):
    """What the database holds of one question."""

    counts: Counts
    heard: Mapping[date, int]
    said: Sequence[str]


def _answer(
    gate: Gate, standing: Standing, question: Question, held: Held
) -> FiguresOut:
    months = months_of(question, standing)
    by_month = spread(question, held.counts, months)
    figures = monthly(gate, question, by_month, held.heard)
    year = _whole(question, months)
    return FiguresOut(
        indicator=question.indicator.code,
        title=question.indicator.title,
        unit=question.indicator.unit,
        direction=question.indicator.direction,
        breakdown=question.breakdown,
        scope=question.scope,
        first=question.first.strftime("%Y-%m"),
        last=question.last.strftime("%Y-%m"),
        as_of=standing.as_of,
        release=question.release,
        definition_version=standing.version_of(question.indicator),
        figures=figures,
        totals=totals(gate, question, by_month, year) if year else [],
        totals_first=f"{year[0]:%Y-%m}" if year else None,
        totals_last=f"{year[1]:%Y-%m}" if year else None,
        trend=_trend(question, figures, standing),
        notes=notes_beside(gate, question, held.said),
        moments=[],
    )


def _trend(
    question: Question, figures: Sequence[Figure], standing: Standing
) -> Trend | None:
    """Return the trend of an indicator that is not divided by groups."""
    if question.breakdown is not None:
        return None
    return trend_of(figures, question.indicator.unit, standing.as_of)


async def moments_beside(
    database: Reads, question: Question, levels: Sequence[str]
) -> list[MomentOut]:
    """Return a few moments of stories at some consent levels; at none, none."""
    if not levels:
        return []
    return balanced(await queries.stories(database, question, levels))


def balanced(moments: Sequence[MomentOut]) -> list[MomentOut]:
    """Return a few of the newest moments: never only magic ones where others exist."""
    magic = [m for m in moments if m.kind == "magic"][:MOMENTS_OF_A_KIND]
    others = [m for m in moments if m.kind != "magic"][:MOMENTS_OF_A_KIND]
    pairs = zip_longest(others, magic)
    return [moment for pair in pairs for moment in pair if moment is not None]
