"""What the sample's records add to each indicator's counts, from the records alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from deploy.local.sample.groups import Groups, groups_of
from deploy.local.sample.records import (
    LAST_DAY,
    Assessment,
    Goal,
    Referral,
    Sample,
    Story,
)

ITEMS = 10
MOST_MISSING = 1
RELIABLE_CHANGE = 5
GOAL_CHANGE = 3
CONTACTS_TO_BE_PAIRED = 2
NEVER = "9999-12"


@dataclass(frozen=True, slots=True)
class Fact:
    """What one record adds: to which month and groups, and how much."""

    month: str
    groups: Groups
    numerator: int
    denominator: int
    days: tuple[int, ...] = ()


@dataclass(slots=True)
class Scope:
    """The sample as far as some of its organisations hold it."""

    referrals: list[Referral]
    goals: list[Goal]
    stories: list[Story]
    assessments: dict[tuple[str, str], list[Assessment]] = field(default_factory=dict)


def scope_of(sample: Sample, organisations: Iterable[str]) -> Scope:
    """Return the part of the sample that `organisations` hold."""
    codes = set(organisations)
    assessments: dict[tuple[str, str], list[Assessment]] = defaultdict(list)
    for assessment in sample.assessments:
        if assessment.referral.organisation in codes:
            assessments[assessment.referral.key].append(assessment)
    return Scope(
        [r for r in sample.referrals if r.organisation in codes],
        [g for g in sample.goals if g.referral.organisation in codes],
        [s for s in sample.stories if s.organisation in codes],
        dict(assessments),
    )


def month_of(day: date) -> str:
    """Return the month of a day, YYYY-MM."""
    return f"{day:%Y-%m}"


def months_between(first: str, last: str) -> list[str]:
    """Return the months from first to last, both included."""
    start, end = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (first, last))
    return [f"{m // 12}-{m % 12 + 1:02}" for m in range(start, end + 1)]


def access_count(scope: Scope) -> Iterator[Fact]:
    """Yield each person once, at their first attended contact in the scope."""
    firsts: dict[tuple[str, str], Referral] = {}
    seen = (r for r in scope.referrals if r.attended_on)
    for referral in sorted(seen, key=lambda r: r.attended_on[0]):
        firsts.setdefault(referral.person_key, referral)
    for referral in firsts.values():
        yield Fact(month_of(referral.attended_on[0]), groups_of(referral), 1, 1)


def source_mix(scope: Scope) -> Iterator[Fact]:
    """Yield each referral in the month it was received."""
    for referral in scope.referrals:
        yield Fact(month_of(referral.received_on), groups_of(referral), 1, 1)


def wait_days(scope: Scope) -> Iterator[Fact]:
    """Yield each wait that ended, in the month of the first attended contact."""
    for referral in scope.referrals:
        for first in referral.attended_on[:1]:
            wait = (first - referral.received_on).days
            if wait >= 0:
                yield Fact(month_of(first), groups_of(referral), 1, 1, (wait,))


def still_waiting(scope: Scope) -> Iterator[Fact]:
    """Yield each referral for every month at whose end the person was waiting."""
    for referral in scope.referrals:
        received = month_of(referral.received_on)
        left_on = min(_exits(referral), default=None)
        left = month_of(left_on) if left_on else NEVER
        for month in months_between(received, month_of(LAST_DAY)):
            if month < left:
                yield Fact(month, groups_of(referral), 1, 1)


def _exits(referral: Referral) -> Iterator[date]:
    """Yield the days on which a wait ended: seen, closed or turned away."""
    yield from referral.attended_on[:1]
    if referral.closure:
        yield referral.closure.closed_on
    if referral.decision and referral.is_turned_away:
        yield referral.decision.decided_on


def ineligible_rate(scope: Scope) -> Iterator[Fact]:
    """Yield each decision; it counts if it is "not for us" for reason 02."""
    for referral in scope.referrals:
        decision = referral.decision
        if decision:
            refused = referral.is_turned_away and decision.reason == "02"
            month = month_of(decision.decided_on)
            yield Fact(month, groups_of(referral), int(refused), 1)


def pairing_rate(scope: Scope) -> Iterator[Fact]:
    """Yield each closed referral with two contacts; it counts if it has a pair."""
    for referral in scope.referrals:
        contacts = len(referral.attended_on)
        if not referral.closure or referral.is_turned_away:
            continue
        if contacts >= CONTACTS_TO_BE_PAIRED:
            pair = _pair(scope, referral)
            month = month_of(referral.closure.closed_on)
            yield Fact(month, groups_of(referral), int(pair is not None), 1)


def reliable_improvement(scope: Scope) -> Iterator[Fact]:
    """Yield each pair in the month of its latest score."""
    for referral in scope.referrals:
        pair = None if referral.is_turned_away else _pair(scope, referral)
        if pair:
            latest_on, change = pair
            is_better = change >= RELIABLE_CHANGE
            yield Fact(month_of(latest_on), groups_of(referral), int(is_better), 1)


def _pair(scope: Scope, referral: Referral) -> tuple[date, Fraction] | None:
    """Return the day of the latest valid score, and its change since the first."""
    scores = {
        assessment.completed_on: score
        for assessment in scope.assessments.get(referral.key, [])
        if (score := reqol10_score(assessment)) is not None
        and not assessment.is_withdrawn
        and assessment.completed_on >= referral.received_on
    }
    if len(scores) < 2:
        return None
    first, latest = min(scores), max(scores)
    return latest, scores[latest] - scores[first]


def reqol10_score(assessment: Assessment) -> Fraction | None:
    """Return the unrounded ReQoL-10 score; one missing item is made up for."""
    answered = [item for item in assessment.items if item is not None]
    if len(answered) < ITEMS - MOST_MISSING:
        return None
    return Fraction(sum(answered) * ITEMS, len(answered))


def goals_attained(scope: Scope) -> Iterator[Fact]:
    """Yield each goal with a baseline and a later rating."""
    for goal in scope.goals:
        later = [rating for rating in goal.ratings if rating[0] > goal.set_on]
        if later and goal.baseline is not None:
            rated_on, value = max(later)
            attained = value - goal.baseline >= GOAL_CHANGE
            yield Fact(month_of(rated_on), groups_of(goal.referral), int(attained), 1)


def magic_rate(scope: Scope) -> Iterator[Fact]:
    """Yield the moments of each story that its teller shares, and still does."""
    for story in scope.stories:
        if story.consent in {"partners", "public"} and not story.withdrawn_on:
            magic = sum(moment.kind == "magic" for moment in story.moments)
            month, groups = month_of(story.told_on), groups_of(story.referral)
            yield Fact(month, groups, magic, len(story.moments))


FACTS: Mapping[str, Callable[[Scope], Iterator[Fact]]] = {
    fact.__name__: fact
    for fact in (
        access_count,
        source_mix,
        wait_days,
        still_waiting,
        ineligible_rate,
        pairing_rate,
        reliable_improvement,
        goals_attained,
        magic_rate,
    )
}
