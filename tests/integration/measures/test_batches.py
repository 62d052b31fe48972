"""POST /assessments/batch: each record is answered on its own."""

from __future__ import annotations

import json

from tests.integration.measures.bodies import Json, Partner, an_assessment


def statuses(answer: Json) -> list[tuple[int, str]]:
    return [(one["index"], one["status"]) for one in answer["results"]]


async def test_each_record_of_a_batch_is_answered_in_order(partner: Partner) -> None:
    await partner.post("/assessments", an_assessment(reference="known"))
    await partner.post("/assessments", an_assessment(reference="differs"))
    answer = await partner.post(
        "/assessments/batch",
        [
            an_assessment(reference="new"),
            an_assessment(reference="known"),
            an_assessment(reference="differs", mode="phone"),
            an_assessment(reference="wrong", responses={"items": [7] * 10}),
            an_assessment(reference="odd", completed_by="nobody"),
            an_assessment(reference="new"),
        ],
    )
    assert answer.status_code == 200
    assert statuses(answer.json()) == [
        (0, "stored"),
        (1, "repeated"),
        (2, "conflict"),
        (3, "invalid"),
        (4, "invalid"),
        (5, "repeated"),
    ]
    wrong, odd = answer.json()["results"][3:5]
    assert wrong["problem"]["errors"][0]["pointer"] == "/responses/items/0"
    assert odd["problem"]["errors"][0]["pointer"] == "/completed_by"


async def test_a_batch_can_be_lines(partner: Partner) -> None:
    lines = "\n".join(json.dumps(an_assessment(reference=f"L-{n}")) for n in range(3))
    answer = await partner.post_lines("/assessments/batch", lines)
    assert statuses(answer.json()) == [(0, "stored"), (1, "stored"), (2, "stored")]


async def test_a_dry_run_checks_everything_and_stores_nothing(
    partner: Partner,
) -> None:
    answer = await partner.post("/assessments/batch?dry_run=true", [an_assessment()])
    assert statuses(answer.json()) == [(0, "stored")]
    assert (await partner.get("/assessments")).json()["assessments"] == []


async def test_a_thousand_records_are_stored_and_more_are_refused(
    partner: Partner,
) -> None:
    records = [an_assessment(reference=f"T-{n}") for n in range(1_001)]
    refused = await partner.post("/assessments/batch", records)
    assert refused.status_code == 413
    answer = await partner.post("/assessments/batch", records[:1_000])
    assert {status for _, status in statuses(answer.json())} == {"stored"}
