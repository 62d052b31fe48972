"""First and latest score of a referral, and what changed between them.

Source: CMH PROMs Dashboard and its preparation of assessments, NHS England (github
nhsengland/MHSDS at dc7bf10). Chosen here: the latest score is of a later day than the
first, and what was completed before the referral was received is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from services.measures.instruments import QUESTIONNAIRES
from services.measures.instruments.change import compare, rounded, rounded_or_none
from services.measures.instruments.definition import GoalMeasure, Questionnaire
from services.measures.instruments.scoring import (
    GoalsScored,
    GoalValues,
    Scored,
    score,
    score_goals,
)
from services.measures.schemas import (
    AssessmentUse,
    GoalChange,
    GoalsChange,
    InstrumentChange,
    KeptAssessment,
    KeptGoal,
    UsedAs,
)

PAIRING_RULE = (
    "First and latest valid score by the day of completion, not of arrival, the latest"
    " on a later day than the first. Withdrawn and not scorable assessments, and those"
    " outside received_on to until, are left out. Unrounded scores are compared."
)
GOALS_RULE = (
    "Each goal by its own baseline (or first rating) and its latest rating on a later"
    " day; means over the goals that have both. Dropped goals count. A referral can"
    " have goals that improved and goals that deteriorated."
)


@dataclass(frozen=True, slots=True)
class Period:
    """The days that count, both included; None is open."""

    received_on: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """A score with its day; without one where it could not be scored."""

    id: str
    on: date
    score: Fraction | None


def pair(scores: Sequence[Dated], period: Period) -> tuple[Dated | None, Dated | None]:
    """Return the first and the latest valid score; the latest is of a later day.

    Scores of one day are told apart by their ids, so the answer is always the same.
    """
    valid = sorted(
        (one for one in scores if one.score is not None and _counts(one.on, period)),
        key=lambda one: (one.on, one.id),
    )
    if not valid:
        return None, None
    first, last = valid[0], valid[-1]
    return first, last if last.on > first.on else None


def _counts(on: date, period: Period) -> bool:
    return _outside(on, period) is None


def _outside(on: date, period: Period) -> UsedAs | None:
    if period.received_on is not None and on < period.received_on:
        return "before_referral"
    if period.until is not None and on > period.until:
        return "after_period"
    return None


def instrument_changes(
    assessments: Sequence[KeptAssessment], period: Period
) -> list[InstrumentChange]:
    """Compare the scores of each instrument that a referral has assessments of."""
    return [
        instrument_change(instrument, mine, period)
        for code, instrument in QUESTIONNAIRES.items()
        if (mine := [kept for kept in assessments if kept.recorded.instrument == code])
    ]


def instrument_change(
    instrument: Questionnaire, assessments: Sequence[KeptAssessment], period: Period
) -> InstrumentChange:
    """Compare the first and the latest score of one instrument in one referral."""
    scored = [
        (kept, score(instrument, kept.recorded.responses)) for kept in assessments
    ]
    first, last = pair([_dated(kept, result) for kept, result in scored], period)
    change = compare(_score(first), _score(last), instrument)
    return InstrumentChange(
        instrument=instrument.code,
        baseline_id=first.id if first else None,
        followup_id=last.id if last else None,
        baseline=rounded_or_none(change.first),
        followup=rounded_or_none(change.last),
        paired=change.is_paired,
        change=rounded_or_none(change.change),
        change_class=change.change_class,
        recovery_eligible=change.recovery_eligible,
        reliable_recovery=change.reliable_recovery,
        rule=PAIRING_RULE,
        reliable_change=instrument.reliable_change,
        cut_off=instrument.cut_off,
        assessments=[
            _use(kept, result, (first, last), period)
            for kept, result in sorted(scored, key=lambda one: _order(one[0]))
        ],
    )


def _score(one: Dated | None) -> Fraction | None:
    return one.score if one else None


def _dated(kept: KeptAssessment, result: Scored) -> Dated:
    sent = kept.recorded
    counted = None if kept.withdrawal else result.exact
    return Dated(sent.reference, sent.completed_on, counted)


def _order(kept: KeptAssessment) -> tuple[date, str]:
    return kept.recorded.completed_on, kept.recorded.reference


def _use(
    kept: KeptAssessment,
    result: Scored,
    ends: tuple[Dated | None, Dated | None],
    period: Period,
) -> AssessmentUse:
    sent = kept.recorded
    return AssessmentUse(
        reference=sent.reference,
        completed_on=sent.completed_on,
        status=result.status,
        score=rounded_or_none(result.exact),
        used_as=_used_as(kept, result, ends, period),
    )


def _used_as(
    kept: KeptAssessment,
    result: Scored,
    ends: tuple[Dated | None, Dated | None],
    period: Period,
) -> UsedAs:
    first, last = ends
    if kept.withdrawal:
        return "withdrawn"
    if result.exact is None:
        return "not_scorable"
    outside = _outside(kept.recorded.completed_on, period)
    if outside is not None:
        return outside
    if first and kept.recorded.reference == first.id:
        return "baseline"
    if last and kept.recorded.reference == last.id:
        return "followup"
    is_same_day = first and kept.recorded.completed_on == first.on
    return "same_day" if is_same_day else "between"


def goals_change(
    measure: GoalMeasure, goals: Sequence[KeptGoal], period: Period
) -> GoalsChange:
    """Compare the first and the latest rating of each goal of one referral."""
    values = [goal_values(kept, period) for kept in goals]
    scored = score_goals(measure, values)
    return GoalsChange(
        status="scored" if scored.paired else "not_scorable",
        n_goals=scored.n_goals,
        n_paired=len(scored.paired),
        mean_first=rounded_or_none(scored.mean_first),
        mean_last=rounded_or_none(scored.mean_last),
        mean_change=rounded_or_none(scored.mean_change),
        mean_class=scored.mean_class,
        any_improved=scored.any_improved,
        any_deteriorated=scored.any_deteriorated,
        goals=goal_changes(scored),
        unpaired=[goal.id for goal in values if goal.id not in scored.paired],
        rule=GOALS_RULE,
        reliable_change=measure.reliable_change,
        mean_threshold=measure.mean_change,
    )


def goal_values(kept: KeptGoal, period: Period) -> GoalValues:
    """Return the first and the latest rating of a goal; its baseline is the first."""
    goal = kept.goal
    ratings = [(rating.rated_on, rating.value) for rating in kept.ratings]
    if goal.baseline is not None:
        others = [one for one in ratings if one[0] != goal.set_on]
        ratings = [(goal.set_on, goal.baseline), *others]
    dated = [Dated(day.isoformat(), day, Fraction(value)) for day, value in ratings]
    first, last = pair(dated, period)
    return GoalValues(goal.reference, _whole(first), _whole(last))


def _whole(rating: Dated | None) -> int | None:
    value = _score(rating)
    return None if value is None else int(value)


def goal_changes(scored: GoalsScored) -> list[GoalChange]:
    """Return what is told of each paired goal."""
    return [
        GoalChange(
            id=reference,
            first=int(change.first),
            last=int(change.last),
            change=rounded(change.change),
            change_class=change.change_class,
        )
        for reference, change in scored.paired.items()
        if change.first is not None
        and change.last is not None
        and change.change is not None
    ]
