"""What became of a referral's goals: each on its own, or as one T-score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from services.measures.instruments.answers import check_in
from services.measures.instruments.change import (
    Change,
    ChangeClass,
    classify,
    compare,
)
from services.measures.instruments.definition import AttainmentMeasure, GoalMeasure
from services.measures.instruments.pieces import Number
from services.measures.instruments.rounding import root

AttainmentReason = Literal["zero_weights", "no_final_rating", "mixed_weights"]


@dataclass(frozen=True, slots=True)
class GoalValues:
    """First and last rating of one goal, where there are any."""

    id: str
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class GoalsScored:
    """What became of the goals of one referral; means are over the paired goals.

    A referral may have goals that improved and goals that deteriorated: both are told.
    """

    n_goals: int
    mean_first: Number | None
    mean_last: Number | None
    mean_change: Number | None
    mean_class: ChangeClass
    paired: dict[str, Change]
    any_improved: bool
    any_deteriorated: bool


def score_goals(measure: GoalMeasure, goals: Sequence[GoalValues]) -> GoalsScored:
    """Compare the goals of one referral, each on its own and on their mean.

    Raises:
        InvalidResponses: a rating is out of range.
    """
    paired: dict[str, Change] = {}
    for index, goal in enumerate(goals):
        check_in(goal.first, measure.rating, f"/goals/{index}/first")
        check_in(goal.last, measure.rating, f"/goals/{index}/last")
        if goal.first is not None and goal.last is not None:
            paired[goal.id] = compare(goal.first, goal.last, measure)
    first = _mean([one.first for one in paired.values()])
    last = _mean([one.last for one in paired.values()])
    change = None if first is None or last is None else last - first
    classes = {one.change_class for one in paired.values()}
    return GoalsScored(
        n_goals=len(goals),
        mean_first=first,
        mean_last=last,
        mean_change=change,
        mean_class="not_paired"
        if change is None
        else classify(change, measure.mean_change.threshold),
        paired=paired,
        any_improved="reliable_improvement" in classes,
        any_deteriorated="reliable_deterioration" in classes,
    )


def _mean(values: Sequence[Number | None]) -> Number | None:
    known = [Fraction(value) for value in values if value is not None]
    return sum(known, Fraction()) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class ScaledGoal:
    """A goal on the scale of -2 to 2; its weight is importance times difficulty."""

    weight: int | None
    baseline: int
    final: int | None


@dataclass(frozen=True, slots=True)
class Attained:
    """How far the goals of one referral were attained; 50 is as expected.

    Only goals with a final rating enter either T-score, and `n_attained` of `n_rated`.
    """

    status: Literal["scored", "not_scorable", "invalid"]
    reason: AttainmentReason | None
    n_goals: int
    n_rated: int
    n_attained: int
    t_baseline: Number | None = None
    t_final: Number | None = None

    @property
    def t_change(self) -> Number | None:
        """Final less baseline, both unrounded."""
        if self.t_final is None or self.t_baseline is None:
            return None
        return self.t_final - self.t_baseline

    @property
    def pct_attained(self) -> Number | None:
        """Percent of the rated goals that went as expected or better."""
        return Fraction(100 * self.n_attained, self.n_rated) if self.n_rated else None


def score_attainment(
    measure: AttainmentMeasure, goals: Sequence[ScaledGoal]
) -> Attained:
    """Scale the goals of one referral; a goal of weight zero drops out of the T-scores.

    Where no goal has a weight, each weighs 1 (GAS-light); some with and some without
    cannot be scored.

    Raises:
        InvalidResponses: a rating is out of range.
    """
    for index, goal in enumerate(goals):
        check_in(goal.baseline, measure.baseline, f"/goals/{index}/baseline")
        check_in(goal.final, measure.rating, f"/goals/{index}/final")
    rated = [goal for goal in goals if goal.final is not None]
    finals = [goal.final for goal in rated if goal.final is not None]
    counts = (len(goals), len(rated), sum(final >= 0 for final in finals))
    mode = weighting(rated)
    if not rated:
        return Attained("not_scorable", "no_final_rating", *counts)
    if mode == "mixed":
        return Attained("not_scorable", "mixed_weights", *counts)
    weights = [1 if goal.weight is None else goal.weight for goal in rated]
    if not any(weights):
        return Attained("invalid", "zero_weights", *counts)
    rho = measure.correlation.rho
    t_baseline = t_score(weights, [goal.baseline for goal in rated], rho)
    return Attained("scored", None, *counts, t_baseline, t_score(weights, finals, rho))


def weighting(
    goals: Sequence[ScaledGoal],
) -> Literal["weighted", "unweighted", "mixed"]:
    """Say whether all goals have a weight, or none, or only some."""
    with_weight = sum(goal.weight is not None for goal in goals)
    if not with_weight:
        return "unweighted"
    return "weighted" if with_weight == len(goals) else "mixed"


def t_score(weights: Sequence[int], levels: Sequence[int], rho: Number) -> Fraction:
    """Return T of levels of attainment with their weights, of which one is not zero.

    T = 50 + 10 * sum(w * x) / sqrt((1 - rho) * sum(w^2) + rho * sum(w)^2), Kiresuk and
    Sherman 1968; not the formula of the 2009 practical guide, which has an erratum.
    """
    attained = sum(
        weight * level for weight, level in zip(weights, levels, strict=True)
    )
    squares = sum(weight * weight for weight in weights)
    return 50 + 10 * attained / root((1 - rho) * squares + rho * sum(weights) ** 2)
