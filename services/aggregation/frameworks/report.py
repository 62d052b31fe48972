"""Puts a framework's report together: each month under the version of its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.aggregation import queries, rules, view
from services.aggregation.disclosure import Gate
from services.aggregation.frameworks import queries as framework_queries
from services.aggregation.frameworks.answers import (
    AimReport,
    GapOut,
    MeasureReport,
    OutcomeReport,
    PartReport,
    ReportOut,
    SharedOutcome,
)
from services.aggregation.frameworks.definition import (
    AimIn,
    FrameworkIn,
    MeasureIn,
    OutcomeIn,
)
from services.aggregation.frameworks.versions import (
    Span,
    Version,
    gaps_between,
    own_span,
    spans_of,
)
from services.aggregation.indicators import INDICATORS
from services.aggregation.queries import Standing
from services.aggregation.schemas import FiguresOut, Question
from shared.database import Database

Where = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a report, and what they may see.

    Attributes:
        standing_of: Returns of what moment the reader sees a scope's figures.
        levels: Consent levels at which the reader may see moments.
    """

    database: Database
    gate: Gate
    standing_of: Callable[[str], Awaitable[Standing]]
    levels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where figures are of, and of what moment."""

    name: str
    members: list[str]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Shared:
    """The framework that another is compared with: its title, and words by code."""

    title: str
    words: Mapping[str, str]


NOTHING_SHARED = Shared("", {})


def parts_of(
    versions: Sequence[Version], chosen: Version | None, first: date, last: date
) -> list[Span]:
    """Return which version answers for which months of a period.

    Without a chosen one, each month is answered by the version in effect then; a chosen
    one answers for all months for which it was agreed, whatever came after it.
    """
    spans = spans_of(versions) if chosen is None else [own_span(chosen)]
    found = (span.within(first, last) for span in spans)
    return [span for span in found if span is not None]


async def report(
    reading: Reading,
    spans: Sequence[Span],
    period: tuple[date, date],
) -> ReportOut:
    """Answer for a period, part by part.

    Args:
        spans: Parts of the period, at least one (`parts_of`).
        period: First day of its first and of its last month.
    """
    newest = spans[-1].version.content
    shared = await shared_by(reading.database, newest, period[1])
    return ReportOut(
        id=newest.id,
        title=newest.title,
        site=newest.site,
        places=newest.places,
        shared=newest.shared,
        shared_title=shared.title,
        first=_month(period[0]),
        last=_month(period[1]),
        parts=[await _part(reading, span) for span in spans],
        without_a_version=[
            GapOut(first=_month(begin), last=_month(end))
            for begin, end in gaps_between(spans, *period)
        ],
    )


async def _part(reading: Reading, span: Span) -> PartReport:
    content = span.version.content
    shared = await shared_by(reading.database, content, span.last or span.first)
    scopes = await scopes_of(reading.database, content)
    where = [
        Scope(name, members, await reading.standing_of(name))
        for name, members in scopes
        if members
    ]
    return PartReport(
        version=span.version.name,
        title=content.title,
        first=_month(span.first),
        last=_month(span.last or span.first),
        aims=[await _aim(reading, aim, span, (where, shared)) for aim in content.aims],
        questions=content.questions,
        question_budget=content.question_budget,
        unmatched=unmatched_of(content, shared),
        places_without_partners=[
            scope.removeprefix("place:") for scope, members in scopes if not members
        ],
        moments=[
            moment
            for scope in where
            for moment in await view.moments_beside(
                reading.database, _question("magic_rate", scope, span), reading.levels
            )
        ],
    )


async def _aim(
    reading: Reading, aim: AimIn, span: Span, context: tuple[Sequence[Scope], Shared]
) -> AimReport:
    where, shared = context
    outcomes = [
        OutcomeReport(
            outcome=outcome,
            matches=matches_of(outcome, shared),
            indicators=[
                await _measure(reading, measure, span, where)
                for measure in outcome.indicators
            ],
        )
        for outcome in aim.outcomes
    ]
    return AimReport(words=aim.words, outcomes=outcomes)


async def _measure(
    reading: Reading, measure: MeasureIn, span: Span, where: Sequence[Scope]
) -> MeasureReport:
    """Return the figures of an indicator; of one not measured, that there are none.

    A version says for ever what it said once: what was not measured then is not shown
    under it, though the catalogue may have it by now.
    """
    indicator = INDICATORS.get(measure.code)
    if indicator is None or measure.not_measured_yet is not None:
        return MeasureReport(measure=measure, title=None, figures=[])
    answers = [await _answer(reading, measure.code, scope, span) for scope in where]
    return MeasureReport(measure=measure, title=indicator.title, figures=answers)


async def _answer(reading: Reading, code: str, where: Scope, span: Span) -> FiguresOut:
    """Return the figures of a part's months, with the sum of a year where there is one.

    Sums are published of whole years only. One may have begun before the part did: if
    the version was in effect by then, it is still that version's own year.
    """
    question = _question(code, where, span)
    longer = replace(question, first=max(span.since, _year_begins(question)))
    found = await view.answer(
        reading.database, reading.gate, longer, where.standing, []
    )
    first = _month(span.first)
    own = [figure for figure in found.figures if (figure.month or "") >= first]
    return found.model_copy(update={"first": first, "figures": own})


def _year_begins(question: Question) -> date:
    return min(question.first, rules.first_month_shown(question.last))


def _question(code: str, where: Scope, span: Span) -> Question:
    indicator = INDICATORS[code]
    return Question(
        indicator,
        where.name,
        where.members,
        indicator.only_breakdown,
        span.first,
        span.last or span.first,
        where.standing.release,
    )


async def scopes_of(database: Database, content: FrameworkIn) -> list[Where]:
    """Return the scopes of a framework, each with the organisations in it.

    The figures of several places are never added up: each place stands by itself.
    """
    scopes = [f"place:{place}" for place in content.places] or ["system"]
    return [(scope, await queries.members(database, scope)) for scope in scopes]


async def shared_by(database: Database, content: FrameworkIn, month: date) -> Shared:
    """Return the shared framework as it was in a month."""
    if content.shared is None:
        return NOTHING_SHARED
    versions = await framework_queries.versions(database, content.shared)
    if not versions:
        return NOTHING_SHARED
    then = (s.version for s in spans_of(versions) if s.within(month, month))
    compared = next(then, versions[-1]).content
    return Shared(compared.title, {one.code: one.words for one in compared.outcomes()})


def matches_of(
    outcome: OutcomeIn, shared: Shared
) -> list[SharedOutcome] | Literal["no match"] | None:
    """Return the shared outcomes that say the same as one of a site's own."""
    if outcome.matches is None or outcome.matches == "no match":
        return outcome.matches
    return [
        SharedOutcome(code=code, words=shared.words.get(code, code))
        for code in outcome.matches
    ]


def unmatched_of(content: FrameworkIn, shared: Shared) -> list[SharedOutcome]:
    """Return the shared outcomes to which none of a site's own is like."""
    if content.shared is None:
        return []
    matched = {code for outcome in content.outcomes() for code in outcome.matches or ()}
    return [
        SharedOutcome(code=code, words=words)
        for code, words in shared.words.items()
        if code not in matched
    ]


def _month(day: date) -> str:
    return day.strftime("%Y-%m")
