"""T-scores of goal attainment hold what their formula promises."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.measures.instruments.goals import ScaledGoal, score_attainment
from services.measures.instruments.rounding import root
from tests.unit.measures.definitions import GAS

WEIGHT = st.integers(1, 3).flatmap(lambda n: st.integers(1, 3).map(lambda m: n * m))
GOAL = st.builds(ScaledGoal, WEIGHT, st.integers(-2, -1), st.integers(-2, 2))
GOALS = st.lists(GOAL, min_size=1, max_size=6)


@given(GOALS, st.integers(0, 5))
def test_a_better_rating_gives_a_better_score(
    goals: list[ScaledGoal], place: int
) -> None:
    goal = goals[place % len(goals)]
    if goal.final is None or goal.final == 2:
        return
    better = ScaledGoal(goal.weight, goal.baseline, goal.final + 1)
    after = [better if one is goal else one for one in goals]
    t_now = score_attainment(GAS, goals).t_final
    t_after = score_attainment(GAS, after).t_final
    assert t_now is not None
    assert t_after is not None
    assert t_after > t_now


@given(GOALS)
def test_all_as_expected_is_fifty(goals: list[ScaledGoal]) -> None:
    met = [ScaledGoal(goal.weight, goal.baseline, 0) for goal in goals]
    found = score_attainment(GAS, met)
    assert found.t_final == 50
    assert found.pct_attained == 100
    assert found.t_change is not None
    assert found.t_change > 0


@given(GOAL)
def test_the_weight_of_a_single_goal_cancels_out(goal: ScaledGoal) -> None:
    found = score_attainment(GAS, [goal])
    assert goal.final is not None
    assert found.t_baseline == 50 + 10 * goal.baseline
    assert found.t_final == 50 + 10 * goal.final


@given(GOALS, st.randoms())
def test_the_order_of_goals_does_not_matter(
    goals: list[ScaledGoal],
    random: Random,
) -> None:
    shuffled = list(goals)
    random.shuffle(shuffled)
    assert score_attainment(GAS, shuffled) == score_attainment(GAS, goals)


@given(GOALS, st.integers(-2, -1), st.integers(-2, 2))
def test_a_goal_of_weight_zero_changes_no_score(
    goals: list[ScaledGoal], baseline: int, final: int
) -> None:
    found = score_attainment(GAS, [*goals, ScaledGoal(0, baseline, final)])
    without = score_attainment(GAS, goals)
    assert (found.t_baseline, found.t_final) == (without.t_baseline, without.t_final)
    assert found.n_rated == without.n_rated + 1


@given(GOALS)
def test_goals_without_weights_weigh_the_same(goals: list[ScaledGoal]) -> None:
    light = [ScaledGoal(None, goal.baseline, goal.final) for goal in goals]
    even = [ScaledGoal(4, goal.baseline, goal.final) for goal in goals]
    found, expected = score_attainment(GAS, light), score_attainment(GAS, even)
    assert found.t_final is not None
    assert expected.t_final is not None
    difference = Fraction(found.t_final) - Fraction(expected.t_final)
    assert abs(difference) < Fraction(1, 10**40)


@given(GOALS)
def test_goals_some_with_and_some_without_a_weight_are_not_scored(
    goals: list[ScaledGoal],
) -> None:
    found = score_attainment(GAS, [*goals, ScaledGoal(None, -1, 0)])
    assert (found.status, found.reason) == ("not_scorable", "mixed_weights")
    assert found.t_final is None


@given(st.fractions(min_value=0, max_value=10**6))
def test_a_root_of_a_square_is_exact(value: Fraction) -> None:
    assert root(value * value) == value


@given(st.fractions(min_value=Fraction(1, 1000), max_value=10**6))
def test_any_other_root_is_exact_to_more_digits_than_are_published(
    value: Fraction,
) -> None:
    found = root(value)
    assert abs(found * found - value) < Fraction(1, 10**40) * value
