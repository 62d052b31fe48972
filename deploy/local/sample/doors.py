"""What the sample adds to figures of people turned away, of homes and of work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from deploy.local.sample.groups import groups_of
from deploy.local.sample.people import BY_CODE
from deploy.local.sample.records import Circumstance, Referral
from deploy.local.sample.scope import Fact, Scope, month_of

ACCEPTED_WITHIN = timedelta(days=28)
BACK_WITHIN = timedelta(days=90)
NOT_THIS_SERVICE = "02"
SIGNPOSTED = "08"
REASONS = {"01": "already_seen", "02": "not_for_this_service", "03": "incomplete"}
SETTLED = {"01", "02", "03", "04", "05", "06", "07", "08", "11"}
NO_HOME = {"09", "10", *(str(code) for code in range(12, 22))}
NOT_IN_WORK = {"02", "03", "04", "05", "06", "07", "08"}

Judge = Callable[[Circumstance], bool | None]


def turned_away_reasons(scope: Scope) -> Iterator[Fact]:
    """Yield each decision "not for us" with the reason that was stated."""
    for referral, day in _turned_away(scope):
        reason = referral.decision.reason if referral.decision else None
        groups = {
            **groups_of(referral),
            "reason": REASONS.get(reason or "", "not_known"),
        }
        yield Fact(month_of(day), groups, 1, 1)


def unpublished_rule_rate(scope: Scope) -> Iterator[Fact]:
    """Yield who was turned away by a rule, where any are published.

    It counts if that one is not.
    """
    for referral, day in _turned_away(scope):
        rule = referral.decision.rule_quoted if referral.decision else None
        published = {_letters(one) for one in BY_CODE[referral.organisation].criteria}
        if rule and published:
            is_hidden = _letters(rule) not in published
            yield Fact(month_of(day), groups_of(referral), int(is_hidden), 1)


def warm_handover(scope: Scope) -> Iterator[Fact]:
    """Yield who had to go elsewhere; it counts if somebody there took them."""
    for referral in scope.referrals:
        day = _passed_on(referral)
        if day:
            taken = referral.decision is not None and bool(
                referral.decision.onward_received
            )
            taken = taken or any(
                other.organisation != referral.organisation
                and other.decision is not None
                and other.decision.outcome == "accepted"
                for other in _later(scope, referral, day, ACCEPTED_WITHIN)
            )
            yield Fact(month_of(day), groups_of(referral), int(taken), 1)


def bounce_rate(scope: Scope) -> Iterator[Fact]:
    """Yield who was turned away; it counts if they were introduced again."""
    for referral, day in _turned_away(scope):
        is_back = any(_later(scope, referral, day, BACK_WITHIN))
        yield Fact(month_of(day), groups_of(referral), int(is_back), 1)


def settled_home(scope: Scope) -> Iterator[Fact]:
    """Yield the latest known home; it counts if it is settled."""
    yield from _latest(scope, _is_settled)


def settled_home_gained(scope: Scope) -> Iterator[Fact]:
    """Yield who had no settled home on an earlier day; it counts if they have now."""
    yield from _since(scope, _is_settled, was=False)


def settled_home_lost(scope: Scope) -> Iterator[Fact]:
    """Yield who had a settled home on an earlier day; it counts if they have none."""
    yield from _since(scope, _is_settled, was=True)


def in_work(scope: Scope) -> Iterator[Fact]:
    """Yield what is known last of work; it counts if it is paid work."""
    yield from _latest(scope, _is_in_work)


def in_work_gained(scope: Scope) -> Iterator[Fact]:
    """Yield who was not in paid work on an earlier day; it counts if they are now."""
    yield from _since(scope, _is_in_work, was=False)


def in_work_lost(scope: Scope) -> Iterator[Fact]:
    """Yield who was in paid work on an earlier day; it counts if they are not now."""
    yield from _since(scope, _is_in_work, was=True)


def _letters(rule: str) -> str:
    return re.sub(r"[\W_]", "", rule).lower()


def _turned_away(scope: Scope) -> Iterator[tuple[Referral, date]]:
    for referral in scope.referrals:
        if referral.decision and referral.is_turned_away:
            yield referral, referral.decision.decided_on


def _passed_on(referral: Referral) -> date | None:
    decision, closure = referral.decision, referral.closure
    if decision and referral.is_turned_away and decision.reason == NOT_THIS_SERVICE:
        return decision.decided_on
    return closure.closed_on if closure and closure.reason == SIGNPOSTED else None


def _later(
    scope: Scope, referral: Referral, day: date, within: timedelta
) -> Iterator[Referral]:
    for other in scope.of_person[referral.person_key]:
        if other.key != referral.key and day <= other.received_on <= day + within:
            yield other


def _is_settled(told: Circumstance) -> bool | None:
    is_known = told.accommodation in SETTLED | NO_HOME
    return told.accommodation in SETTLED if is_known else None


def _is_in_work(told: Circumstance) -> bool | None:
    if told.employment == "01":
        return True
    return False if told.employment in NOT_IN_WORK else None


def _known(referral: Referral, judge: Judge) -> list[tuple[date, bool]]:
    told = sorted(referral.circumstances, key=lambda one: one.recorded_on)
    answers = [(one.recorded_on, judge(one)) for one in told]
    return [(day, answer) for day, answer in answers if answer is not None]


def _latest(scope: Scope, judge: Judge) -> Iterator[Fact]:
    for referral in scope.referrals:
        for day, answer in _known(referral, judge)[-1:]:
            yield Fact(month_of(day), groups_of(referral), int(answer), 1)


def _since(scope: Scope, judge: Judge, *, was: bool) -> Iterator[Fact]:
    for referral in scope.referrals:
        known = _known(referral, judge)
        if len(known) > 1 and known[0][1] == was:
            day, answer = known[-1]
            yield Fact(month_of(day), groups_of(referral), int(answer != was), 1)


DOORS: Mapping[str, Callable[[Scope], Iterator[Fact]]] = {
    fact.__name__: fact
    for fact in (
        turned_away_reasons,
        unpublished_rule_rate,
        warm_handover,
        bounce_rate,
        settled_home,
        settled_home_gained,
        settled_home_lost,
        in_work,
        in_work_gained,
        in_work_lost,
    )
}
