"""What a story is found by follows what is kept of it, whoever writes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.builders import a_story
from tests.integration.stories.coding import Team
from tests.system import System

COLUMNS = "told_on, moderation, referral, expires_on, codings, words::text"
SHARED = {"level": "partners", "given_on": "2026-04-20"}


async def columns_of(system: System, team: Team, story: str) -> tuple[Any, ...]:
    query = f"select {COLUMNS} from story where organisation = $1 and reference = $2"
    [row] = await system.fetch("stories", query, team.code, story)
    return tuple(row)


async def kept_anew(system: System, team: Team, story: str) -> tuple[Any, ...]:
    """Return what the columns are once the database has kept them itself."""
    await system.fetch(
        "stories",
        "update story set kept = kept where organisation = $1 and reference = $2",
        team.code,
        story,
    )
    return await columns_of(system, team, story)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"referral": "R-1"},
        {"moments": [], "recommendations": ["Ring sooner.", "Ask twice."]},
        {"moments": [{"kind": "magic", "step": "support"}]},
        {"consent": None},
        {"consent": SHARED | {"expires_on": "2199-01-01"}},
        {"consent": SHARED | {"level": "none"}},
    ],
)
async def test_a_new_story_brings_the_columns_that_a_change_would_keep(
    team: Team, shared_system: System, told: dict[str, Any]
) -> None:
    batch = [a_story(**told), a_story(**told)]
    answer = await team.client.post("/stories/batch", json=batch, headers=team.partner)
    assert answer.status_code == 200, answer.text
    for story in (await team.tell(**told), batch[0]["reference"]):
        brought = await columns_of(shared_system, team, story)
        assert brought[:2] == (date(2026, 4, 20), "submitted")
        assert (brought[2] is not None) == ("referral" in told)
        assert "'sunday'" in brought[5]
        assert await kept_anew(shared_system, team, story) == brought


async def test_columns_follow_every_change(team: Team, shared_system: System) -> None:
    story = await team.tell(consent=SHARED | {"expires_on": "2199-01-01"})
    await team.coded(story, a=["kindness"])
    columns = await columns_of(shared_system, team, story)
    assert columns[3] == date(2199, 1, 1)
    assert '"kindness"' in columns[4]
    await team.withdraw(story)
    columns = await columns_of(shared_system, team, story)
    assert columns[:5] == (date(2026, 4, 20), "withdrawn", None, None, None)
