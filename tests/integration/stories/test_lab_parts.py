"""Ideas, trials and what came of them, over HTTP on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.stories.coding import Team
from tests.integration.stories.labs import (
    a_trial,
    an_idea,
    an_outcome,
    faults,
    plan,
)

LATER = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()


async def test_ideas_and_trials_are_added_once(team: Team) -> None:
    lab = await plan(team)
    for path, part, other in (
        ("/ideas", an_idea(), {"words": "Another"}),
        ("/trials", a_trial(idea="I-1"), {"who": "Others"}),
    ):
        first = await lab.ask("POST", path, part)
        assert first.status_code == 201
        again = await lab.ask("POST", path, part)
        assert (again.status_code, again.json()) == (200, first.json())
        assert again.headers["ETag"] == first.headers["ETag"]
        assert faults(await lab.ask("POST", path, part | other), 409) == []
    found = await lab.read()
    assert found["ideas"] == [an_idea()]
    assert found["trials"] == [a_trial(idea="I-1") | {"outcome": None}]


async def test_ideas_that_come_at_once_are_all_there(team: Team) -> None:
    lab = await plan(team)
    ideas = [an_idea(reference=f"I-{n}") for n in range(6)]
    await asyncio.gather(*(lab.added(("ideas", one)) for one in ideas))
    found = (await lab.read())["ideas"]
    assert sorted(one["reference"] for one in found) == [f"I-{n}" for n in range(6)]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("ideas", an_idea(words=""), "/words"),
        ("ideas", an_idea(words="\x00"), "/words"),
        ("trials", a_trial(idea="I-9"), "/idea"),
        ("trials", a_trial(until="2026-05-11"), "/until"),
        ("trials", a_trial(who=None), "/who"),
    ],
    ids=range(5),
)
async def test_an_idea_or_trial_that_does_not_fit_is_refused(
    team: Team, path: str, body: dict[str, Any], pointer: str
) -> None:
    lab = await plan(team)
    before = await lab.read()
    assert faults(await lab.ask("POST", f"/{path}", body), 422) == [pointer]
    assert await lab.read() == before


async def test_what_came_of_a_trial_is_replaced_only_by_who_has_read_it(
    team: Team,
) -> None:
    lab, path = await plan(team), "/trials/T-1/outcome"
    assert faults(await lab.ask("PUT", path, an_outcome()), 404) == []
    await lab.added(("trials", a_trial()))
    tag = await lab.tag()
    told = await lab.ask("PUT", path, an_outcome())
    assert told.status_code == 200
    assert told.json()["trials"][0]["outcome"] == an_outcome()
    assert (await lab.ask("PUT", path, an_outcome())).json() == told.json()
    other = an_outcome(came_of_it="Some did.")
    assert faults(await lab.ask("PUT", path, other), 428) == []
    assert faults(await lab.ask("PUT", path, other, tag), 412) == []
    answer = await lab.ask("PUT", path, other, told.headers["ETag"])
    assert answer.json()["trials"][0]["outcome"] == other


@pytest.mark.parametrize("day", ["2026-05-11", LATER, "tomorrow"])
async def test_an_outcome_is_of_a_day_between_the_lab_and_today(
    team: Team, day: str
) -> None:
    lab = await plan(team)
    await lab.added(("trials", a_trial()))
    answer = await lab.ask("PUT", "/trials/T-1/outcome", an_outcome(seen_on=day))
    assert faults(answer, 422) == ["/seen_on"]


async def test_an_idea_is_taken_out_and_its_trial_stays(team: Team) -> None:
    lab = await plan(team)
    await lab.added(("ideas", an_idea()), ("trials", a_trial(idea="I-1")))
    tag = await lab.tag()
    assert faults(await lab.ask("DELETE", "/ideas/I-1"), 428) == []
    assert faults(await lab.ask("DELETE", "/ideas/I-9", None, tag), 404) == []
    answer = await lab.ask("DELETE", "/ideas/I-1", None, tag)
    assert (answer.json()["ideas"], answer.json()["trials"][0]["idea"]) == ([], None)
    assert faults(await lab.ask("DELETE", "/trials/T-1", None, tag), 412) == []
    answer = await lab.ask("DELETE", "/trials/T-1", None, await lab.tag())
    assert answer.json()["trials"] == []
    assert faults(await lab.ask("DELETE", "/trials/T-1", None, "1"), 404) == []


async def test_the_follow_up_list_has_what_is_open_the_first_to_end_first(
    team: Team,
) -> None:
    one, two = await plan(team, title="One"), await plan(team, title="Two")
    await one.added(
        ("trials", a_trial(reference="T-1", until=LATER)),
        ("trials", a_trial(reference="T-2", until="2026-05-12")),
        ("trials", a_trial(reference="T-3", until="2026-05-20")),
    )
    await two.added(("trials", a_trial(reference="T-1", until="2026-05-13")))
    told = await one.ask("PUT", "/trials/T-3/outcome", an_outcome())
    assert told.status_code == 200
    answer = await team.client.get("/labs/follow-up", headers=team.moderator)
    found = answer.json()
    assert found["is_complete"] is True
    assert [
        (t["title"], t["lab"], t["reference"], t["is_overdue"]) for t in found["trials"]
    ] == [
        ("One", one.reference, "T-2", True),
        ("Two", two.reference, "T-1", True),
        ("One", one.reference, "T-1", False),
    ]
    answer = await team.client.get("/labs/follow-up?limit=2", headers=team.moderator)
    assert (len(answer.json()["trials"]), answer.json()["is_complete"]) == (2, False)
