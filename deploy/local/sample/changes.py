"""What assessments and goals add to the indicators of how people get on.

Source: NHS England's community mental health PROMs dashboard; for PHQ-9 with GAD-7,
NHS Talking Therapies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from deploy.local.sample.groups import groups_of
from deploy.local.sample.pairs import Pair
from deploy.local.sample.records import Goal, Referral
from deploy.local.sample.scope import Fact, Scope, month_of
from deploy.local.sample.scores import DIALOG_ITEMS

GOAL_CHANGE = 3
AS_EXPECTED = 0
CONTACTS_TO_BE_PAIRED = 2
WITH_CUT_OFF = ("reqol10", "reqol20", "phq9", "gad7")
PAIRED: Mapping[str, Sequence[str]] = {
    **{code: (code,) for code in (*WITH_CUT_OFF, "mansa", "swemwbs")},
    "dialog": DIALOG_ITEMS,
}

Facts = Callable[[Scope], Iterator[Fact]]


def pairing_rate(measures: Sequence[str], scope: Scope) -> Iterator[Fact]:
    """Yield each closed referral with two contacts; it counts if it has a pair.

    A pair of any of the measures will do, completed before the end or after.
    """
    for referral in scope.referrals:
        if not referral.closure or referral.is_turned_away:
            continue
        if len(referral.attended_on) >= CONTACTS_TO_BE_PAIRED:
            is_paired = any(_pair(scope, name, referral) for name in measures)
            yield _fact(referral, referral.closure.closed_on, is_paired)


def reliable_improvement(measure: str, scope: Scope) -> Iterator[Fact]:
    """Yield each pair; it counts if it got reliably better."""
    for referral, pair in _pairs(scope, measure):
        yield _fact(referral, pair.latest_on, pair.improves)


def reliable_deterioration(measure: str, scope: Scope) -> Iterator[Fact]:
    """Yield each pair; it counts if it got reliably worse."""
    for referral, pair in _pairs(scope, measure):
        yield _fact(referral, pair.latest_on, pair.deteriorates)


def reliable_recovery(measure: str, scope: Scope) -> Iterator[Fact]:
    """Yield each pair that began in the clinical range; it counts if it left it.

    It must have got reliably better too: a step across the line is not enough.
    """
    for referral, pair in _pairs(scope, measure):
        if pair.began_clinical:
            is_recovered = pair.improves and not pair.ends_clinical
            yield _fact(referral, pair.latest_on, is_recovered)


def talking_therapies_improvement(scope: Scope) -> Iterator[Fact]:
    """Yield each referral with both pairs; one must get better, and neither worse."""
    for referral, both in _both(scope):
        yield _fact(referral, _latest_on(both), _improves(both))


def talking_therapies_recovery(scope: Scope) -> Iterator[Fact]:
    """Yield each that began as a case on either; it must end as one on none."""
    for referral, both in _cases(scope):
        yield _fact(referral, _latest_on(both), _is_no_case(both))


def talking_therapies_reliable_recovery(scope: Scope) -> Iterator[Fact]:
    """Yield each that began as a case; it must end as none and have improved."""
    for referral, both in _cases(scope):
        is_recovered = _is_no_case(both) and _improves(both)
        yield _fact(referral, _latest_on(both), is_recovered)


def goals_attained(scope: Scope) -> Iterator[Fact]:
    """Yield each goal with a baseline and a later rating; dropped ones count."""
    for goal, change, rated_on in _changed_goals(scope):
        yield _fact(goal.referral, rated_on, change >= GOAL_CHANGE)


def goals_attained_people(scope: Scope) -> Iterator[Fact]:
    """Yield each referral with such goals; it counts if one of them is closer."""
    rated: dict[tuple[str, str], list[tuple[Goal, int, date]]] = {}
    for goal, change, rated_on in _changed_goals(scope):
        rated.setdefault(goal.referral.key, []).append((goal, change, rated_on))
    for goals in rated.values():
        is_closer = any(change >= GOAL_CHANGE for _, change, _ in goals)
        yield _fact(goals[0][0].referral, max(day for *_, day in goals), is_closer)


def measured_count(scope: Scope) -> Iterator[Fact]:
    """Yield each referral with a pair of any instrument, in the month of the last."""
    measures = [name for names in PAIRED.values() for name in names]
    for referral in scope.referrals:
        pairs = [_pair(scope, name, referral) for name in measures]
        days = [pair.latest_on for pair in pairs if pair]
        if days and not referral.is_turned_away:
            yield _fact(referral, max(days), counts=True)


def goals_deteriorated(scope: Scope) -> Iterator[Fact]:
    """Yield the same goals; they count if they are further away than before."""
    for goal, change, rated_on in _changed_goals(scope):
        yield _fact(goal.referral, rated_on, change <= -GOAL_CHANGE)


def goals_attained_gas(scope: Scope) -> Iterator[Fact]:
    """Yield each scaled goal that was rated later, unless its weight is zero."""
    for goal in scope.goals:
        later = _latest_rating(goal)
        if goal.kind == "gas" and later and goal.weight != 0:
            rated_on, value = later
            yield _fact(goal.referral, rated_on, value >= AS_EXPECTED)


def _fact(referral: Referral, day: date, counts: bool) -> Fact:
    return Fact(month_of(day), groups_of(referral), int(counts), 1)


def _pair(scope: Scope, measure: str, referral: Referral) -> Pair | None:
    return scope.pairs.get(measure, {}).get(referral.key)


def _pairs(scope: Scope, measure: str) -> Iterator[tuple[Referral, Pair]]:
    for referral in scope.referrals:
        pair = _pair(scope, measure, referral)
        if pair and not referral.is_turned_away:
            yield referral, pair


def _both(scope: Scope) -> Iterator[tuple[Referral, tuple[Pair, Pair]]]:
    for referral, depression in _pairs(scope, "phq9"):
        anxiety = _pair(scope, "gad7", referral)
        if anxiety:
            yield referral, (depression, anxiety)


def _cases(scope: Scope) -> Iterator[tuple[Referral, tuple[Pair, Pair]]]:
    for referral, both in _both(scope):
        if any(pair.began_clinical for pair in both):
            yield referral, both


def _latest_on(both: tuple[Pair, Pair]) -> date:
    return max(pair.latest_on for pair in both)


def _improves(both: tuple[Pair, Pair]) -> bool:
    is_better = any(pair.improves for pair in both)
    return is_better and not any(pair.deteriorates for pair in both)


def _is_no_case(both: tuple[Pair, Pair]) -> bool:
    return not any(pair.ends_clinical for pair in both)


def _changed_goals(scope: Scope) -> Iterator[tuple[Goal, int, date]]:
    for goal in scope.goals:
        later = _latest_rating(goal)
        if goal.kind == "gbo" and later and goal.baseline is not None:
            rated_on, value = later
            yield goal, value - goal.baseline, rated_on


def _latest_rating(goal: Goal) -> tuple[date, int] | None:
    return max(
        (rating for rating in goal.ratings if rating[0] > goal.set_on), default=None
    )


def _code(name: str, measure: str) -> str:
    """Return an indicator's code: that of ReQoL-10 needs no addition."""
    return name if measure == "reqol10" else f"{name}_{measure}"


CHANGES: Mapping[str, Facts] = {
    **{_code("pairing_rate", c): partial(pairing_rate, m) for c, m in PAIRED.items()},
    **{
        _code(name, measure): partial(fact, measure)
        for name, fact, measures in (
            ("reliable_improvement", reliable_improvement, WITH_CUT_OFF),
            ("reliable_deterioration", reliable_deterioration, WITH_CUT_OFF),
            ("reliable_recovery", reliable_recovery, WITH_CUT_OFF),
            ("reliable_improvement", reliable_improvement, DIALOG_ITEMS),
            ("reliable_deterioration", reliable_deterioration, DIALOG_ITEMS),
        )
        for measure in measures
    },
    "talking_therapies_improvement": talking_therapies_improvement,
    "talking_therapies_recovery": talking_therapies_recovery,
    "talking_therapies_reliable_recovery": talking_therapies_reliable_recovery,
    "goals_attained": goals_attained,
    "goals_attained_people": goals_attained_people,
    "measured_count": measured_count,
    "goals_deteriorated": goals_deteriorated,
    "goals_attained_gas": goals_attained_gas,
}
