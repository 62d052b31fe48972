"""What a story is about to its teller, over HTTP on a real PostgreSQL."""

from __future__ import annotations

import json

import pytest

from tests.builders import a_reference, a_story
from tests.integration.stories.coding import MEANING, Team, pointers, published_of
from tests.system import System


async def test_the_tellers_meaning_is_kept_beside_the_codings(
    team: Team, shared_system: System
) -> None:
    story = await team.tell(meaning=MEANING)
    await team.coded(story, c1=["crisis"])
    read = await team.read(story)
    assert read["meaning"] == MEANING
    assert read["codings"][0]["themes"] == ["crisis"]
    state = await published_of(shared_system, read["story_id"])
    assert state["themes"] == ["crisis"]
    assert "in_control" not in json.dumps(state)


async def test_a_story_told_again_is_the_same_with_and_without_a_meaning(
    team: Team,
) -> None:
    plain, meant = a_story(), a_story(meaning=MEANING)
    for body in (plain, meant):
        for status in (201, 200):
            answer = await team.client.post("/stories", json=body, headers=team.partner)
            assert answer.status_code == status
    batch = await team.client.post(
        "/stories/batch", json=[plain, meant], headers=team.partner
    )
    assert [one["status"] for one in batch.json()["results"]] == ["repeated"] * 2
    other = {**meant, "meaning": {"themes": ["crisis"]}}
    refused = await team.client.post("/stories", json=other, headers=team.partner)
    assert pointers(refused, 409) == ["/meaning"]


async def test_a_story_kept_before_there_was_a_meaning_is_repeated_and_read(
    team: Team, shared_system: System
) -> None:
    body = a_story()
    told = await team.client.post("/stories", json=body, headers=team.partner)
    # As a version of this service wrote it that knew neither.
    await shared_system.fetch(
        "stories",
        """update story set kept = (
          kept::jsonb #- '{told,meaning}' #- '{codings}' #- '{themes}')::json
        where id = $1""",
        told.json()["story_id"],
    )
    again = await team.client.post("/stories", json=body, headers=team.partner)
    assert again.status_code == 200
    read = await team.read(body["reference"])
    assert (read["meaning"], read["codings"]) == (None, [])
    assert (await team.code_story(body["reference"], "c1", [])).status_code == 200


@pytest.mark.parametrize(
    ("meaning", "where"),
    [
        ({"themes": ["Zanzibar"]}, ["/meaning/themes/0"]),
        ({"themes": ["a b"]}, ["/meaning/themes/0"]),
        ({"themes": ["waiting"] * 6}, ["/meaning/themes"]),
        ({"sliders": {"hopeful": 1.01}}, ["/meaning/sliders"]),
        ({"sliders": {"hopeful": -0.1}}, ["/meaning/sliders"]),
        ({"sliders": {"hopeful": True}}, ["/meaning/sliders"]),
        ({"sliders": {"hopeful": "0.5"}}, ["/meaning/sliders"]),
        ({"sliders": dict.fromkeys("abcd", 1)}, ["/meaning/sliders"]),
        ({"sliders": {"in Zanzibar": 0.5}}, ["/meaning/sliders"]),
        ({"words": "Zanzibar"}, ["/meaning"]),
        ("Zanzibar", ["/meaning"]),
    ],
    ids=range(11),
)
async def test_what_is_no_meaning_is_refused(
    team: Team, meaning: object, where: list[str]
) -> None:
    body = a_story(reference=a_reference("M"), meaning=meaning)
    refused = await team.client.post("/stories", json=body, headers=team.partner)
    assert pointers(refused, 422) == where
    assert "Zanzibar" not in refused.text
    batch = await team.client.post("/stories/batch", json=[body], headers=team.partner)
    [result] = batch.json()["results"]
    assert result["status"] == "invalid"
    assert [one["pointer"] for one in result["problem"]["errors"]] == where
    address = f"/stories/{body['reference']}"
    missing = await team.client.get(address, headers=team.partner)
    assert missing.status_code == 404
