"""POST, GET and PUT /assessments against a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from httpx import AsyncClient

from tests.integration.measures.bodies import Partner, an_assessment, pointers


async def test_an_assessment_is_scored_and_can_be_read(partner: Partner) -> None:
    answer = await partner.post("/assessments", an_assessment())
    assert answer.status_code == 201
    assert answer.headers["location"] == "/assessments/A-1"
    said = answer.json()
    assert answer.headers["etag"] == f'"{said["sequence"]}"'
    assert said["status"] == "scored"
    assert said["scores"] == {
        "status": "scored",
        "n_missing": 0,
        "total": 19.0,
        "physical_health": 2,
        "range": "clinical",
    }
    read = await partner.get("/assessments/A-1")
    assert read.headers["etag"] == answer.headers["etag"]
    assert read.json()["recorded"] == an_assessment()
    assert read.json()["scores"] == said["scores"]


async def test_choices_come_back_as_item_scores(partner: Partner) -> None:
    choices = [4, 0, 3, 1, 1, 4, 0, 1, 3, 1]
    answers = {"choices": choices, "reverse_items": [1, 3, 6, 9]}
    answer = await partner.post("/assessments", an_assessment(responses=answers))
    assert answer.json()["scores"]["items"] == [0, 0, 1, 1, 1, 0, 0, 1, 1, 1]


async def test_too_many_gaps_are_stored_without_a_total(partner: Partner) -> None:
    gaps = {"items": [2, None, None, 3, 2, 2, 3, 2, 2, 2]}
    answer = await partner.post("/assessments", an_assessment(responses=gaps))
    assert answer.status_code == 201
    assert answer.json()["status"] == "not_scorable"
    assert answer.json()["scores"]["total"] is None


async def test_the_same_assessment_again_changes_nothing(partner: Partner) -> None:
    first = await partner.post("/assessments", an_assessment())
    again = await partner.post("/assessments", an_assessment())
    assert again.status_code == 200
    assert again.json() == first.json()


async def test_other_content_under_the_same_reference_is_a_conflict(
    partner: Partner,
) -> None:
    await partner.post("/assessments", an_assessment())
    answer = await partner.post("/assessments", an_assessment(mode="phone"))
    assert answer.status_code == 409
    assert "/mode" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"responses": {"items": [1, 2, 5, *[1] * 7]}}, "/responses/items/2"),
        ({"responses": {"items": [True, *[1] * 9]}}, "/responses/items/0"),
        ({"responses": {"items": [1] * 9}}, "/responses/items"),
        ({"responses": {"items": [float("nan")] * 10}}, "/responses/items/0"),
        ({"responses": {"items": ["\ud800"] * 10}}, "/responses/items/0"),
        ({"responses": {"items": [10**30] * 10}}, "/responses/items/0"),
        ({"responses": {"\ud800": 1}}, "/responses"),
        ({"instrument": "horoscope"}, "/instrument"),
        ({"instrument": "gbo"}, "/instrument"),
        ({"completed_on": "2999-01-01"}, "/completed_on"),
        ({"completed_by": "nobody"}, "/completed_by"),
        ({"reference": "999 123 4567 8"}, "/reference"),
        ({"wording": "an item"}, ""),
    ],
)
async def test_what_is_invalid_is_refused_with_a_pointer_and_not_stored(
    partner: Partner, change: dict[str, object], pointer: str
) -> None:
    answer = await partner.post("/assessments", an_assessment(**change))
    assert answer.status_code == 422
    assert pointers(answer) == [pointer]
    assert (await partner.get("/assessments")).json()["assessments"] == []


async def test_without_a_token_nothing_is_answered(measures: AsyncClient) -> None:
    answer = await measures.post("/assessments", json=an_assessment())
    assert answer.status_code == 401


async def test_without_the_role_of_a_partner_nothing_is_stored(
    measures: AsyncClient, token: Callable[..., str]
) -> None:
    viewer = Partner(measures, token("TVIEWER", "viewer"))
    assert (await viewer.post("/assessments", an_assessment())).status_code == 403


async def test_another_organisation_finds_nothing(
    partner: Partner, neighbour: Partner
) -> None:
    answer = await partner.post("/assessments", an_assessment())
    etag = answer.headers["etag"]
    assert (await neighbour.get("/assessments/A-1")).status_code == 404
    put = await neighbour.put("/assessments/A-1", an_assessment(), etag)
    assert put.status_code == 404
    withdrawal = await neighbour.put("/assessments/A-1/withdrawal", {})
    assert withdrawal.status_code == 404
    assert (await neighbour.get("/assessments")).json()["assessments"] == []
    assert (await neighbour.get("/referrals/LW-0001/change")).status_code == 404


async def test_a_correction_is_scored_anew(partner: Partner) -> None:
    etag = (await partner.post("/assessments", an_assessment())).headers["etag"]
    right = an_assessment(responses={"items": [3, 2] * 5, "physical_health": 4})
    answer = await partner.put("/assessments/A-1", right, etag)
    assert answer.status_code == 200
    assert answer.json()["scores"]["range"] == "general_population"
    assert answer.headers["etag"] > etag
    read = await partner.get("/assessments/A-1")
    assert read.json()["recorded"] == right


async def test_a_correction_of_an_older_version_is_refused(partner: Partner) -> None:
    etag = (await partner.post("/assessments", an_assessment())).headers["etag"]
    await partner.put("/assessments/A-1", an_assessment(mode="phone"), etag)
    answer = await partner.put("/assessments/A-1", an_assessment(), etag)
    assert answer.status_code == 412


async def test_a_correction_without_a_version_is_refused(partner: Partner) -> None:
    await partner.post("/assessments", an_assessment())
    answer = await partner.put("/assessments/A-1", an_assessment(mode="phone"))
    assert answer.status_code == 428


async def test_a_correction_that_cannot_be_scored_is_refused(
    partner: Partner,
) -> None:
    etag = (await partner.post("/assessments", an_assessment())).headers["etag"]
    wrong = an_assessment(responses={"items": [9] * 10})
    answer = await partner.put("/assessments/A-1", wrong, etag)
    assert answer.status_code == 422
    other = await partner.put("/assessments/A-1", an_assessment(reference="A-2"), etag)
    assert other.status_code == 422
    assert (await partner.get("/assessments/A-1")).headers["etag"] == etag


async def test_a_withdrawn_assessment_stays_and_says_so(partner: Partner) -> None:
    await partner.post("/assessments", an_assessment())
    body = {"withdrawn_on": "2026-04-01"}
    answer = await partner.put("/assessments/A-1/withdrawal", body)
    assert answer.status_code == 200
    assert answer.json()["is_withdrawn"]
    again = await partner.put("/assessments/A-1/withdrawal", body)
    assert again.json() == answer.json()
    read = (await partner.get("/assessments/A-1")).json()
    assert read["withdrawal"] == body


async def test_assessments_are_listed_page_by_page(partner: Partner) -> None:
    batch = [an_assessment(reference=f"A-{n}") for n in range(5)]
    await partner.post("/assessments/batch", batch)
    found, after = [], ""
    while after is not None:
        page = (await partner.get(f"/assessments?limit=2&after={after}")).json()
        found += [one["reference"] for one in page["assessments"]]
        after = page["next"]
    assert found == [one["reference"] for one in batch]


async def test_a_cursor_that_is_no_reference_is_refused(partner: Partner) -> None:
    answer = await partner.get("/assessments?after=%00")
    assert answer.status_code == 422


async def test_posting_one_reference_sixty_four_times_at_once_stores_it_once(
    partner: Partner,
) -> None:
    posts = (partner.post("/assessments", an_assessment()) for _ in range(64))
    answers = await asyncio.gather(*posts)
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] * 63 + [201]
    assert len({answer.json()["sequence"] for answer in answers}) == 1
    listed = (await partner.get("/assessments")).json()["assessments"]
    assert len(listed) == 1
