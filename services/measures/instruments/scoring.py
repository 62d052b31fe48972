"""Scoring: pure functions from what was answered to scores; no item wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from services.measures.instruments.change import (
    Change,
    ChangeClass,
    classify,
    compare,
    rounded,
)
from services.measures.instruments.definition import (
    GoalMeasure,
    Questionnaire,
    Range,
)
from shared.events import ScoreStatus, ScoreValue

Reason = Literal[
    "not_integer", "out_of_range", "wrong_item_count", "wrong_shape", "unknown_field"
]
Responses = Mapping[str, object]
ITEM_FIELDS = frozenset({"items", "choices", "reverse_items"})


class InvalidResponses(ValueError):
    """What was answered breaks the instrument's rules; nothing may be stored.

    Attributes:
        reason: Which rule, as a code.
        pointer: Where, as a JSON pointer into the responses.
    """

    def __init__(self, reason: Reason, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of one assessment.

    Attributes:
        items: Item scores, after reversing.
        scores: What is published, rounded.
        exact: The unrounded score that change is computed from.
    """

    status: ScoreStatus
    items: list[int | None]
    scores: dict[str, ScoreValue]
    exact: Fraction | None


def score_sum(instrument: Questionnaire, responses: Responses) -> Scored:
    """Add the items up; missing ones, within the limit, by the person's own mean.

    Items are whole numbers in range or null. `choices` are option indexes as printed
    on the form; those listed in `reverse_items` (1 is the first) are turned round.

    Raises:
        InvalidResponses: a value, or the number of values, is not allowed.
    """
    items = _item_scores(instrument, responses)
    answered = [item for item in items if item is not None]
    n_missing = len(items) - len(answered)
    separate = _separate_items(instrument, responses)
    if n_missing > instrument.missing.most:
        nothing: dict[str, ScoreValue] = {
            "reason": "too_many_missing",
            "n_missing": n_missing,
            "total": None,
            **separate,
            "range": None,
        }
        return Scored("not_scorable", items, nothing, None)
    total = Fraction(sum(answered) * len(items), len(answered))
    scores: dict[str, ScoreValue] = {"n_missing": n_missing, "total": rounded(total)}
    scores.update(separate)
    cut_off = instrument.cut_off
    if cut_off is not None:
        is_below = total < cut_off.value
        scores["range"] = cut_off.below if is_below else cut_off.otherwise
    return Scored("prorated" if n_missing else "scored", items, scores, total)


SCORING: dict[str, Callable[[Questionnaire, Responses], Scored]] = {"sum": score_sum}


def score(instrument: Questionnaire, responses: Responses) -> Scored:
    """Score an assessment by its instrument's rule.

    Raises:
        InvalidResponses: a value, or the number of values, is not allowed.
    """
    return SCORING[instrument.scoring](instrument, responses)


def check_value(value: object, allowed: Range, pointer: str) -> None:
    """Refuse what is neither a whole number in range nor null.

    Raises:
        InvalidResponses: it is not; a boolean is no number.
    """
    if value is None:
        return
    if type(value) is not int:
        detail = "a whole number or null is needed"
        raise InvalidResponses("not_integer", pointer, detail)
    if not allowed.lowest <= value <= allowed.highest:
        detail = f"it must be from {allowed.lowest} to {allowed.highest}"
        raise InvalidResponses("out_of_range", pointer, detail)


def _values(
    responses: Responses, name: str, count: int, allowed: Range
) -> list[int | None]:
    values = responses[name]
    if not isinstance(values, list):
        raise InvalidResponses("wrong_shape", f"/{name}", "a list is needed")
    if len(values) != count:
        detail = f"{count} values are needed, not {len(values)}"
        raise InvalidResponses("wrong_item_count", f"/{name}", detail)
    lowest, highest = allowed.lowest, allowed.highest
    for index, value in enumerate(values):
        if value is None or (type(value) is int and lowest <= value <= highest):
            continue
        check_value(value, allowed, f"/{name}/{index}")
    return values


def _item_scores(instrument: Questionnaire, responses: Responses) -> list[int | None]:
    for name in responses:
        if name not in ITEM_FIELDS and name not in instrument.separate_items:
            known = ", ".join(sorted(ITEM_FIELDS | instrument.separate_items.keys()))
            detail = f"there is a field that is none of {known}"
            raise InvalidResponses("unknown_field", "", detail)
    allowed = instrument.items
    if ("items" in responses) == ("choices" in responses):
        detail = "give either `items` or `choices` with `reverse_items`"
        raise InvalidResponses("wrong_shape", "/items", detail)
    if "items" in responses:
        if "reverse_items" in responses:
            detail = "`items` are scores already; only `choices` are reversed"
            raise InvalidResponses("wrong_shape", "/reverse_items", detail)
        return _values(responses, "items", allowed.count, allowed)
    choices = _values(responses, "choices", allowed.count, allowed)
    turned = _reverse_key(responses.get("reverse_items"), allowed.count)
    both_ends = allowed.lowest + allowed.highest
    return [
        both_ends - choice if choice is not None and number in turned else choice
        for number, choice in enumerate(choices, 1)
    ]


def _reverse_key(listed: object, count: int) -> set[int]:
    if not isinstance(listed, list):
        detail = "`choices` need the list of reversed items of your licensed form"
        raise InvalidResponses("wrong_shape", "/reverse_items", detail)
    numbers = set()
    for index, number in enumerate(listed):
        pointer = f"/reverse_items/{index}"
        if type(number) is not int:
            raise InvalidResponses("not_integer", pointer, "an item number is needed")
        if not 1 <= number <= count:
            detail = f"items are numbered 1 to {count}"
            raise InvalidResponses("out_of_range", pointer, detail)
        numbers.add(number)
    return numbers


def _separate_items(
    instrument: Questionnaire, responses: Responses
) -> dict[str, ScoreValue]:
    separate: dict[str, ScoreValue] = {}
    for name, allowed in instrument.separate_items.items():
        value = responses.get(name)
        check_value(value, allowed, f"/{name}")
        separate[name] = value  # type: ignore[assignment]  # it was just looked at
    return separate


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
    mean_first: Fraction | None
    mean_last: Fraction | None
    mean_change: Fraction | None
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
        check_value(goal.first, measure.rating, f"/goals/{index}/first")
        check_value(goal.last, measure.rating, f"/goals/{index}/last")
        if goal.first is not None and goal.last is not None:
            ends = Fraction(goal.first), Fraction(goal.last)
            paired[goal.id] = compare(*ends, measure)
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


def _mean(values: Sequence[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    return sum(known, Fraction()) / len(known) if known else None
