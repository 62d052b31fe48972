"""Pairs, change and recovery are what their cases say."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.measures.instruments.change import compare
from services.measures.instruments.rounding import rounded, rounded_or_none
from services.measures.rules.change import compared_of, told
from services.measures.rules.goal_change import goal_values
from services.measures.rules.pairing import Dated, Period, pair
from services.measures.schemas import (
    AssessmentIn,
    KeptAssessment,
    KeptGoal,
    WithdrawalIn,
)
from tests.unit.measures.definitions import QUESTIONNAIRES
from tests.unit.measures.vectors import cases

REQOL10 = QUESTIONNAIRES["reqol10"]


def exact(value: float | None) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def period_of(case: dict[str, Any]) -> Period:
    sent = case["responses"]
    return Period(
        date.fromisoformat(sent["referral_received"]),
        date.fromisoformat(sent["period_end"]),
    )


@pytest.mark.parametrize("case", cases("pairing"))
def test_scores_are_paired_as_the_case_says_in_whatever_order_they_arrive(
    case: dict[str, Any],
) -> None:
    scores = [
        Dated(one["id"], date.fromisoformat(one["date"]), exact(one["score"]))
        for one in case["responses"]["assessments"]
    ]
    for arrived in permutations(scores):
        first, last = pair(arrived, period_of(case))
        assert {
            "baseline_id": first.id if first else None,
            "followup_id": last.id if last else None,
            "paired": last is not None,
        } == case["expected"]


def test_a_change_of_exactly_the_threshold_between_prorated_totals_is_reliable() -> (
    None
):
    change = compare(Fraction(200, 9), Fraction(245, 9), REQOL10)
    assert change.change_class == "reliable_improvement"


def test_a_change_that_only_rounds_up_to_the_threshold_is_not_reliable() -> None:
    change = compare(Fraction(20), Fraction(24_996, 1_000), REQOL10)
    assert rounded_or_none(change.change) == 5.0
    assert change.change_class == "no_reliable_change"


@pytest.mark.parametrize(
    ("value", "published"),
    [
        (Fraction(200, 9), 22.22),
        (Fraction(1, 200), 0.01),
        (Fraction(-1, 200), -0.01),
        (Fraction(1005, 1000), 1.01),
        (Fraction(0), 0.0),
    ],
)
def test_halves_are_rounded_away_from_zero(value: Fraction, published: float) -> None:
    assert rounded(value) == published


SCORE = st.integers(0, 360).map(lambda ninths: Fraction(ninths, 9))


@given(SCORE, SCORE)
def test_change_back_is_the_opposite_of_change_there(
    first: Fraction, last: Fraction
) -> None:
    there, back = compare(first, last, REQOL10), compare(last, first, REQOL10)
    assert there.change == -(back.change or 0)
    assert (there.change_class == "reliable_improvement") == (
        back.change_class == "reliable_deterioration"
    )


@given(SCORE, SCORE)
def test_only_who_began_in_the_clinical_range_can_recover(
    first: Fraction, last: Fraction
) -> None:
    change = compare(first, last, REQOL10)
    assert change.recovery_eligible == (first < 25)
    if change.reliable_recovery:
        assert first < 25 <= last
        assert last - first >= 5


def an_assessment(
    reference: str, on: date, item: int | None, *, is_withdrawn: bool = False
) -> KeptAssessment:
    sent = AssessmentIn.model_validate(
        {
            "reference": reference,
            "referral": "LW-1",
            "instrument": "reqol10",
            "completed_on": on.isoformat(),
            "completed_by": "person",
            "responses": {"items": [item] * 10},
        }
    )
    return KeptAssessment(
        recorded=sent, withdrawal=WithdrawalIn() if is_withdrawn else None
    )


def test_every_assessment_of_a_referral_is_accounted_for() -> None:
    [one] = compared_of(
        REQOL10,
        [
            an_assessment("later", date(2026, 7, 1), 4),
            an_assessment("last", date(2026, 6, 1), 3),
            an_assessment("middle", date(2026, 5, 1), 0),
            an_assessment("mistaken", date(2026, 4, 1), 4, is_withdrawn=True),
            an_assessment("empty", date(2026, 3, 1), None),
            an_assessment("first", date(2026, 2, 1), 1),
            an_assessment("first-again", date(2026, 2, 1), 1),
            an_assessment("before", date(2026, 1, 1), 0),
        ],
        Period(date(2026, 1, 15), date(2026, 6, 30)),
    )
    change = told(one)
    assert {use.reference: use.used_as for use in change.assessments} == {
        "before": "before_referral",
        "first": "baseline",
        "first-again": "same_day",
        "empty": "not_scorable",
        "mistaken": "withdrawn",
        "middle": "between",
        "last": "followup",
        "later": "after_period",
    }
    assert (change.baseline_id, change.followup_id) == ("first", "last")
    assert (change.change, change.reliable_recovery) == (20.0, True)


def a_goal(baseline: int | None, *ratings: tuple[str, int]) -> KeptGoal:
    goal = {
        "reference": "G-1",
        "referral": "LW-1",
        "kind": "gbo",
        "words": "see my sister",
        "set_on": "2026-01-10",
        "baseline": baseline,
    }
    rated = [{"rated_on": on, "value": value} for on, value in ratings]
    return KeptGoal.model_validate({"goal": goal, "ratings": rated})


def test_a_goal_without_a_baseline_begins_with_its_first_rating() -> None:
    kept = a_goal(None, ("2026-02-01", 3), ("2026-03-01", 6))
    values = goal_values(kept, Period())
    assert (values.first, values.last) == (3, 6)


def test_a_goal_rated_once_is_not_paired() -> None:
    values = goal_values(a_goal(None, ("2026-02-01", 3)), Period())
    assert (values.first, values.last) == (3, None)


def test_a_rating_on_the_day_a_goal_is_set_is_no_second_rating() -> None:
    values = goal_values(a_goal(2, ("2026-01-10", 6)), Period())
    assert (values.first, values.last) == (2, None)
