"""Every instrument scores its published cases, and nothing more than they say."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from services.measures.instruments.answers import InvalidResponses
from services.measures.instruments.change import (
    compare,
    judge_together,
    reliable_change_index,
)
from services.measures.instruments.definition import ScoredInstrument
from services.measures.instruments.goals import (
    GoalValues,
    ScaledGoal,
    score_attainment,
    score_goals,
)
from services.measures.instruments.pieces import Threshold
from services.measures.instruments.rounding import rounded, rounded_or_none
from services.measures.instruments.scoring import score
from services.measures.rules.goal_change import goal_changes
from tests.unit.measures.definitions import GAS, GBO, INSTRUMENTS, QUESTIONNAIRES
from tests.unit.measures.vectors import cases

Json = dict[str, Any]
OF_AN_INSTRUMENT = [
    pytest.param(code, *case.values, id=f"{code}-{case.id}")
    for code in QUESTIONNAIRES
    for case in cases(code)
]


def told(code: str, responses: Json) -> Json:
    try:
        scored = score(QUESTIONNAIRES[code], responses)
    except InvalidResponses as fault:
        return {"status": "invalid", "reason": fault.reason}
    items = {"items": scored.items} if "choices" in responses else {}
    return {"status": scored.status, **scored.scores, **items}


@pytest.mark.parametrize(("code", "case"), OF_AN_INSTRUMENT)
def test_an_instrument_is_scored_as_the_case_says(code: str, case: Json) -> None:
    assert told(code, case["responses"]) == case["expected"]


def goals_told(goals: list[Json]) -> Json:
    try:
        scored = score_goals(GBO, [GoalValues(**goal) for goal in goals])
    except InvalidResponses as fault:
        return {"status": "invalid", "reason": fault.reason}
    means = {
        name: rounded_or_none(getattr(scored, name))
        for name in ("mean_first", "mean_last", "mean_change")
    }
    changes = [
        {"id": goal.id, "change": goal.change, "class": goal.change_class}
        for goal in goal_changes(scored)
    ]
    return {
        "status": "scored",
        "n_goals": scored.n_goals,
        "n_paired": len(changes),
        **means,
        "mean_class": scored.mean_class,
        "goals": changes,
        "any_improved": scored.any_improved,
        "any_deteriorated": scored.any_deteriorated,
    }


@pytest.mark.parametrize("case", cases("gbo"))
def test_goals_are_compared_as_the_case_says(case: Json) -> None:
    answer = goals_told(case["responses"]["goals"])
    assert {key: answer.get(key) for key in case["expected"]} == case["expected"]


def scaled(goal: Json, mode: str) -> ScaledGoal:
    weight = goal["importance"] * goal["difficulty"] if mode == "weighted" else None
    return ScaledGoal(weight, goal["baseline"], goal["final"])


def attainment_told(responses: Json) -> Json:
    goals = [scaled(goal, responses["mode"]) for goal in responses["goals"]]
    try:
        found = score_attainment(GAS, goals)
    except InvalidResponses as fault:
        return {"status": "invalid", "reason": fault.reason}
    if found.status == "invalid":
        return {"status": "invalid", "reason": found.reason}
    share = found.pct_attained
    return {
        "status": found.status,
        **({"reason": found.reason} if found.reason else {}),
        "n_goals": found.n_goals,
        "n_rated": found.n_rated,
        "t_baseline": rounded_or_none(found.t_baseline),
        "t_final": rounded_or_none(found.t_final),
        "t_change": rounded_or_none(found.t_change),
        "n_attained": found.n_attained,
        "pct_attained": None if share is None else rounded(share, 1),
    }


@pytest.mark.parametrize("case", cases("gas"))
def test_goal_attainment_is_scaled_as_the_case_says(case: Json) -> None:
    assert case["responses"]["rho"] == float(GAS.correlation.rho)
    assert attainment_told(case["responses"]) == case["expected"]


def exact(value: float | None) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def judged_by(sent: Json) -> ScoredInstrument:
    instrument = INSTRUMENTS.by_code[sent["instrument"].removesuffix("_goal")]
    assert isinstance(instrument, ScoredInstrument)
    if "threshold" not in sent:
        return instrument
    threshold = Threshold(threshold=sent["threshold"], source="chosen: by the site")
    return instrument.model_copy(update={"reliable_change": threshold})


@pytest.mark.parametrize("case", cases("change"))
def test_two_scores_are_compared_as_the_case_says(case: Json) -> None:
    sent = case["responses"]
    ends = exact(sent["baseline"]), exact(sent["followup"])
    change = compare(*ends, judged_by(sent))
    assert {
        "paired": change.is_paired,
        "change": rounded_or_none(change.change),
        "class": change.change_class,
        "recovery_eligible": change.recovery_eligible,
        "reliable_recovery": change.reliable_recovery,
    } == case["expected"]


@pytest.mark.parametrize("case", cases("talking_therapies"))
def test_phq9_and_gad7_are_judged_together_as_the_case_says(case: Json) -> None:
    phq9, gad7 = (
        (compare(first, last, QUESTIONNAIRES[code]), QUESTIONNAIRES[code])
        for code, (first, last) in case["responses"].items()
    )
    found = judge_together(phq9, gad7)
    assert found is not None
    assert {name: getattr(found, name) for name in case["expected"]} == case["expected"]
    assert judge_together(gad7, phq9) == found


@pytest.mark.parametrize("case", cases("rci"))
def test_the_reliable_change_index_is_what_the_case_says(case: Json) -> None:
    sd, reliability = (
        Fraction(str(case["responses"][k])) for k in ("sd", "reliability")
    )
    index = reliable_change_index(sd, reliability)
    assert {
        "sem": rounded(index.sem, 3),
        "s_diff": rounded(index.s_diff, 3),
        "rc_threshold_95": rounded(index.threshold),
    } == case["expected"]
