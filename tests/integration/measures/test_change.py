"""GET /referrals/{reference}/change: what changed, and by which rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from httpx import AsyncClient

from tests.integration.measures.bodies import Partner, a_goal, an_assessment, pointers


def items(total: int) -> dict[str, list[int]]:
    """Return ten items that add up to `total`."""
    return {"items": [total // 10 + (n < total % 10) for n in range(10)]}


async def assess(partner: Partner, reference: str, on: str, total: int) -> None:
    body = an_assessment(reference=reference, completed_on=on, responses=items(total))
    assert (await partner.post("/assessments", body)).status_code == 201


async def test_first_and_latest_score_are_compared_by_day_not_by_arrival(
    partner: Partner,
) -> None:
    await assess(partner, "last", "2026-05-11", 27)
    await assess(partner, "middle", "2026-03-02", 40)
    await assess(partner, "first", "2026-01-20", 22)
    answer = await partner.get("/referrals/LW-0001/change")
    assert answer.status_code == 200
    [reqol10] = answer.json()["instruments"]
    told = {key: reqol10[key] for key in ("baseline_id", "followup_id", "paired")}
    assert told == {"baseline_id": "first", "followup_id": "last", "paired": True}
    assert reqol10["change"] == 5.0
    assert reqol10["class"] == "reliable_improvement"
    assert reqol10["recovery_eligible"]
    assert reqol10["reliable_recovery"]
    assert reqol10["reliable_change"]["threshold"] == 5
    assert "nhsengland/MHSDS" in reqol10["reliable_change"]["source"]
    assert [use["used_as"] for use in reqol10["assessments"]] == [
        "baseline",
        "between",
        "followup",
    ]
    assert answer.json()["goals"] is None


async def test_the_period_and_withdrawals_decide_what_counts(
    partner: Partner,
) -> None:
    await assess(partner, "early", "2025-12-20", 5)
    await assess(partner, "first", "2026-01-20", 20)
    await assess(partner, "wrong", "2026-02-01", 40)
    await assess(partner, "last", "2026-03-02", 10)
    await assess(partner, "late", "2026-07-01", 40)
    await partner.put("/assessments/wrong/withdrawal", {})
    period = "received_on=2026-01-05&until=2026-06-30"
    answer = await partner.get(f"/referrals/LW-0001/change?{period}")
    [reqol10] = answer.json()["instruments"]
    assert (reqol10["baseline_id"], reqol10["followup_id"]) == ("first", "last")
    assert reqol10["class"] == "reliable_deterioration"
    used_as = {use["reference"]: use["used_as"] for use in reqol10["assessments"]}
    assert used_as["early"] == "before_referral"
    assert used_as["wrong"] == "withdrawn"
    assert used_as["late"] == "after_period"


async def test_one_score_is_no_pair(partner: Partner) -> None:
    await assess(partner, "only", "2026-01-20", 22)
    answer = await partner.get("/referrals/LW-0001/change")
    [reqol10] = answer.json()["instruments"]
    assert reqol10["class"] == "not_paired"
    assert reqol10["change"] is None
    assert reqol10["followup_id"] is None


async def test_goals_are_compared_each_on_its_own_and_on_their_mean(
    partner: Partner,
) -> None:
    for reference, baseline, value in (("G-1", 2, 8), ("G-2", 6, 3), ("G-3", None, 5)):
        goal = a_goal(reference=reference, baseline=baseline)
        await partner.post("/goals", goal)
        rating = {"rated_on": "2026-05-01", "value": value}
        await partner.post(f"/goals/{reference}/ratings", rating)
    answer = await partner.get("/referrals/LW-0001/change")
    assert "shop" not in answer.text
    goals = answer.json()["goals"]
    assert (goals["n_goals"], goals["n_paired"]) == (3, 2)
    assert (goals["mean_first"], goals["mean_last"]) == (4.0, 5.5)
    assert (goals["mean_change"], goals["mean_class"]) == (1.5, "no_reliable_change")
    assert goals["any_improved"]
    assert goals["any_deteriorated"]
    assert [(one["id"], one["change"], one["class"]) for one in goals["goals"]] == [
        ("G-1", 6.0, "reliable_improvement"),
        ("G-2", -3.0, "reliable_deterioration"),
    ]
    assert goals["unpaired"] == ["G-3"]


async def test_an_unknown_referral_has_no_change(partner: Partner) -> None:
    answer = await partner.get("/referrals/LW-0001/change")
    assert answer.status_code == 404


async def test_change_needs_a_token_and_the_role_of_a_partner(
    measures: AsyncClient, token: Callable[..., str]
) -> None:
    path = "/referrals/LW-0001/change"
    assert (await measures.get(path)).status_code == 401
    viewer = Partner(measures, token("TVIEWER", "viewer"))
    assert (await viewer.get(path)).status_code == 403


async def told(partner: Partner) -> dict[str, Any]:
    answer = (await partner.get("/referrals/LW-0001/change")).json()
    [reqol10] = answer["instruments"]
    return {name: reqol10[name] for name in ("baseline_id", "followup_id", "change")}


async def test_late_corrected_and_withdrawn_assessments_are_paired_anew(
    partner: Partner,
) -> None:
    await assess(partner, "b", "2026-02-01", 20)
    await assess(partner, "c", "2026-05-01", 30)
    assert await told(partner) == {
        "baseline_id": "b", "followup_id": "c", "change": 10.0,
    }  # fmt: skip
    await assess(partner, "a", "2026-01-10", 12)
    assert await told(partner) == {
        "baseline_id": "a", "followup_id": "c", "change": 18.0,
    }  # fmt: skip
    etag = (await partner.get("/assessments/c")).headers["etag"]
    right = an_assessment(reference="c", completed_on="2026-01-20", responses=items(30))
    assert (await partner.put("/assessments/c", right, etag)).status_code == 200
    assert await told(partner) == {
        "baseline_id": "a", "followup_id": "b", "change": 8.0,
    }  # fmt: skip
    await partner.put("/assessments/b/withdrawal", {})
    assert await told(partner) == {
        "baseline_id": "a", "followup_id": "c", "change": 18.0,
    }  # fmt: skip
    await partner.put("/assessments/a/withdrawal", {})
    assert await told(partner) == {
        "baseline_id": "c", "followup_id": None, "change": None,
    }  # fmt: skip


async def test_dialog_changes_item_by_item_and_declined_is_missing(
    partner: Partner,
) -> None:
    for on, answers in (
        ("2026-01-10", [4, 8, 5, *[4] * 8]),
        ("2026-03-10", [4, 3, 5, *[4] * 8]),
        ("2026-05-10", [5, 5, 8, *[4] * 8]),
    ):
        body = an_assessment(
            reference=on,
            instrument="dialog",
            completed_on=on,
            responses={"items": answers},
        )
        assert (await partner.post("/assessments", body)).status_code == 201
    answer = (await partner.get("/referrals/LW-0001/change")).json()
    items = {one["item"]: one for one in answer["instruments"]}
    assert len(items) == 11
    ends = {
        name: (one["baseline_id"], one["followup_id"], one["class"])
        for name, one in items.items()
    }
    assert ends["dialog.q01"] == ("2026-01-10", "2026-05-10", "reliable_improvement")
    assert ends["dialog.q02"] == ("2026-03-10", "2026-05-10", "reliable_improvement")
    assert ends["dialog.q03"] == ("2026-01-10", "2026-03-10", "no_reliable_change")
    assert items["dialog.q01"]["reliable_change"]["threshold"] == 1
    assert items["dialog.q01"]["reliable_change"]["per"] == "item"
    [counts] = answer["counts"]
    assert (counts["n_paired"], counts["n_improved"]) == (11, 2)


async def test_goals_of_both_kinds_are_told_apart(partner: Partner) -> None:
    await partner.post("/goals", a_goal(reference="G-1"))
    await partner.post("/goals/G-1/ratings", {"rated_on": "2026-05-01", "value": 6})
    scaled = a_goal(
        reference="G-2", kind="gas", baseline=-1, importance=3, difficulty=2
    )
    assert (await partner.post("/goals", scaled)).status_code == 201
    await partner.post("/goals/G-2/ratings", {"rated_on": "2026-05-01", "value": 1})
    wrong = await partner.post(
        "/goals/G-2/ratings", {"rated_on": "2026-06-01", "value": 3}
    )
    assert wrong.status_code == 422
    answer = (await partner.get("/referrals/LW-0001/change")).json()
    assert [goal["id"] for goal in answer["goals"]["goals"]] == ["G-1"]
    gas = answer["gas"]
    assert (gas["t_baseline"], gas["t_final"], gas["mode"]) == (40.0, 60.0, "weighted")
    assert [(goal["id"], goal["weight"]) for goal in gas["goals"]] == [("G-2", 6)]
    assert gas["correlation"]["rho"] == 0.3


async def test_the_kind_of_a_rated_goal_stays(partner: Partner) -> None:
    await partner.post("/goals", a_goal())
    rated = await partner.post(
        "/goals/G-1/ratings", {"rated_on": "2026-05-01", "value": 6}
    )
    other = a_goal(kind="gas", baseline=-1)
    answer = await partner.put("/goals/G-1", other, rated.headers["etag"])
    assert answer.status_code == 422
    assert pointers(answer) == ["/kind"]


async def test_goals_set_without_importance_and_difficulty_weigh_the_same(
    partner: Partner,
) -> None:
    for number, value in enumerate((1, 0, -1)):
        goal = a_goal(reference=f"G-{number}", kind="gas", baseline=-1)
        await partner.post("/goals", goal)
        rating = {"rated_on": "2026-05-01", "value": value}
        await partner.post(f"/goals/G-{number}/ratings", rating)
    gas = (await partner.get("/referrals/LW-0001/change")).json()["gas"]
    assert gas["mode"] == "unweighted"
    assert (gas["t_baseline"], gas["t_final"]) == (36.31, 50.0)
    weighted = a_goal(
        reference="G-9", kind="gas", baseline=-1, importance=1, difficulty=1
    )
    await partner.post("/goals", weighted)
    await partner.post("/goals/G-9/ratings", {"rated_on": "2026-05-01", "value": 0})
    gas = (await partner.get("/referrals/LW-0001/change")).json()["gas"]
    assert (gas["status"], gas["reason"]) == ("not_scorable", "mixed_weights")
    light = await partner.get("/referrals/LW-0001/change?unweighted=true")
    assert light.json()["gas"]["n_rated"] == 4


async def test_a_question_that_cannot_be_is_refused(partner: Partner) -> None:
    await assess(partner, "only", "2026-01-20", 22)
    for question in ("unweighted=perhaps", "until=yesterday", "received_on=2026-02-30"):
        answer = await partner.get(f"/referrals/LW-0001/change?{question}")
        assert answer.status_code == 422
