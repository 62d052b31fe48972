"""Files of assessments, goals and ratings."""

from __future__ import annotations

import json

import pytest

from tests.integration.imports.sending import Importer, Row, a_file, counts
from tests.integration.measures import bodies

ANSWERS = [1, 2, 2, 3, 1, 4, 2, 1, 2, 1]


def an_assessment(**changes: object) -> dict[str, object]:
    """Return a row: a column for each question, as on the form."""
    return {
        "reference": "A-1",
        "referral": "LW-0001",
        "instrument": "reqol10",
        "completed_on": "10/03/2026",
        "completed_by": "Person",
        "mode": "in_person",
        **{f"item_{n}": answer for n, answer in enumerate(ANSWERS, 1)},
        "physical_health": 2,
        **changes,
    }


def a_goal(**changes: object) -> dict[str, object]:
    return {**bodies.a_goal(), "set_on": "10/03/2026", **changes}


async def _refusal(surveyor: Importer, resource: str, row: Row) -> str:
    job = await surveyor.send(resource, a_file([row]))
    assert counts(job) == (1, 0, 0, 0, 1)
    [refused] = await surveyor.rejected(job)
    return refused["reason"]


@pytest.mark.parametrize("is_json", [False, True])
async def test_a_row_of_answers_is_the_same_as_what_is_posted(
    surveyor: Importer, is_json: bool
) -> None:
    body = bodies.an_assessment()
    row = an_assessment()
    if is_json:
        row = {name: row[name] for name in list(row)[:6]}
        row["responses"] = json.dumps(body["responses"])
    content = a_file([row])
    dry = await surveyor.send("assessments", content, dry_run=True)
    assert counts(dry) == (1, 1, 0, 0, 0)
    assert counts(await surveyor.send("assessments", content)) == (1, 1, 0, 0, 0)
    assert counts(await surveyor.send("assessments", content)) == (1, 0, 1, 0, 0)
    answer = await surveyor.client.post("/assessments", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["scores"]["total"] == sum(ANSWERS)


async def test_an_empty_cell_is_a_question_left_out(surveyor: Importer) -> None:
    job = await surveyor.send("assessments", a_file([an_assessment(item_4="")]))
    assert counts(job) == (1, 1, 0, 0, 0)
    answer = await surveyor.client.get("/assessments/A-1")
    assert answer.json()["status"] == "prorated"
    assert answer.json()["recorded"]["responses"]["items"][3] is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"item_4": "9"}, "item_4: it must be from 0 to 4 (out_of_range)"),
        ({"item_4": "often"}, "item_4: is not a whole number"),
        ({"physical_health": "7"}, "physical_health: it must be from 0 to 4"),
        ({"instrument": "gbo"}, "instrument: goals are not an assessment"),
        ({"instrument": "none"}, "instrument: not an instrument here"),
        ({"responses": "{}"}, "responses: give either this or a column for each"),
        ({"completed_by": "dog"}, "completed_by: is not one of person"),
    ],
)
async def test_a_refused_assessment_says_which_answer(
    surveyor: Importer, changes: dict[str, object], reason: str
) -> None:
    refused = await _refusal(surveyor, "assessments", an_assessment(**changes))
    assert reason in refused


async def test_an_assessment_of_another_content_is_a_conflict(
    surveyor: Importer,
) -> None:
    await surveyor.send("assessments", a_file([an_assessment()]))
    rows = [an_assessment(), an_assessment(item_1=4)]
    job = await surveyor.send("assessments", a_file(rows))
    assert counts(job) == (2, 0, 1, 1, 0)


async def test_a_goal_and_its_ratings_are_the_same_as_what_is_posted(
    surveyor: Importer,
) -> None:
    content = a_file([a_goal()])
    assert counts(await surveyor.send("goals", content, dry_run=True))[1] == 1
    assert counts(await surveyor.send("goals", content)) == (1, 1, 0, 0, 0)
    assert counts(await surveyor.send("goals", content)) == (1, 0, 1, 0, 0)
    answer = await surveyor.client.post("/goals", json=bodies.a_goal())
    assert answer.status_code == 200, answer.text
    other = await surveyor.send("goals", a_file([a_goal(words="other")]))
    assert counts(other) == (1, 0, 0, 1, 0)
    ratings = [
        {"goal": "G-1", "rated_on": f"{day}/04/2026", "value": day}
        for day in ("10", "09")
    ]
    content = a_file(ratings)
    assert counts(await surveyor.send("ratings", content, dry_run=True))[1] == 2
    assert counts(await surveyor.send("ratings", content)) == (2, 2, 0, 0, 0)
    assert counts(await surveyor.send("ratings", content)) == (2, 0, 2, 0, 0)
    goal = (await surveyor.client.get("/goals/G-1")).json()
    assert [one["value"] for one in goal["ratings"]] == [9, 10]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"goal": "NONE"}, "goal: you have no goal of this reference"),
        ({"value": "11"}, "value: it must be from 0 to 10"),
        ({"rated_on": "01/01/2026"}, "rated_on: the goal was set on a later day"),
    ],
)
async def test_a_refused_rating_says_why(
    surveyor: Importer, changes: dict[str, object], reason: str
) -> None:
    await surveyor.send("goals", a_file([a_goal()]))
    row = {"goal": "G-1", "rated_on": "10/04/2026", "value": 5, **changes}
    assert reason in await _refusal(surveyor, "ratings", row)
