"""Every published case, through the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.measures.bodies import Json, Partner, a_goal, an_assessment
from tests.unit.measures.vectors import cases

QUESTIONNAIRES = ("reqol10", "reqol20", "mansa", "dialog", "swemwbs", "phq9", "gad7")
OF_AN_INSTRUMENT = [
    pytest.param(code, *case.values, id=f"{code}-{case.id}")
    for code in QUESTIONNAIRES
    for case in cases(code)
]
BEGAN, ENDED = "2026-03-10", "2026-06-10"


@pytest.mark.parametrize(("code", "case"), OF_AN_INSTRUMENT)
async def test_an_assessment_is_scored_or_refused_as_the_case_says(
    partner: Partner, code: str, case: Json
) -> None:
    body = an_assessment(instrument=code, responses=case["responses"])
    answer = await partner.post("/assessments", body)
    expected = case["expected"]
    if expected["status"] == "invalid":
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert f"({expected['reason']})" in answer.json()["errors"][0]["detail"]
        listed = (await partner.get("/assessments")).json()
        assert listed["assessments"] == []
        return
    assert answer.status_code == 201
    assert answer.json()["scores"] == expected
    assert answer.json()["status"] == expected["status"]
    read = (await partner.get("/assessments/A-1")).json()
    assert read["scores"] == expected


async def follow(partner: Partner, goal: Json, last: Any) -> Json | None:  # noqa: ANN401
    """Set a goal and rate it; return the problem, if there is one."""
    answers = [await partner.post("/goals", goal)]
    if last is not None and answers[0].status_code == 201:
        path = f"/goals/{goal['reference']}/ratings"
        answers.append(await partner.post(path, {"rated_on": ENDED, "value": last}))
    for answer in answers:
        if answer.status_code == 422:
            problem: Json = answer.json()
            return problem
    return None


@pytest.mark.parametrize("case", cases("gbo"))
async def test_goals_are_compared_or_refused_as_the_case_says(
    partner: Partner, case: Json
) -> None:
    expected = case["expected"]
    for goal in case["responses"]["goals"]:
        body = a_goal(reference=goal["id"], baseline=goal["first"], set_on=BEGAN)
        problem = await follow(partner, body, goal["last"])
        assert (problem is not None) == (expected.get("status") == "invalid")
    if expected.get("status") == "invalid":
        return
    answer = (await partner.get("/referrals/LW-0001/change")).json()
    told = answer["goals"]
    told["goals"] = [
        {name: goal[name] for name in ("id", "change", "class")}
        for goal in told["goals"]
    ]
    assert {name: told[name] for name in expected} == expected
    assert answer["gas"] is None


@pytest.mark.parametrize("case", cases("gas"))
async def test_goal_attainment_is_scaled_or_refused_as_the_case_says(
    partner: Partner, case: Json
) -> None:
    expected, sent = case["expected"], case["responses"]
    problems = []
    for number, goal in enumerate(sent["goals"]):
        body = a_goal(
            reference=f"G-{number}",
            kind="gas",
            set_on=BEGAN,
            baseline=goal["baseline"],
            importance=goal["importance"],
            difficulty=goal["difficulty"],
        )
        problems.append(await follow(partner, body, goal["final"]))
    if any(problems):
        assert expected["status"] == "invalid"
        return
    light = "true" if sent["mode"] == "unweighted" else "false"
    path = f"/referrals/LW-0001/change?unweighted={light}"
    answer = (await partner.get(path)).json()
    assert {name: answer["gas"][name] for name in expected} == expected
    assert answer["gas"]["mode"] == sent["mode"]
    assert answer["goals"] is None


async def assess(partner: Partner, code: str, on: str, responses: Json) -> None:
    body = an_assessment(
        reference=f"{code}-{on}", instrument=code, completed_on=on, responses=responses
    )
    assert (await partner.post("/assessments", body)).status_code == 201


def totalling(total: int, count: int, lowest: int = 0) -> Json:
    rest = total - lowest * count
    return {
        "items": [lowest + rest // count + (n < rest % count) for n in range(count)]
    }


@pytest.mark.parametrize("case", cases("talking_therapies"))
async def test_phq9_and_gad7_are_judged_together_as_the_case_says(
    partner: Partner, case: Json
) -> None:
    for code, count in (("phq9", 9), ("gad7", 7)):
        first, last = case["responses"][code]
        await assess(partner, code, BEGAN, totalling(first, count))
        await assess(partner, code, ENDED, totalling(last, count))
    answer = (await partner.get("/referrals/LW-0001/change")).json()
    told = answer["talking_therapies"]
    assert {name: told[name] for name in case["expected"]} == case["expected"]
    assert told["instruments"] == ["phq9", "gad7"]
    assert [one["instrument"] for one in answer["counts"]] == ["gad7", "phq9"]


COUNTS = {"reqol10": 10, "reqol20": 20, "phq9": 9, "gad7": 7}
OF_TOTALS = [
    c for c in cases("change") if c.values[0]["responses"]["instrument"] in COUNTS
]


@pytest.mark.parametrize("case", OF_TOTALS)
async def test_two_totals_are_compared_as_the_case_says(
    partner: Partner, case: Json
) -> None:
    sent = case["responses"]
    code = sent["instrument"]
    for on, total in ((BEGAN, sent["baseline"]), (ENDED, sent["followup"])):
        if total is not None:
            await assess(partner, code, on, totalling(total, COUNTS[code]))
    answer = (await partner.get("/referrals/LW-0001/change")).json()
    [told] = answer["instruments"]
    assert {name: told[name] for name in case["expected"]} == case["expected"]


def case_of(code: str) -> Json:
    found: list[Json] = [
        c.values[0]
        for c in cases("change")
        if c.values[0]["responses"]["instrument"] == code
    ]
    return found[0]


async def test_a_goal_is_compared_as_the_case_says(partner: Partner) -> None:
    case = case_of("gbo_goal")
    sent, expected = case["responses"], case["expected"]
    body = a_goal(reference="G-1", baseline=sent["baseline"], set_on=BEGAN)
    assert await follow(partner, body, sent["followup"]) is None
    answer = (await partner.get("/referrals/LW-0001/change")).json()
    [told] = answer["goals"]["goals"]
    assert (told["change"], told["class"]) == (expected["change"], expected["class"])
    assert answer["counts"] == []


async def test_two_means_without_a_threshold_are_compared_as_the_case_says(
    partner: Partner,
) -> None:
    case = case_of("mansa")
    # Sums of twelve answers whose means, to two decimals, are those of the case.
    for on, total in ((BEGAN, 50), (ENDED, 60)):
        answers = {"satisfaction": totalling(total, 12, 1)["items"]}
        await assess(partner, "mansa", on, answers)
    answer = (await partner.get("/referrals/LW-0001/change")).json()
    [told] = answer["instruments"]
    assert told["baseline"] == case["responses"]["baseline"]
    assert told["followup"] == case["responses"]["followup"]
    assert {name: told[name] for name in case["expected"]} == case["expected"]


@pytest.mark.parametrize("case", cases("pairing"))
async def test_scores_are_paired_as_the_case_says(partner: Partner, case: Json) -> None:
    sent = case["responses"]
    for one in sent["assessments"]:
        score = one["score"]
        items = {"items": [None] * 10} if score is None else totalling(score, 10)
        body = an_assessment(
            reference=one["id"], completed_on=one["date"], responses=items
        )
        assert (await partner.post("/assessments", body)).status_code == 201
    period = f"received_on={sent['referral_received']}&until={sent['period_end']}"
    answer = await partner.get(f"/referrals/LW-0001/change?{period}")
    if not sent["assessments"]:
        assert answer.status_code == 404
        return
    [told] = answer.json()["instruments"]
    assert {name: told[name] for name in case["expected"]} == case["expected"]
