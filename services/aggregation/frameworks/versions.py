"""Versions of a framework: named by their content, each in effect from its own month.

Pure functions: no database, no clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.aggregation.frameworks.definition import FrameworkIn

VERSION_DIGITS = 12
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Version:
    """A published version, as it is kept.

    Attributes:
        number: Its place in the order of publication, from 1.
        name: What it is asked for by; the same content has the same name everywhere.
        published_by: An organisation; None of one that came with the installation.
    """

    number: int
    name: str
    content: FrameworkIn
    published_by: str | None
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """When a version is in effect, or a part of that; without an end `last` is None.

    Attributes:
        since: When it came into effect, which a part may begin after.
    """

    version: Version
    first: date
    last: date | None
    since: date

    def within(self, first: date, last: date) -> Span | None:
        """Return the part of it in a period; None if there is none.

        Args:
            first: First day of the period's first month.
            last: First day of its last month.
        """
        begin = max(self.first, first)
        end = last if self.last is None else min(self.last.replace(day=1), last)
        return Span(self.version, begin, end, self.since) if begin <= end else None


def name_of(content: FrameworkIn) -> str:
    """Return the name of a version: the beginning of its content's SHA-256.

    What is left at its default does not count, so that a new optional field changes no
    name.
    """
    canonical = content.model_dump_json(exclude_defaults=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:VERSION_DIGITS]


def spans_of(versions: Sequence[Version]) -> list[Span]:
    """Return when each version is in effect, in order of time.

    From its first day on the one that was published later holds alone; one that never
    came, or never will come, into effect has no span.

    Args:
        versions: Of one framework, in order of publication.
    """
    spans: list[Span] = []
    for version in versions:
        begin, end = version.content.valid_from, version.content.valid_to
        earlier = [span for span in spans if span.first < begin]
        spans = [replace(span, last=_cut(span.last, begin)) for span in earlier]
        spans.append(Span(version, begin, end, begin))
    return spans


def _cut(last: date | None, begin: date) -> date:
    before = begin - ONE_DAY
    return before if last is None else min(last, before)


def own_span(version: Version) -> Span:
    """Return when a version holds by what it says itself, whatever came after it."""
    begin = version.content.valid_from
    return Span(version, begin, version.content.valid_to, begin)


def gaps_between(
    spans: Sequence[Span], first: date, last: date
) -> list[tuple[date, date]]:
    """Return the months of a period in which no span holds, as first and last month.

    Args:
        spans: Parts of the period, in order of time (`Span.within`).
        first: First day of the first month.
        last: First day of the last month.
    """
    gaps, reached = [], first
    for span in spans:
        if reached < span.first:
            gaps.append((reached, _month_before(span.first)))
        reached = _month_after(span.last or last)
    if reached <= last:
        gaps.append((reached, last))
    return gaps


def _month_before(month: date) -> date:
    return (month - ONE_DAY).replace(day=1)


def _month_after(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
