"""A person's goals, in their own words, with how far they said they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.measures.pages import words
from services.measures.pages.chart import Chart, Scale, Value, chart
from services.measures.schemas import KeptGoal
from shared.links.pages import day

RATED = Scale([(0, "0"), (5, "5"), (10, "10")])
SCALED = Scale(
    [(-2, "much less"), (0, "as expected"), (2, "much more")], 106, has_numbers=False
)


@dataclass(frozen=True, slots=True)
class GoalView:
    """One goal as its owner reads it."""

    words: str
    set_on: str
    let_go_on: str | None
    sentence: str
    scale: str
    values: Sequence[Value]
    chart: Chart | None


def goals_of(goals: Sequence[KeptGoal]) -> list[GoalView]:
    """Return goals to read: those that are still goals first, the oldest first."""
    ordered = sorted(goals, key=lambda one: (one.dropping is not None, one.goal.set_on))
    return [goal_view(one) for one in ordered]


def goal_view(kept: KeptGoal) -> GoalView:
    """Return a goal to read."""
    is_scaled = kept.goal.kind == "gas"
    values = values_of(kept)
    return GoalView(
        words=kept.goal.words,
        set_on=day(kept.goal.set_on),
        let_go_on=day(kept.dropping.dropped_on) if kept.dropping else None,
        sentence=scaled_sentence(values) if is_scaled else rated_sentence(values),
        scale="" if is_scaled else "0 means not there at all, 10 means fully there.",
        values=values,
        chart=chart(values, SCALED if is_scaled else RATED),
    )


def values_of(kept: KeptGoal) -> list[Value]:
    """Return the first rating and all later ones."""
    goal, levels = kept.goal, words.texts().levels
    given = [(rating.rated_on, rating.value) for rating in kept.ratings]
    if goal.baseline is not None:
        given = [(goal.set_on, goal.baseline), *given]
    return [
        Value(on, value, levels[str(value)] if goal.kind == "gas" else str(value))
        for on, value in given
    ]


def rated_sentence(values: Sequence[Value]) -> str:
    """Say where a goal stands from 0 to 10."""
    if not values:
        return "You have not said yet how far you are."
    first, last = values[0], values[-1]
    if len(values) == 1:
        return f"You said {first.text} out of 10 on {day(first.on)}."
    said = (
        f"You started at {first.text} out of 10, and said {last.text} on {day(last.on)}"
    )
    change = int(last.value or 0) - int(first.value or 0)
    if change == 0:
        return f"{said}: where you began."
    return f"{said}: {abs(change)} {'closer' if change > 0 else 'further away'}."


def scaled_sentence(values: Sequence[Value]) -> str:
    """Say where a goal stands, measured by what was expected."""
    first, last = values[0], values[-1]
    if len(values) == 1:
        return f"You started at “{first.text}”."
    return (
        f"You started at “{first.text}”, and on {day(last.on)} you were at"
        f" “{last.text}”."
    )
