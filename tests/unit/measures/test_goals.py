"""What can happen to a goal, and what of it is published."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.measures.rules.goals import (
    changed,
    check_goal,
    dropped,
    goal_state,
    rated,
)
from services.measures.schemas import DroppingIn, GoalIn, KeptGoal, RatingIn
from shared.identity import Identity
from shared.problems import InvalidContent
from tests.unit.measures.definitions import INSTRUMENTS

TODAY = date(2026, 6, 1)
WORDS = "walk to the shop on my own"


def a_goal(**changes: Any) -> GoalIn:  # noqa: ANN401
    usual: dict[str, Any] = {
        "reference": "G-1",
        "referral": "LW-1",
        "kind": "gbo",
        "words": WORDS,
        "set_on": "2026-01-10",
        "baseline": 2,
    }
    return GoalIn.model_validate(usual | changes)


def a_rating(on: str, value: int = 5) -> RatingIn:
    return RatingIn.model_validate({"rated_on": on, "value": value})


def a_dropping(on: str) -> DroppingIn:
    return DroppingIn.model_validate({"dropped_on": on})


KEPT = KeptGoal(goal=a_goal())


def test_a_rating_is_added_in_order_of_days() -> None:
    late, early = a_rating("2026-05-01"), a_rating("2026-02-01")
    once = rated(KEPT, late, INSTRUMENTS, TODAY)
    assert once is not None
    twice = rated(once, early, INSTRUMENTS, TODAY)
    assert twice is not None
    assert twice.ratings == [early, late]


def test_the_same_rating_again_changes_nothing() -> None:
    rating = a_rating("2026-02-01")
    assert (
        rated(KEPT.model_copy(update={"ratings": [rating]}), rating, INSTRUMENTS, TODAY)
        is None
    )


def test_another_rating_of_the_same_day_replaces_the_first() -> None:
    kept = KEPT.model_copy(update={"ratings": [a_rating("2026-02-01", 4)]})
    after = rated(kept, a_rating("2026-02-01", 7), INSTRUMENTS, TODAY)
    assert after is not None
    assert after.ratings == [a_rating("2026-02-01", 7)]


@pytest.mark.parametrize(
    ("rating", "pointer"),
    [
        (a_rating("2026-02-01", 11), "/value"),
        (a_rating("2026-02-01", -1), "/value"),
        (a_rating("2026-01-09"), "/rated_on"),
        (a_rating("2026-06-03"), "/rated_on"),
    ],
)
def test_a_rating_that_cannot_be_is_refused(rating: RatingIn, pointer: str) -> None:
    with pytest.raises(InvalidContent) as refused:
        rated(KEPT, rating, INSTRUMENTS, TODAY)
    assert [field.pointer for field in refused.value.errors] == [pointer]


@pytest.mark.parametrize(
    ("goal", "pointer"),
    [
        (a_goal(kind="gas", baseline=None), "/baseline"),
        (a_goal(kind="gas", baseline=0), "/baseline"),
        (a_goal(kind="gas", baseline=-3), "/baseline"),
        (a_goal(kind="gas", baseline=-1, importance=4, difficulty=1), "/importance"),
        (a_goal(kind="gas", baseline=-1, importance=1, difficulty=-1), "/difficulty"),
        (a_goal(kind="gas", baseline=-1, importance=1), "/difficulty"),
        (a_goal(kind="gas", baseline=-1, difficulty=1), "/importance"),
        (a_goal(importance=1), "/importance"),
        (a_goal(difficulty=1), "/difficulty"),
        (a_goal(baseline=11), "/baseline"),
        (a_goal(set_on="2026-06-03"), "/set_on"),
    ],
)
def test_a_goal_that_cannot_be_is_refused(goal: GoalIn, pointer: str) -> None:
    with pytest.raises(InvalidContent) as refused:
        check_goal(goal, INSTRUMENTS, TODAY)
    assert [field.pointer for field in refused.value.errors] == [pointer]


def test_a_goal_cannot_be_set_after_it_was_rated() -> None:
    kept = KEPT.model_copy(update={"ratings": [a_rating("2026-02-01")]})
    with pytest.raises(InvalidContent):
        changed(kept, a_goal(set_on="2026-03-01"), INSTRUMENTS, TODAY)


def test_words_can_be_corrected() -> None:
    after = changed(KEPT, a_goal(words="walk to the shop"), INSTRUMENTS, TODAY)
    assert after is not None
    assert after.goal.words == "walk to the shop"
    assert changed(KEPT, a_goal(), INSTRUMENTS, TODAY) is None


def test_a_goal_is_dropped_once() -> None:
    dropping = a_dropping("2026-03-01")
    after = dropped(KEPT, dropping, TODAY)
    assert after is not None
    assert dropped(after, dropping, TODAY) is None


def test_a_goal_is_not_dropped_before_it_was_set() -> None:
    with pytest.raises(InvalidContent):
        dropped(KEPT, a_dropping("2026-01-01"), TODAY)


def test_what_is_published_has_ratings_and_no_words() -> None:
    kept = KEPT.model_copy(update={"ratings": [a_rating("2026-02-01", 4)]})
    now = datetime(2026, 6, 1, tzinfo=UTC)
    state = goal_state(kept, "RTEST", Identity(b"x" * 32, "k"), now)
    assert [rating.value for rating in state.ratings] == [4]
    said = state.model_dump_json()
    assert WORDS not in said
    assert "G-1" not in said
    assert "LW-1" not in said


def test_importance_and_difficulty_are_published_with_their_product() -> None:
    goal = a_goal(kind="gas", baseline=-1, importance=3, difficulty=2)
    now = datetime(2026, 6, 1, tzinfo=UTC)
    state = goal_state(KeptGoal(goal=goal), "RTEST", Identity(b"x" * 32, "k"), now)
    assert (state.weight, state.importance, state.difficulty) == (6, 3, 2)


def test_a_goal_without_importance_and_difficulty_has_no_weight() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    state = goal_state(KEPT, "RTEST", Identity(b"x" * 32, "k"), now)
    assert (state.weight, state.importance, state.difficulty) == (None, None, None)


@pytest.mark.parametrize("value", [-3, 3])
def test_a_rating_of_a_scaled_goal_is_from_minus_two_to_two(value: int) -> None:
    kept = KeptGoal(goal=a_goal(kind="gas", baseline=-1))
    with pytest.raises(InvalidContent):
        rated(kept, a_rating("2026-02-01", value), INSTRUMENTS, TODAY)
    assert rated(kept, a_rating("2026-02-01", 2), INSTRUMENTS, TODAY) is not None


def test_a_goal_with_ratings_stays_of_its_kind() -> None:
    kept = KEPT.model_copy(update={"ratings": [a_rating("2026-02-01")]})
    with pytest.raises(InvalidContent) as refused:
        changed(kept, a_goal(kind="gas", baseline=-1), INSTRUMENTS, TODAY)
    assert [field.pointer for field in refused.value.errors] == ["/kind"]
