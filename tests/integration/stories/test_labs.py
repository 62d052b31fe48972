"""Learning labs, over HTTP on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.integration.stories.coding import Team, Token, a_team, headers, pointers
from tests.integration.stories.labs import (
    MARK,
    Lab,
    a_figure,
    a_lab,
    a_trial,
    an_idea,
    an_outcome,
    faults,
    kept_of,
    of,
    plan,
)
from tests.system import System


async def post(team: Team, body: dict[str, Any]) -> httpx.Response:
    return await team.client.post("/labs", json=body, headers=team.moderator)


async def test_a_lab_is_stored_once_and_read_as_it_was_sent(
    team: Team, shared_system: System
) -> None:
    body = a_lab(stories=[await team.tell(), await team.tell()])
    first = await post(team, body)
    assert first.status_code == 201
    assert first.headers["Location"] == f"/labs/{body['reference']}"
    again = await post(team, body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["ETag"] == f'"{first.json()["sequence"]}"'
    found = await Lab(team, body["reference"]).read()
    assert {key: found[key] for key in body} == body
    assert (found["organisation"], found["ideas"], found["trials"]) == (
        team.code,
        [],
        [],
    )
    rows = await shared_system.fetch(
        "stories",
        "select type from audit where organisation = $1 and type like '%lab%'",
        team.code,
    )
    assert [row[0] for row in rows] == ["uk.livingwell.lab.planned.v1"]


async def test_a_lab_sent_again_with_other_content_is_refused(team: Team) -> None:
    body = a_lab()
    assert (await post(team, body)).status_code == 201
    for change in ({"title": "Another"}, {"stories": [await team.tell()]}):
        assert faults(await post(team, body | change), 409) == []


async def test_labs_sent_at_once_are_one(team: Team) -> None:
    body = a_lab(stories=[await team.tell()])
    answers = await asyncio.gather(*(post(team, body) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] * 7 + [201]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"audience": MARK}, "/audience"),
        ({"question": None}, "/question"),
        ({"held_on": "2026-02-30"}, "/held_on"),
        ({"reference": "follow-up"}, "/reference"),
        ({"reference": "999 123 4578"}, "/reference"),
        ({"stories": ["Nobody-told-it"]}, "/stories/0"),
        ({"stories": ["S-1"] * 51}, "/stories"),
        ({"figures": [a_figure(to="2025-12")]}, "/figures/0"),
        ({"figures": [a_figure(indicator=f"of {MARK}")]}, "/figures/0/indicator"),
        ({"figures": [a_figure(**{"from": "2026-13"})]}, "/figures/0/from"),
        ({"figures": [a_figure(value=MARK)]}, "/figures/0"),
        ({"ideas": [MARK]}, ""),
    ],
    ids=range(13),
)
async def test_a_lab_that_breaks_the_contract_is_refused(
    team: Team, change: dict[str, Any], pointer: str
) -> None:
    assert faults(await post(team, a_lab(**change)), 422) == [pointer]
    answer = await team.client.get("/labs", headers=team.moderator)
    assert answer.json() == {"labs": [], "next": None}


async def test_a_story_of_another_organisation_is_not_for_a_lab(
    team: Team, stories: httpx.AsyncClient, token: Token
) -> None:
    theirs = await a_team(stories, token).tell()
    assert faults(await post(team, a_lab(stories=[theirs])), 422) == ["/stories/0"]


async def test_a_lab_is_corrected_by_who_has_read_it(team: Team) -> None:
    lab = await plan(team)
    await lab.added(("ideas", an_idea()))
    story, tag = await team.tell(), await lab.tag()
    right = a_lab(reference=lab.reference, stories=[story], audience="partners")
    assert faults(await lab.ask("PUT", "", right), 428) == []
    answer = await lab.ask("PUT", "", right, tag)
    assert answer.status_code == 200
    assert (answer.json()["stories"], answer.json()["audience"]) == (
        [story],
        "partners",
    )
    assert answer.json()["ideas"] == [an_idea()]
    assert answer.headers["ETag"] != tag
    # What is so already may be told again, of whatever version.
    assert (await lab.ask("PUT", "", right, tag)).json() == answer.json()
    other = right | {"title": "Another"}
    assert faults(await lab.ask("PUT", "", other, tag), 412) == []
    strange = right | {"reference": "L-other"}
    assert faults(await lab.ask("PUT", "", strange, tag), 422) == []
    assert (await lab.read()) == answer.json()


async def test_labs_are_listed_by_pages_with_how_much_is_in_them(team: Team) -> None:
    labs = [await plan(team) for _ in range(3)]
    await labs[0].added(("ideas", an_idea()), ("trials", a_trial()))
    answer = await team.client.get("/labs?limit=2", headers=team.moderator)
    page = answer.json()
    assert [one["reference"] for one in page["labs"]] == [
        one.reference for one in labs[:2]
    ]
    first = page["labs"][0]
    assert [first[key] for key in ("stories", "ideas", "trials")] == [0, 1, 1]
    assert first["without_outcome"] == 1
    answer = await team.client.get(
        f"/labs?after={page['next']}", headers=team.moderator
    )
    assert [one["reference"] for one in answer.json()["labs"]] == [labs[2].reference]


EVERY_CALL: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "", None),
    ("PUT", "", a_lab()),
    ("POST", "/ideas", an_idea()),
    ("DELETE", "/ideas/I-1", None),
    ("POST", "/trials", a_trial()),
    ("DELETE", "/trials/T-1", None),
    ("PUT", "/trials/T-1/outcome", an_outcome()),
]


@pytest.mark.parametrize(("method", "path", "body"), EVERY_CALL, ids=range(7))
async def test_a_lab_is_for_moderators_of_its_organisation(
    team: Team,
    stories: httpx.AsyncClient,
    token: Token,
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> None:
    lab = await plan(team)
    await lab.added(("ideas", an_idea()), ("trials", a_trial()))
    before, tag = await lab.read(), await lab.tag()
    if path == "":
        body = body and {**body, "reference": lab.reference}
    others = a_team(stories, token)
    for who, status in (
        ({}, 401),
        (of(team, "partner"), 403),
        (of(team, "viewer", "steward"), 403),
        (of(others, "moderator"), 404),
    ):
        faults(await lab.ask(method, path, body, tag, who), status)
    assert await lab.read() == before


async def test_lists_of_labs_are_for_moderators_and_of_their_own(
    team: Team, stories: httpx.AsyncClient, token: Token
) -> None:
    lab = await plan(team)
    await lab.added(("trials", a_trial()))
    theirs = headers(token(a_team(stories, token).code, "moderator"))
    for path, empty in (
        ("/labs", {"labs": [], "next": None}),
        ("/labs/follow-up", {"trials": [], "is_complete": True}),
    ):
        assert (await stories.get(path)).status_code == 401
        assert (await stories.get(path, headers=team.partner)).status_code == 403
        assert (await stories.get(path, headers=theirs)).json() == empty
        wrong = await stories.get(f"{path}?limit=0", headers=theirs)
        assert pointers(wrong, 422) == ["/limit"]
    answer = await stories.post("/labs", json=a_lab(), headers=team.partner)
    assert pointers(answer, 403) == []


async def test_an_erased_story_leaves_the_labs_and_nothing_of_a_lab_travels(
    team: Team, shared_system: System
) -> None:
    gone, stays = await team.tell(), await team.tell()
    body = a_lab(stories=[gone, stays])
    assert (await post(team, body)).status_code == 201
    lab = Lab(team, body["reference"])
    answer = await team.client.post(
        "/erasures", json={"stories": [gone]}, headers=team.partner
    )
    assert answer.status_code == 201
    assert (await lab.read())["stories"] == [stays]
    ids, _ = await kept_of(shared_system, lab)
    assert len(ids) == 1
    # The very same post again is still a repeat, and brings nothing back.
    again = await post(team, body)
    assert (again.status_code, again.json()["stories"]) == (200, [stays])
    rows = await shared_system.fetch(
        "stories", "select 1 from outbox where state::text like $1", f"%{MARK}%"
    )
    assert rows == []


async def test_a_withdrawn_story_leaves_at_most_its_id_in_a_lab(
    team: Team, shared_system: System
) -> None:
    story = await team.tell(text="The kettle sang.")
    lab = await plan(team, stories=[story])
    await team.withdraw(story)
    ids, kept = await kept_of(shared_system, lab)
    assert len(ids) == 1
    assert "kettle" not in str(kept)
    assert story not in str(kept)


async def test_a_lab_that_is_planned_while_its_story_is_erased_keeps_no_trace_of_it(
    team: Team, shared_system: System
) -> None:
    for _ in range(6):
        story = await team.tell()
        body, erased = a_lab(stories=[story]), {"stories": [story]}
        planned, _ = await asyncio.gather(
            post(team, body),
            team.client.post("/erasures", json=erased, headers=team.partner),
        )
        assert planned.status_code == 201
        lab = Lab(team, body["reference"])
        assert (await kept_of(shared_system, lab))[0] == []
