"""What the sample's records add to each indicator's counts, from the records alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta

from deploy.local.sample.changes import CHANGES
from deploy.local.sample.doors import DOORS
from deploy.local.sample.groups import NO_THEME, groups_of
from deploy.local.sample.records import LAST_DAY, Referral, Story
from deploy.local.sample.scope import Fact, Scope, month_of, months_between
from deploy.local.sample.themes import agreed

NEVER = "9999-12"
LOOKED_AT = timedelta(days=183)


def access_count(scope: Scope) -> Iterator[Fact]:
    """Yield each person once, at their first attended contact in the scope."""
    for referral in _firsts(scope):
        yield Fact(month_of(referral.attended_on[0]), groups_of(referral), 1, 1)


def crisis_use(scope: Scope) -> Iterator[Fact]:
    """Yield each such person, and each of the two times in which they had a crisis.

    Whoever told of it; in the month in which the second time ends.
    """
    for referral in _firsts(scope):
        start, groups = referral.attended_on[0], groups_of(referral)
        month = month_of(start + LOOKED_AT - timedelta(days=1))
        yield Fact(month, {**groups, "half_year": NO_THEME}, 0, 1)
        told = [
            crisis.on
            for other in scope.of_person[referral.person_key]
            for crisis in other.crisis_contacts
        ]
        if any(start - LOOKED_AT <= day < start for day in told):
            yield Fact(month, {**groups, "half_year": "before"}, 1, 0)
        if any(start <= day < start + LOOKED_AT for day in told):
            yield Fact(month, {**groups, "half_year": "after"}, 1, 0)


def _firsts(scope: Scope) -> Iterable[Referral]:
    firsts: dict[tuple[str, str], Referral] = {}
    seen = (r for r in scope.referrals if r.attended_on)
    for referral in sorted(seen, key=lambda r: r.attended_on[0]):
        firsts.setdefault(referral.person_key, referral)
    return firsts.values()


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


def magic_rate(scope: Scope) -> Iterator[Fact]:
    """Yield the moments of each story that its teller shares, and still does."""
    for story in _shared(scope):
        magic = sum(moment.kind == "magic" for moment in story.moments)
        month, groups = month_of(story.told_on), groups_of(story.referral)
        yield Fact(month, groups, magic, len(story.moments))


def answered_rate(scope: Scope) -> Iterator[Fact]:
    """Yield each such story in the month it was told; it counts if it was answered."""
    for story in _shared(scope):
        month, groups = month_of(story.told_on), groups_of(story.referral)
        yield Fact(month, groups, int(bool(story.replies)), 1)


def answer_days(scope: Scope) -> Iterator[Fact]:
    """Yield how long each first answer took, in the month that it was given."""
    for story in _shared(scope):
        days = sorted(reply.replied_on for reply in story.replies)
        for first in days[:1]:
            taken, groups = (first - story.told_on).days, groups_of(story.referral)
            yield Fact(month_of(first), groups, 1, 1, (taken,))


def changed_rate(scope: Scope) -> Iterator[Fact]:
    """Yield each answered story; it counts if any answer told of a change."""
    for story in _shared(scope):
        if story.replies:
            is_changed = any(reply.changed_on for reply in story.replies)
            month, groups = month_of(story.told_on), groups_of(story.referral)
            yield Fact(month, groups, int(is_changed), 1)


def theme_mix(scope: Scope) -> Iterator[Fact]:
    """Yield each such story that was coded, and each theme that was agreed on."""
    for story in _shared(scope):
        month, groups = month_of(story.told_on), groups_of(story.referral)
        themes = agreed(story)
        if themes:
            yield Fact(month, {**groups, "theme": NO_THEME}, 0, 1)
        for theme in themes:
            yield Fact(month, {**groups, "theme": theme}, 1, 0)


def heard_count(scope: Scope) -> Iterator[Fact]:
    """Yield each such story."""
    for story in _shared(scope):
        yield Fact(month_of(story.told_on), groups_of(story.referral), 1, 1)


def _shared(scope: Scope) -> Iterator[Story]:
    for story in scope.stories:
        if story.consent in {"partners", "public"} and not story.withdrawn_on:
            yield story


FACTS: Mapping[str, Callable[[Scope], Iterator[Fact]]] = {
    **{
        fact.__name__: fact
        for fact in (
            access_count,
            source_mix,
            wait_days,
            still_waiting,
            ineligible_rate,
            magic_rate,
            answered_rate,
            answer_days,
            changed_rate,
            theme_mix,
            heard_count,
            crisis_use,
        )
    },
    **DOORS,
    **CHANGES,
}
