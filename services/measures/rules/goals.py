"""What happens to a goal: set, rated, reworded, dropped."""

from __future__ import annotations

from datetime import date, datetime

from services.measures.instruments import GOAL_MEASURES
from services.measures.instruments.scoring import InvalidResponses, check_value
from services.measures.problems import invalid_at
from services.measures.rules.assessments import check_not_ahead
from services.measures.schemas import DroppingIn, GoalIn, KeptGoal, RatingIn
from shared.events import GoalState, Rating
from shared.identity import Identity


def _check_rating(kind: str, value: int | None, pointer: str) -> None:
    try:
        check_value(value, GOAL_MEASURES[kind].rating, pointer)
    except InvalidResponses as fault:
        raise invalid_at(pointer, f"{fault.detail} ({fault.reason})") from fault


def check_goal(body: GoalIn, today: date) -> None:
    """Refuse a goal that cannot be.

    Raises:
        InvalidContent: 422, its kind, day or baseline is not allowed.
    """
    if body.kind not in GOAL_MEASURES:
        known = ", ".join(GOAL_MEASURES)
        detail = f"goals of kind {body.kind} cannot be followed yet; there are: {known}"
        raise invalid_at("/kind", detail)
    check_not_ahead(body.set_on, today, "/set_on")
    _check_rating(body.kind, body.baseline, "/baseline")


def rated(kept: KeptGoal, rating: RatingIn, today: date) -> KeptGoal | None:
    """Return the goal with a rating, one a day; None if it has just that.

    Raises:
        InvalidContent: 422, its day or value is not allowed.
    """
    check_not_ahead(rating.rated_on, today, "/rated_on")
    _check_rating(kept.goal.kind, rating.value, "/value")
    if rating.rated_on < kept.goal.set_on:
        raise invalid_at("/rated_on", "the goal was set on a later day")
    if rating in kept.ratings:
        return None
    others = [known for known in kept.ratings if known.rated_on != rating.rated_on]
    after = sorted([*others, rating], key=lambda one: one.rated_on)
    return kept.model_copy(update={"ratings": after})


def changed(kept: KeptGoal, right: GoalIn, today: date) -> KeptGoal | None:
    """Return the goal as it should have been set, or None if it was.

    Raises:
        InvalidContent: 422, it cannot be, or has ratings before its new day.
    """
    check_goal(right, today)
    if kept.goal == right:
        return None
    if any(rating.rated_on < right.set_on for rating in kept.ratings):
        raise invalid_at("/set_on", "the goal has ratings from before this day")
    return kept.model_copy(update={"goal": right})


def dropped(kept: KeptGoal, dropping: DroppingIn, today: date) -> KeptGoal | None:
    """Return the dropped goal, or None if it is dropped just so.

    Raises:
        InvalidContent: 422, the day is before the goal was set or in the future.
    """
    check_not_ahead(dropping.dropped_on, today, "/dropped_on")
    if dropping.dropped_on < kept.goal.set_on:
        raise invalid_at("/dropped_on", "the goal was set on a later day")
    if kept.dropping == dropping:
        return None
    return kept.model_copy(update={"dropping": dropping})


def goal_state(
    kept: KeptGoal, organisation: str, identity: Identity, recorded_at: datetime
) -> GoalState:
    """Derive what is published from what is kept: ratings, never the words."""
    goal = kept.goal
    return GoalState(
        id=identity.entity_id(organisation, "goal", goal.reference),
        organisation=organisation,
        recorded_at=recorded_at,
        referral=identity.entity_id(organisation, "referral", goal.referral),
        kind=goal.kind,
        set_on=goal.set_on,
        baseline=goal.baseline,
        ratings=[Rating(**dict(rating)) for rating in kept.ratings],
        dropped_on=kept.dropping.dropped_on if kept.dropping else None,
    )
