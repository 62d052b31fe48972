"""POST, GET and PUT /goals against a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from httpx import AsyncClient

from tests.integration.measures.bodies import Json, Partner, a_goal, pointers


async def test_a_goal_is_stored_and_its_owner_can_read_its_words(
    partner: Partner,
) -> None:
    answer = await partner.post("/goals", a_goal())
    assert answer.status_code == 201
    assert "words" not in answer.text
    read = (await partner.get("/goals/G-1")).json()
    assert read["goal"] == {**a_goal(), "importance": None, "difficulty": None}
    assert read["ratings"] == []


async def test_the_same_goal_again_changes_nothing(partner: Partner) -> None:
    first = await partner.post("/goals", a_goal())
    again = await partner.post("/goals", a_goal())
    assert again.status_code == 200
    assert again.json() == first.json()


async def test_a_conflict_names_the_field_and_never_the_words(
    partner: Partner,
) -> None:
    await partner.post("/goals", a_goal())
    answer = await partner.post("/goals", a_goal(words="see my sister"))
    assert answer.status_code == 409
    assert "/words" in answer.json()["detail"]
    assert "sister" not in answer.text
    assert "shop" not in answer.text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "gas", "baseline": None}, "/baseline"),
        ({"kind": "gas", "baseline": 0}, "/baseline"),
        ({"kind": "gas", "baseline": -1.0}, "/baseline"),
        (
            {"kind": "gas", "baseline": -1, "importance": 4, "difficulty": 1},
            "/importance",
        ),
        ({"kind": "gas", "baseline": -1, "importance": 1}, "/difficulty"),
        ({"importance": 1, "difficulty": 1}, "/importance"),
        ({"kind": "wish"}, "/kind"),
        ({"baseline": 11}, "/baseline"),
        ({"baseline": True}, "/baseline"),
        ({"set_on": "2999-01-01"}, "/set_on"),
        ({"words": ""}, "/words"),
    ],
)
async def test_a_goal_that_cannot_be_is_refused(
    partner: Partner, change: Json, pointer: str
) -> None:
    answer = await partner.post("/goals", a_goal(**change))
    assert answer.status_code == 422
    assert pointers(answer) == [pointer]


async def test_a_goal_is_rated_and_rated_again(partner: Partner) -> None:
    await partner.post("/goals", a_goal())
    rating = {"rated_on": "2026-04-01", "value": 5}
    first = await partner.post("/goals/G-1/ratings", rating)
    assert first.status_code == 201
    same = await partner.post("/goals/G-1/ratings", rating)
    assert same.status_code == 200
    assert same.json() == first.json()
    other = await partner.post("/goals/G-1/ratings", {**rating, "value": 6})
    assert other.status_code == 201
    assert other.json()["sequence"] > first.json()["sequence"]
    read = (await partner.get("/goals/G-1")).json()
    assert read["ratings"] == [{**rating, "value": 6}]


@pytest.mark.parametrize(
    ("rating", "pointer"),
    [
        ({"rated_on": "2026-04-01", "value": 11}, "/value"),
        ({"rated_on": "2026-03-09", "value": 5}, "/rated_on"),
        ({"rated_on": "2999-04-01", "value": 5}, "/rated_on"),
    ],
)
async def test_a_rating_that_cannot_be_is_refused(
    partner: Partner, rating: Json, pointer: str
) -> None:
    await partner.post("/goals", a_goal())
    answer = await partner.post("/goals/G-1/ratings", rating)
    assert answer.status_code == 422
    assert pointers(answer) == [pointer]


async def test_ratings_of_different_days_at_once_are_all_kept(
    partner: Partner,
) -> None:
    await partner.post("/goals", a_goal())
    ratings = [{"rated_on": f"2026-04-{day:02}", "value": 5} for day in range(1, 9)]
    posts = (partner.post("/goals/G-1/ratings", rating) for rating in ratings)
    answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {201}
    assert (await partner.get("/goals/G-1")).json()["ratings"] == ratings


async def test_words_are_corrected_with_the_version_that_was_read(
    partner: Partner,
) -> None:
    etag = (await partner.post("/goals", a_goal())).headers["etag"]
    right = a_goal(words="walk to the shop")
    assert (await partner.put("/goals/G-1", right)).status_code == 428
    assert (await partner.put("/goals/G-1", right, etag)).status_code == 200
    assert (await partner.put("/goals/G-1", a_goal(), etag)).status_code == 412
    other = await partner.put("/goals/G-1", a_goal(reference="G-2"), etag)
    assert other.status_code == 422
    assert (await partner.get("/goals/G-1")).json()["goal"]["words"] == right["words"]


async def test_a_goal_is_dropped(partner: Partner) -> None:
    await partner.post("/goals", a_goal())
    dropping = {"dropped_on": "2026-05-01"}
    answer = await partner.put("/goals/G-1/dropping", dropping)
    assert answer.status_code == 200
    assert (await partner.get("/goals/G-1")).json()["dropping"] == dropping
    early = await partner.put("/goals/G-1/dropping", {"dropped_on": "2026-01-01"})
    assert pointers(early) == ["/dropped_on"]


async def test_another_organisation_finds_no_goal(
    partner: Partner, neighbour: Partner
) -> None:
    await partner.post("/goals", a_goal())
    rating = {"rated_on": "2026-04-01", "value": 5}
    dropping = {"dropped_on": "2026-05-01"}
    assert (await neighbour.get("/goals/G-1")).status_code == 404
    assert (await neighbour.post("/goals/G-1/ratings", rating)).status_code == 404
    assert (await neighbour.put("/goals/G-1/dropping", dropping)).status_code == 404
    assert (await neighbour.put("/goals/G-1", a_goal(), '"1"')).status_code == 404
    assert (await neighbour.get("/goals")).json()["goals"] == []


async def test_goals_need_a_token_and_the_role_of_a_partner(
    measures: AsyncClient, token: Callable[..., str]
) -> None:
    assert (await measures.post("/goals", json=a_goal())).status_code == 401
    viewer = Partner(measures, token("TVIEWER", "viewer"))
    assert (await viewer.post("/goals", a_goal())).status_code == 403


async def test_goals_are_listed_page_by_page(partner: Partner) -> None:
    for n in range(3):
        await partner.post("/goals", a_goal(reference=f"G-{n}"))
    page = (await partner.get("/goals?limit=2")).json()
    assert [one["reference"] for one in page["goals"]] == ["G-0", "G-1"]
    rest = (await partner.get(f"/goals?after={page['next']}")).json()
    assert [one["reference"] for one in rest["goals"]] == ["G-2"]
    assert rest["next"] is None
