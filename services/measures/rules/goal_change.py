"""What changed between the first and the latest rating of a referral's goals."""

from __future__ import annotations

from collections.abc import Sequence

from services.measures.instruments.definition import AttainmentMeasure, GoalMeasure
from services.measures.instruments.goals import (
    GoalsScored,
    GoalValues,
    ScaledGoal,
    score_attainment,
    score_goals,
    weighting,
)
from services.measures.instruments.rounding import rounded, rounded_or_none
from services.measures.rules.pairing import Dated, Period, pair
from services.measures.schemas import KeptGoal
from services.measures.schemas.change import (
    AttainmentChange,
    GoalChange,
    GoalsChange,
    ScaledGoalOut,
)

GOALS_RULE = (
    "Each goal by its own baseline (or first rating) and its latest rating on a later"
    " day; means over the goals that have both. Dropped goals count. A referral can"
    " have goals that improved and goals that deteriorated."
)
ATTAINMENT_RULE = (
    "T = 50 + 10 * sum(w x) / sqrt((1 - rho) * sum(w^2) + rho * sum(w)^2), once with"
    " the baselines and once with the latest ratings on a later day, over the goals"
    " that have both. A weight is importance times difficulty: zero takes the goal out"
    " of T; where no goal has one, each weighs 1. Attained is 0 or better, of the rated"
    " goals. Dropped goals count."
)


def goals_change(
    measure: GoalMeasure, goals: Sequence[KeptGoal], period: Period
) -> GoalsChange | None:
    """Compare the goals of one referral that this measure follows, if it has any."""
    values = [goal_values(kept, period) for kept in _of(measure.code, goals)]
    if not values:
        return None
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


def _of(kind: str, goals: Sequence[KeptGoal]) -> list[KeptGoal]:
    mine = [kept for kept in goals if kept.goal.kind == kind]
    return sorted(mine, key=lambda kept: kept.goal.reference)


def goal_values(kept: KeptGoal, period: Period) -> GoalValues:
    """Return the first and the latest rating of a goal; its baseline is the first."""
    goal = kept.goal
    ratings = [(rating.rated_on, rating.value) for rating in kept.ratings]
    if goal.baseline is not None:
        others = [one for one in ratings if one[0] != goal.set_on]
        ratings = [(goal.set_on, goal.baseline), *others]
    dated = [Dated(day.isoformat(), day, value) for day, value in ratings]
    first, last = pair(dated, period)
    return GoalValues(goal.reference, _whole(first), _whole(last))


def _whole(rating: Dated | None) -> int | None:
    return None if rating is None or rating.score is None else int(rating.score)


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


def attainment_change(
    measure: AttainmentMeasure, goals: Sequence[KeptGoal], period: Period
) -> AttainmentChange | None:
    """Scale the goals of one referral that this measure follows, if it has any."""
    scaled = {
        kept.goal.reference: scaled_goal(kept, period)
        for kept in _of(measure.code, goals)
    }
    if not scaled:
        return None
    found = score_attainment(measure, list(scaled.values()))
    has_change = found.t_change is not None
    rated = [goal for goal in scaled.values() if goal.final is not None]
    return AttainmentChange(
        status=found.status,
        reason=found.reason,
        n_goals=found.n_goals,
        n_rated=found.n_rated,
        t_baseline=rounded_or_none(found.t_baseline),
        t_final=rounded_or_none(found.t_final),
        t_change=rounded_or_none(found.t_change),
        n_attained=found.n_attained,
        pct_attained=None
        if found.pct_attained is None
        else rounded(found.pct_attained, 1),
        change_class="not_classifiable" if has_change else "not_paired",
        mode=weighting(rated or list(scaled.values())),
        goals=[_scaled_out(reference, goal) for reference, goal in scaled.items()],
        rule=ATTAINMENT_RULE,
        correlation=measure.correlation,
    )


def without_weight(kept: KeptGoal) -> KeptGoal:
    """Return a goal as if it had been set without importance and difficulty."""
    light = {"importance": None, "difficulty": None}
    return kept.model_copy(update={"goal": kept.goal.model_copy(update=light)})


def scaled_goal(kept: KeptGoal, period: Period) -> ScaledGoal:
    """Return a goal with its latest rating of a later day than it was set on.

    One that was set outside the period has no baseline there, so no final rating.
    """
    goal = kept.goal
    values = goal_values(kept, period)
    counts = period.outside(goal.set_on) is None
    return ScaledGoal(goal.weight, goal.baseline or 0, values.last if counts else None)


def _scaled_out(reference: str, goal: ScaledGoal) -> ScaledGoalOut:
    return ScaledGoalOut(
        id=reference,
        weight=goal.weight,
        baseline=goal.baseline,
        final=goal.final,
        is_attained=None if goal.final is None else goal.final >= 0,
    )
