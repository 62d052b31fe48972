"""The sample as far as some organisations hold it, and what one record adds to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from deploy.local.sample.groups import Groups
from deploy.local.sample.pairs import Pair, pairs_of
from deploy.local.sample.records import Goal, Referral, Sample, Story


@dataclass(frozen=True, slots=True)
class Fact:
    """What one record adds: to which month and groups, and how much."""

    month: str
    groups: Groups
    numerator: int
    denominator: int
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The sample as far as some of its organisations hold it.

    Attributes:
        pairs: By measure, then by referral: its first and latest valid score.
        of_person: Every referral of a person, whoever holds it.
    """

    referrals: list[Referral]
    goals: list[Goal]
    stories: list[Story]
    pairs: Mapping[str, Mapping[tuple[str, str], Pair]]
    of_person: Mapping[tuple[str, str], Sequence[Referral]]


def scope_of(sample: Sample, organisations: Iterable[str]) -> Scope:
    """Return the part of the sample that `organisations` hold."""
    codes = set(organisations)
    of_person = defaultdict[tuple[str, str], list[Referral]](list)
    for referral in sample.referrals:
        of_person[referral.person_key].append(referral)
    return Scope(
        [r for r in sample.referrals if r.organisation in codes],
        [g for g in sample.goals if g.referral.organisation in codes],
        [s for s in sample.stories if s.organisation in codes],
        pairs_of(a for a in sample.assessments if a.referral.organisation in codes),
        of_person,
    )


def month_of(day: date) -> str:
    """Return the month of a day, YYYY-MM."""
    return f"{day:%Y-%m}"


def months_between(first: str, last: str) -> list[str]:
    """Return the months from first to last, both included."""
    start, end = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (first, last))
    return [f"{m // 12}-{m % 12 + 1:02}" for m in range(start, end + 1)]
