"""The sample's own scoring and definitions, by the cases of their sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from deploy.local.sample import build_sample
from deploy.local.sample.changes import CHANGES
from deploy.local.sample.pairs import Pair, pairs_of
from deploy.local.sample.records import Assessment, Goal, Referral
from deploy.local.sample.scope import Fact, Scope
from deploy.local.sample.scores import answered, measured, total

SAMPLE = build_sample()
GAP = None
REFERRAL = next(r for r in SAMPLE.referrals if r.decision is None and r.attended_on)
LATEST_ON = date(2026, 9, 14)

Items = Sequence[int | None]


def an_assessment(instrument: str, items: Items, **more: object) -> Assessment:
    made = Assessment("AS-1", REFERRAL, instrument, LATEST_ON, "person", "phone")
    return replace(made, items=tuple(items), **more)  # type: ignore[arg-type]


def a_pair(measure: str, first: int, latest: int, day: date = LATEST_ON) -> Pair:
    return Pair(measure, Fraction(first), Fraction(latest), day)


def a_goal(kind: str, baseline: int | None, *values: int, **more: object) -> Goal:
    ratings = tuple((date(2026, 5, n), value) for n, value in enumerate(values, 2))
    goal = Goal("GO-1", REFERRAL, kind, "", date(2026, 5, 1), baseline, ratings)
    return replace(goal, **more)  # type: ignore[arg-type]


def counted(
    indicator: str,
    *pairs: Pair,
    goals: Sequence[Goal] = (),
    referral: Referral = REFERRAL,
) -> list[tuple[int, int]]:
    """Return numerator and denominator of each fact of one referral."""
    found = facts(indicator, pairs, goals, referral)
    return [(fact.numerator, fact.denominator) for fact in found]


def facts(
    indicator: str,
    pairs: Sequence[Pair],
    goals: Sequence[Goal] = (),
    referral: Referral = REFERRAL,
) -> list[Fact]:
    by_measure = {pair.measure: {referral.key: pair} for pair in pairs}
    scope = Scope([referral], list(goals), [], by_measure, {})
    return list(CHANGES[indicator](scope))


@pytest.mark.parametrize(
    ("instrument", "items", "score"),
    [
        ("reqol10", [1, 2, 2, 3, 1, 4, 2, 1, 2, 1], 19),
        ("reqol10", [2, 2, GAP, 3, 2, 2, 3, 2, 2, 2], Fraction(200, 9)),
        ("reqol10", [2, 2, GAP, 3, GAP, 2, 3, 2, 2, 2], None),
        ("reqol20", [*[2] * 18, GAP, GAP], 40),
        ("reqol20", [*[2] * 17, GAP, GAP, GAP], None),
        ("mansa", [*[4] * 10, GAP, GAP], 48),
        ("mansa", [*[4] * 9, GAP, GAP, GAP], None),
        ("swemwbs", [3] * 7, 21),
        ("swemwbs", [*[3] * 6, GAP], None),
        ("phq9", [2, 2, 1, 1, 1, 1, 2, 0, 1], 11),
        ("phq9", [2, 2, GAP, 1, 1, 1, 2, GAP, 0], Fraction(81, 7)),
        ("phq9", [2, 2, GAP, 1, 1, GAP, 2, GAP, 0], None),
        ("gad7", [2, 2, 2, GAP, 1, 1, 1], Fraction(21, 2)),
        ("gad7", [2, 2, GAP, GAP, GAP, 1, 1], None),
    ],
)
def test_totals_make_up_for_what_is_missing(
    instrument: str, items: Items, score: Fraction | None
) -> None:
    assert total(an_assessment(instrument, items)) == score


@pytest.mark.parametrize(
    ("items", "numbers"),
    [
        ([3, 4, 2, 5, 4, 5, 6, 5, 5, 4, 6], [*range(1, 12)]),
        ([3, 8, 2, 5, 4, 5, 6, 5, 5, 8, 6], [1, 3, 4, 5, 6, 7, 8, 9, 11]),
        ([3, GAP, GAP, 5, GAP, 5, 6, 5, 5, 4, 6], [1, 4, 6, 7, 8, 9, 10, 11]),
        ([3, GAP, GAP, 5, GAP, 5, 6, 5, 5, 8, GAP], []),
    ],
)
def test_dialog_items_count_where_one_scale_is_valid(
    items: Items, numbers: list[int]
) -> None:
    assert list(answered(an_assessment("dialog", items))) == numbers


def test_an_open_answer_has_no_score() -> None:
    assert not list(measured(an_assessment("safety", [], words="Yes.")))


def test_a_pair_is_of_the_first_and_latest_valid_day() -> None:
    days = [date(2026, 9, n) for n in (1, 2, 3, 4)]
    made = [
        an_assessment("gad7", [value] * 7, completed_on=day)
        for value, day in zip((3, 2, 1, 0), days, strict=True)
    ]
    made[0] = replace(made[0], completed_on=date(2020, 1, 1))
    made[3] = replace(made[3], is_withdrawn=True)
    [pair] = pairs_of(made)["gad7"].values()
    assert pair == a_pair("gad7", 14, 7, days[2])
    assert pairs_of([made[1], made[1]]) == {}


@pytest.mark.parametrize(
    ("measure", "first", "latest", "improves", "deteriorates"),
    [
        ("reqol10", 22, 27, True, False),
        ("reqol10", 23, 27, False, False),
        ("reqol10", 30, 25, False, True),
        ("reqol20", 40, 50, True, False),
        ("reqol20", 41, 50, False, False),
        ("phq9", 15, 9, True, False),
        ("phq9", 9, 15, False, True),
        ("gad7", 12, 8, True, False),
        ("gad7", 8, 11, False, False),
        ("dialog_q11", 4, 5, True, False),
        ("dialog_q01", 4, 3, False, True),
        ("dialog_q02", 4, 4, False, False),
    ],
)
def test_a_change_is_reliable_from_its_threshold_on(
    measure: str, first: int, latest: int, improves: bool, deteriorates: bool
) -> None:
    code = "" if measure == "reqol10" else f"_{measure}"
    pair = a_pair(measure, first, latest)
    assert counted(f"reliable_improvement{code}", pair) == [(int(improves), 1)]
    assert counted(f"reliable_deterioration{code}", pair) == [(int(deteriorates), 1)]


@pytest.mark.parametrize(
    ("measure", "first", "latest", "found"),
    [
        ("reqol10", 22, 27, [(1, 1)]),
        ("reqol10", 23, 27, [(0, 1)]),
        ("reqol10", 10, 16, [(0, 1)]),
        ("reqol10", 25, 40, []),
        ("reqol20", 40, 50, [(1, 1)]),
        ("reqol20", 49, 50, [(0, 1)]),
        ("phq9", 15, 9, [(1, 1)]),
        ("phq9", 16, 10, [(0, 1)]),
        ("phq9", 9, 0, []),
        ("gad7", 11, 7, [(1, 1)]),
        ("gad7", 8, 7, [(0, 1)]),
        ("gad7", 7, 0, []),
    ],
)
def test_recovery_is_of_those_who_began_in_the_clinical_range(
    measure: str, first: int, latest: int, found: list[tuple[int, int]]
) -> None:
    code = "" if measure == "reqol10" else f"_{measure}"
    pair = a_pair(measure, first, latest)
    assert counted(f"reliable_recovery{code}", pair) == found


@pytest.mark.parametrize(
    ("depression", "anxiety", "improvement", "recovery", "reliable_recovery"),
    [
        ((15, 9), (12, 7), [(1, 1)], [(1, 1)], [(1, 1)]),
        ((15, 9), (3, 7), [(0, 1)], [(1, 1)], [(0, 1)]),
        ((15, 9), (5, 8), [(1, 1)], [(0, 1)], [(0, 1)]),
        ((10, 9), (5, 5), [(0, 1)], [(1, 1)], [(0, 1)]),
        ((9, 3), (7, 3), [(1, 1)], [], []),
    ],
)
def test_talking_therapies_judge_both_together(
    depression: tuple[int, int],
    anxiety: tuple[int, int],
    improvement: list[tuple[int, int]],
    recovery: list[tuple[int, int]],
    reliable_recovery: list[tuple[int, int]],
) -> None:
    both = a_pair("phq9", *depression), a_pair("gad7", *anxiety)
    assert counted("talking_therapies_improvement", *both) == improvement
    assert counted("talking_therapies_recovery", *both) == recovery
    assert counted("talking_therapies_reliable_recovery", *both) == reliable_recovery


def test_talking_therapies_need_both_and_count_in_the_later_month() -> None:
    early, late = date(2026, 5, 3), date(2026, 6, 1)
    depression, anxiety = a_pair("phq9", 15, 9, late), a_pair("gad7", 9, 7, early)
    [fact] = facts("talking_therapies_recovery", [depression, anxiety])
    assert fact.month == "2026-06"
    assert not facts("talking_therapies_recovery", [depression])


def test_who_was_turned_away_is_left_out() -> None:
    away = next(r for r in SAMPLE.referrals if r.is_turned_away)
    pairs = a_pair("reqol10", 10, 30), a_pair("phq9", 20, 5), a_pair("gad7", 20, 5)
    for indicator in set(CHANGES) - {"goals_attained"}:
        assert not counted(indicator, *pairs, referral=away)


@pytest.mark.parametrize(
    ("goal", "attained", "deteriorated"),
    [
        (a_goal("gbo", 4, 7), [(1, 1)], [(0, 1)]),
        (a_goal("gbo", 4, 9, 1), [(0, 1)], [(1, 1)]),
        (a_goal("gbo", 4, 2), [(0, 1)], [(0, 1)]),
        (a_goal("gbo", 4, 8, dropped_on=date(2026, 6, 1)), [(1, 1)], [(0, 1)]),
        (a_goal("gbo", 4), [], []),
        (a_goal("gbo", None, 8), [], []),
        (a_goal("gas", -1, 2), [], []),
    ],
)
def test_goals_change_by_three_points(
    goal: Goal, attained: list[tuple[int, int]], deteriorated: list[tuple[int, int]]
) -> None:
    assert counted("goals_attained", goals=[goal]) == attained
    assert counted("goals_deteriorated", goals=[goal]) == deteriorated


@pytest.mark.parametrize(
    ("goal", "found"),
    [
        (a_goal("gas", -1, 0), [(1, 1)]),
        (a_goal("gas", -2, -1), [(0, 1)]),
        (a_goal("gas", -1, 2, -1, importance=3, difficulty=2), [(0, 1)]),
        (a_goal("gas", -1, 2, importance=0, difficulty=2), []),
        (a_goal("gas", -1), []),
        (a_goal("gbo", 1, 9), []),
    ],
)
def test_scaled_goals_are_attained_as_expected_or_better(
    goal: Goal, found: list[tuple[int, int]]
) -> None:
    assert counted("goals_attained_gas", goals=[goal]) == found
