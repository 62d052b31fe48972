"""How far coders agree, over HTTP on a real PostgreSQL."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.integration.stories.coding import Team, Token, a_team, headers, pointers
from tests.system import System


async def test_two_coders_have_a_kappa_an_alpha_and_something_to_talk_about(
    team: Team,
) -> None:
    first, second, third = [await team.tell() for _ in range(3)]
    await team.coded(first, c1=["waiting", "crisis"], c2=["waiting"])
    await team.coded(second, c1=[], c2=[])
    await team.coded(third, c1=["waiting"], c2=["waiting"])
    found = await team.agreement()
    assert (found["codebook"], found["stories"], found["coders"]) == (1, 3, 2)
    assert found["is_complete"] is True
    themes = {one.pop("theme"): one for one in found["themes"]}
    book = (await team.client.get("/codebook/1")).json()
    assert list(themes) == [theme["code"] for theme in book["themes"]]
    assert themes["waiting"] == {
        "kappa": {"value": 1.0, "guide": "substantial", "reason": None},
        "alpha": {"value": 1.0, "guide": "good", "reason": None},
    }
    assert themes["crisis"]["kappa"]["value"] == 0
    assert themes["medication"]["kappa"]["value"] is None
    assert "on none" in themes["medication"]["alpha"]["reason"]
    assert found["disagreements"] == [
        {"reference": first, "theme": "crisis", "yes": ["c1"], "no": ["c2"]}
    ]


async def test_only_own_stories_of_two_coders_by_that_version_count(
    team: Team, stories: httpx.AsyncClient, token: Token
) -> None:
    version, body = await team.next_version()
    await team.publish(version, body)
    other = a_team(stories, token)
    await other.coded(await other.tell(), c1=["waiting"], c2=[])
    once, mixed, twice = [await team.tell() for _ in range(3)]
    await team.coded(once, c1=["waiting"])
    await team.coded(mixed, c1=["waiting"])
    await team.code_story(mixed, "c2", [], codebook=version)
    await team.coded(twice, c1=["waiting"], c2=[])
    found = await team.agreement()
    assert found["stories"] == 1
    assert [one["reference"] for one in found["disagreements"]] == [twice]


async def test_withdrawn_and_erased_stories_count_nowhere(team: Team) -> None:
    kept, withdrawn, erased = [await team.tell() for _ in range(3)]
    for story in (kept, withdrawn, erased):
        await team.coded(story, c1=["waiting"], c2=[])
    assert (await team.agreement())["stories"] == 3
    await team.withdraw(withdrawn)
    assert (await team.agreement())["stories"] == 2
    receipt = await team.client.post(
        "/erasures", json={"stories": [erased]}, headers=team.partner
    )
    assert receipt.status_code == 201
    found = await team.agreement()
    assert found["stories"] == 1
    assert [one["reference"] for one in found["disagreements"]] == [kept]


async def test_a_story_shared_anew_counts_again(team: Team) -> None:
    story = await team.tell()
    await team.coded(story, c1=["waiting"], c2=[])
    await team.withdraw(story)
    await team.client.put(
        f"/stories/{story}/consent",
        json={"level": "partners", "given_on": "2026-05-02"},
        headers=team.partner,
    )
    assert (await team.agreement())["stories"] == 1


async def test_agreement_is_shown_as_it_was_before_coders_talked(team: Team) -> None:
    story = await team.tell()
    await team.coded(story, c1=["waiting"], c2=[])
    await team.coded(story, c2=["waiting"])
    assert (await team.agreement())["disagreements"] == []
    before = await team.agreement(as_first_coded=True)
    assert [one["yes"] for one in before["disagreements"]] == [["c1"]]


async def test_disagreements_are_paged_and_noted_as_read(
    team: Team, shared_system: System
) -> None:
    told = sorted([await team.tell() for _ in range(5)])
    for story in told:
        await team.coded(story, c1=["waiting", "crisis"], c2=[])
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await team.agreement(after=after, limit=2)
        assert page["stories"] == 5
        seen += [one["reference"] for one in page["disagreements"]]
        after = page["next"]
    assert seen == [story for story in told for _ in ("crisis", "waiting")]
    rows = await shared_system.fetch(
        "stories",
        """select s.reference from audit a join story s on s.id = a.record
        where a.organisation = $1 and a.type = 'uk.livingwell.story.read.v1'""",
        team.code,
    )
    assert sorted(row["reference"] for row in rows) == told


async def test_of_more_than_5000_stories_as_many_are_counted(
    team: Team, shared_system: System
) -> None:
    story = await team.tell()
    await team.coded(story, c1=["waiting"], c2=[])
    await shared_system.fetch(
        "stories",
        """
        insert into story
          (id, organisation, reference, sequence, kept, state, codings)
        select
          uuidv7(), organisation, 'COPY-' || number, sequence, kept, state, codings
        from story, generate_series(1, 5000) number where organisation = $1""",
        team.code,
    )
    try:
        found = await team.agreement(limit=3)
    finally:
        # They were never announced, so nothing else may find them.
        await shared_system.fetch(
            "stories",
            "delete from story where organisation = $1 and reference like 'COPY-%'",
            team.code,
        )
    assert (found["stories"], found["is_complete"]) == (5000, False)
    assert len(found["disagreements"]) == 3
    found = await team.agreement()
    assert (found["stories"], found["is_complete"]) == (1, True)


async def test_without_stories_every_figure_says_why_it_is_missing(
    team: Team,
) -> None:
    found = await team.agreement()
    assert (found["stories"], found["coders"], found["next"]) == (0, 0, None)
    for theme in found["themes"]:
        for figure in (theme["kappa"], theme["alpha"]):
            assert figure["value"] is None
            assert figure["reason"]


async def test_agreement_is_for_moderators(
    team: Team, stories: httpx.AsyncClient, token: Token
) -> None:
    address = "/codebook/1/agreement"
    assert pointers(await stories.get(address), 401) == []
    for role in ("partner", "viewer", "steward"):
        answer = await stories.get(address, headers=headers(token(team.code, role)))
        assert pointers(answer, 403) == []


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "after=%00"])
async def test_a_page_that_cannot_be_asked_for_is_refused(
    team: Team, query: str
) -> None:
    answer = await team.client.get(
        f"/codebook/1/agreement?{query}", headers=team.moderator
    )
    assert pointers(answer, 422)


async def test_who_asks_together_gets_one_count_and_who_asks_later_a_new_one(
    team: Team, shared_system: System
) -> None:
    story = await team.tell()
    await team.coded(story, c1=["waiting"], c2=[])
    together = await asyncio.gather(*(team.agreement() for _ in range(4)))
    assert [one["stories"] for one in together] == [1] * 4
    assert [len(one["disagreements"]) for one in together] == [1] * 4
    # Each reader is noted, though it was counted for all.
    rows = await shared_system.fetch(
        "stories",
        "select 1 from audit where organisation = $1 and type like '%.story.read.v1'",
        team.code,
    )
    assert len(rows) == 4
    await team.withdraw(story)
    assert (await team.agreement())["stories"] == 0
