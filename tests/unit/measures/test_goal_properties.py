"""What holds of goal-based outcomes for any ratings."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.measures.instruments.answers import InvalidResponses
from services.measures.instruments.goals import GoalValues, score_goals
from tests.unit.measures.definitions import GBO

RATING = st.integers(0, 10)
GOALS = st.lists(st.tuples(st.none() | RATING, st.none() | RATING), max_size=6).map(
    lambda ends: [GoalValues(f"g{n}", *pair) for n, pair in enumerate(ends)]
)
ORDER = ("reliable_deterioration", "no_reliable_change", "reliable_improvement")


@given(GOALS)
def test_means_are_of_the_goals_that_have_both_ratings(goals: list[GoalValues]) -> None:
    found = score_goals(GBO, goals)
    pairs = [
        (goal.first, goal.last)
        for goal in goals
        if goal.first is not None and goal.last is not None
    ]
    assert len(found.paired) == len(pairs)
    assert found.n_goals == len(goals)
    if not pairs:
        assert found.mean_class == "not_paired"
        assert found.mean_change is None
        return
    changes = [last - first for first, last in pairs]
    assert found.mean_change == Fraction(sum(changes), len(changes))
    assert found.any_improved == any(change >= 3 for change in changes)
    assert found.any_deteriorated == any(change <= -3 for change in changes)


@given(GOALS, st.randoms())
def test_the_order_of_goals_does_not_matter(
    goals: list[GoalValues], random: Random
) -> None:
    shuffled = list(goals)
    random.shuffle(shuffled)
    assert score_goals(GBO, shuffled) == score_goals(GBO, goals)


@given(RATING, RATING, RATING)
def test_a_better_last_rating_never_gives_a_worse_class(
    first: int, last: int, better: int
) -> None:
    last, better = sorted((last, better))
    found = [
        score_goals(GBO, [GoalValues("g", first, end)]).paired["g"].change_class
        for end in (last, better)
    ]
    assert ORDER.index(found[0]) <= ORDER.index(found[1])


@given(st.integers(max_value=-1) | st.integers(min_value=11))
def test_a_rating_outside_zero_to_ten_refuses_all(rating: int) -> None:
    with pytest.raises(InvalidResponses) as refused:
        score_goals(GBO, [GoalValues("g", rating, 5)])
    assert refused.value.reason == "out_of_range"
