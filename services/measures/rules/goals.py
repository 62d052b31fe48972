"""What happens to a goal: set, rated, reworded, dropped."""

from __future__ import annotations

from datetime import date, datetime

from services.measures.instruments import Instruments
from services.measures.instruments.answers import InvalidResponses, check_in
from services.measures.instruments.definition import AttainmentMeasure
from services.measures.instruments.pieces import Range
from services.measures.problems import invalid_at
from services.measures.rules.assessments import check_not_ahead
from services.measures.schemas import DroppingIn, GoalIn, KeptGoal, RatingIn
from shared.events import GoalState, Rating
from shared.identity import Identity


def _check(value: int | None, allowed: Range, pointer: str) -> None:
    try:
        check_in(value, allowed, pointer)
    except InvalidResponses as fault:
        raise invalid_at(pointer, f"{fault.detail} ({fault.reason})") from fault


def check_goal(body: GoalIn, instruments: Instruments, today: date) -> None:
    """Refuse a goal that cannot be.

    Raises:
        InvalidContent: 422, its day, baseline or weight is not allowed for its kind.
    """
    check_not_ahead(body.set_on, today, "/set_on")
    measure = instruments.goal_measures[body.kind]
    if isinstance(measure, AttainmentMeasure):
        _check_scaled(body, measure)
        return
    _check(body.baseline, measure.rating, "/baseline")
    for name in ("importance", "difficulty"):
        if getattr(body, name) is not None:
            raise invalid_at(f"/{name}", "only goals of kind gas are weighted")


def _check_scaled(body: GoalIn, measure: AttainmentMeasure) -> None:
    if body.baseline is None:
        raise invalid_at("/baseline", "a goal of kind gas needs a baseline")
    _check(body.baseline, measure.baseline, "/baseline")
    if (body.importance is None) != (body.difficulty is None):
        absent = "importance" if body.importance is None else "difficulty"
        raise invalid_at(f"/{absent}", "give importance and difficulty, or neither")
    for name in ("importance", "difficulty"):
        _check(getattr(body, name), measure.weights, f"/{name}")


def rated(
    kept: KeptGoal, rating: RatingIn, instruments: Instruments, today: date
) -> KeptGoal | None:
    """Return the goal with a rating, one a day; None if it has just that.

    Raises:
        InvalidContent: 422, its day or value is not allowed.
    """
    check_not_ahead(rating.rated_on, today, "/rated_on")
    allowed = instruments.goal_measures[kept.goal.kind].rating
    _check(rating.value, allowed, "/value")
    if rating.rated_on < kept.goal.set_on:
        raise invalid_at("/rated_on", "the goal was set on a later day")
    if rating in kept.ratings:
        return None
    others = [known for known in kept.ratings if known.rated_on != rating.rated_on]
    after = sorted([*others, rating], key=lambda one: one.rated_on)
    return kept.model_copy(update={"ratings": after})


def changed(
    kept: KeptGoal, right: GoalIn, instruments: Instruments, today: date
) -> KeptGoal | None:
    """Return the goal as it should have been set, or None if it was.

    Raises:
        InvalidContent: 422, it cannot be, or has ratings before its new day.
    """
    check_goal(right, instruments, today)
    if kept.goal == right:
        return None
    if kept.ratings and kept.goal.kind != right.kind:
        raise invalid_at("/kind", "the goal has ratings on the scale of its kind")
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
        weight=goal.weight,
        importance=goal.importance,
        difficulty=goal.difficulty,
        ratings=[Rating(**dict(rating)) for rating in kept.ratings],
        dropped_on=kept.dropping.dropped_on if kept.dropping else None,
    )
