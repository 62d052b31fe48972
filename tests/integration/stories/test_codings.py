"""Coding stories, over HTTP on a real PostgreSQL: what is kept, what is published."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.integration.stories.coding import (
    MEANING,
    Team,
    Token,
    a_team,
    headers,
    pointers,
    published_of,
)
from tests.system import System


async def happenings(system: System, story_id: str) -> list[str]:
    """Return what was noted of a story, reads left out."""
    rows = await system.fetch(
        "stories", "select type from audit where record = $1 order by id", story_id
    )
    types = [row["type"].split(".")[3] for row in rows]
    return [one for one in types if one != "read"]


async def test_what_coders_find_is_kept_one_by_one_and_published_together(
    team: Team, shared_system: System
) -> None:
    story = await team.tell()
    answer = await team.code_story(story, "c1", ["waiting", "kindness"])
    assert answer.status_code == 200
    assert answer.headers["ETag"] == f'"{answer.json()["sequence"]}"'
    await team.coded(story, c2=["waiting"], c3=["waiting", "crisis"])
    read = await team.read(story)
    assert read["codings"] == [
        {
            "coder": "c1",
            "codebook": 1,
            "themes": ["kindness", "waiting"],
            "first": None,
        },
        {"coder": "c2", "codebook": 1, "themes": ["waiting"], "first": None},
        {"coder": "c3", "codebook": 1, "themes": ["crisis", "waiting"], "first": None},
    ]
    state = await published_of(shared_system, read["story_id"])
    assert state["themes"] == ["waiting"]
    assert await happenings(shared_system, read["story_id"]) == [
        "told",
        "coded",
        "coded",
        "coded",
    ]


async def test_the_same_coding_again_changes_nothing(
    team: Team, shared_system: System
) -> None:
    story = await team.tell()
    first = await team.code_story(story, "c1", ["waiting", "crisis"])
    again = await team.code_story(story, "c1", ["crisis", "waiting", "crisis"])
    assert again.status_code == 200
    assert again.json() == first.json()
    story_id = first.json()["story_id"]
    assert await happenings(shared_system, story_id) == ["told", "coded"]


async def test_other_themes_replace_a_coding_and_that_is_noted(
    team: Team, shared_system: System
) -> None:
    story = await team.tell()
    first = await team.code_story(story, "c1", ["waiting"])
    second = await team.code_story(story, "c1", [])
    assert second.json()["sequence"] > first.json()["sequence"]
    read = await team.read(story)
    assert read["codings"] == [
        {"coder": "c1", "codebook": 1, "themes": [], "first": ["waiting"]}
    ]
    state = await published_of(shared_system, read["story_id"])
    assert state["themes"] == []
    noted = await happenings(shared_system, read["story_id"])
    assert noted == ["told", "coded", "coded"]


async def test_a_newer_codebook_carries_older_codings_over(
    team: Team, shared_system: System
) -> None:
    version, body = await team.next_version()
    body["themes"] = [t for t in body["themes"] if t["code"] != "medication"]
    body["crosswalk"]["medication"] = ["choice"]
    assert (await team.publish(version, body)).status_code == 200
    story = await team.tell()
    await team.coded(story, c1=["medication"])
    newer = await team.code_story(story, "c2", [f"new_{version}"], codebook=version)
    assert newer.status_code == 200
    state = await published_of(shared_system, newer.json()["story_id"])
    assert state["themes"] == ["choice", f"new_{version}"]
    # Put back what later tests find in the newest version.
    version, body = await team.next_version()
    body["themes"].append({**body["themes"][0], "code": "medication"})
    assert (await team.publish(version, body)).status_code == 200


@pytest.mark.parametrize("level", ["none", "internal"])
async def test_codings_stay_home_while_the_story_is_not_shared(
    team: Team, shared_system: System, level: str
) -> None:
    consent = {"level": level, "given_on": "2026-04-20"}
    story = await team.tell(consent=consent if level == "internal" else None)
    await team.coded(story, c1=["waiting"])
    read = await team.read(story)
    assert read["codings"][0]["themes"] == ["waiting"]
    assert (await published_of(shared_system, read["story_id"]))["themes"] == []
    answer = await team.client.put(
        f"/stories/{story}/consent",
        json={"level": "partners", "given_on": "2026-04-21"},
        headers=team.partner,
    )
    assert answer.status_code == 200
    state = await published_of(shared_system, read["story_id"])
    assert state["themes"] == ["waiting"]


async def test_a_withdrawn_story_shows_no_theme_and_is_not_coded(
    team: Team, shared_system: System
) -> None:
    story = await team.tell(meaning=MEANING)
    await team.coded(story, c1=["waiting"])
    await team.withdraw(story)
    read = await team.read(story)
    assert read["codings"] == []
    assert read["meaning"] is None
    assert (await published_of(shared_system, read["story_id"]))["themes"] == []
    refused = await team.code_story(story, "c2", ["waiting"])
    assert pointers(refused, 410) == []
    assert refused.json()["type"] == "urn:livingwell:problem:story-withdrawn"


async def test_codings_at_once_are_all_kept(team: Team) -> None:
    story = await team.tell()
    coders = [f"c{number}" for number in range(12)]
    answers = await asyncio.gather(
        *(team.code_story(story, coder, ["waiting"]) for coder in coders * 2)
    )
    assert Counter(answer.status_code for answer in answers) == {200: 24}
    codings = (await team.read(story))["codings"]
    assert sorted(one["coder"] for one in codings) == sorted(coders)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"codebook": 999_999}, ["/codebook"]),
        ({"codebook": 0}, ["/codebook"]),
        ({"codebook": "1"}, ["/codebook"]),
        ({"codebook": True}, ["/codebook"]),
        ({"themes": ["waiting", "Zanzibar"]}, ["/themes/1"]),
        ({"themes": ["too long to wait"]}, ["/themes/0"]),
        ({"themes": ["waiting"] * 61}, ["/themes"]),
        ({"themes": None}, ["/themes"]),
        ({"coder": "Jane Smith"}, ["/coder"]),
        ({"coder": "9991234578"}, ["/coder"]),
        ({"name": "Zanzibar"}, [""]),
    ],
    ids=range(11),
)
async def test_what_is_no_coding_is_refused_and_not_said_again(
    team: Team, change: dict[str, Any], where: list[str]
) -> None:
    story = await team.tell()
    body = {"coder": "c1", "codebook": 1, "themes": ["waiting"]}
    refused = await team.client.post(
        f"/stories/{story}/codings", json=body | change, headers=team.moderator
    )
    assert pointers(refused, 422) == where
    assert "Zanzibar" not in refused.text
    assert (await team.read(story))["codings"] == []


async def test_coding_is_for_moderators_of_the_storys_organisation(
    team: Team, stories: httpx.AsyncClient, token: Token
) -> None:
    story = await team.tell()
    address = f"/stories/{story}/codings"
    body = {"coder": "c1", "codebook": 1, "themes": ["waiting"]}
    assert pointers(await stories.post(address, json=body), 401) == []
    for role in ("partner", "viewer", "steward"):
        answer = await stories.post(
            address, json=body, headers=headers(token(team.code, role))
        )
        assert pointers(answer, 403) == []
    other = a_team(stories, token)
    assert pointers(await other.code_story(story, "c1", ["waiting"]), 404) == []
    assert (await team.read(story))["codings"] == []


async def test_a_codebook_published_in_between_is_answered_with_try_again(
    team: Team, shared_system: System
) -> None:
    story = await team.tell()
    await team.coded(story, c1=["waiting"])
    # As if c1's codebook had been published after this request read them all.
    await shared_system.fetch(
        "stories",
        """update story set kept = jsonb_set(
          kept::jsonb, '{codings,0,codebook}', '999999')::json
        where organisation = $1""",
        team.code,
    )
    refused = await team.code_story(story, "c2", ["waiting"])
    assert pointers(refused, 503) == []
    assert refused.headers["Retry-After"]
    assert len((await team.read(story))["codings"]) == 1
