"""Packs of learning labs: whose words they hold, at the moment they are made."""

from __future__ import annotations

from itertools import product

import httpx
import pytest

from tests.integration.stories.coding import Team, Token
from tests.integration.stories.labs import Lab, a_lab, at_desk, lab_at_desk, plan
from tests.integration.stories.test_who_reads import Teller
from tests.system import System
from tests.unit.stories.who_reads import (
    CONSENTS,
    EDITED,
    EDITED_MOMENT,
    OWNER,
    ROWS,
    STATES,
    TOLD,
    TOLD_MOMENT,
)

AUDIENCES = ("team", "partners", "public")
NOTED = "uk.livingwell.story.text-for-{audience}.read.v1"
PUBLIC = {"level": "public", "given_on": "2026-04-20"}
PARTNERS = {"level": "partners", "given_on": "2026-04-20"}


async def references_of(system: System, stories: list[str]) -> list[str]:
    rows = await system.fetch(
        "stories", "select reference from story where id = any($1)", stories
    )
    return [row[0] for row in rows]


async def in_packs(system: System, stories: list[str], audience: str) -> list[str]:
    """Return which stories were noted as read by an audience, for a pack."""
    rows = await system.fetch(
        "stories",
        """select record from audit where record = any($1) and type = $2
        and purpose = 'lab_pack' order by record""",
        stories,
        NOTED.format(audience=audience),
    )
    return [str(row[0]) for row in rows]


@pytest.mark.parametrize("is_edited", [False, True])
async def test_a_pack_holds_what_its_readers_may_read_of_every_kind_of_story(
    shared_system: System, stories: httpx.AsyncClient, token: Token, is_edited: bool
) -> None:
    teller, owner = Teller(shared_system, stories), Team(stories, token, OWNER)
    told = {
        kind: await teller.tell(*kind, is_edited) for kind in product(CONSENTS, STATES)
    }
    references = await references_of(shared_system, list(told.values()))
    for place, audience in enumerate(AUDIENCES):
        lab = await plan(owner, audience=audience, stories=references)
        answer = await at_desk(owner, await lab_at_desk(shared_system, lab), "/pack")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        may = {told[kind]: ROWS[kind][place] for kind in told}
        shown = {one: how for one, how in may.items() if how in {"told", "shared"}}
        which = (TOLD, TOLD_MOMENT)
        others = (EDITED, EDITED_MOMENT)
        if is_edited and audience != "team":
            which, others = others, which
        assert [answer.text.count(one) for one in which] == [len(shown)] * 2
        assert not any(one in answer.text for one in others)
        assert f"{len(told) - len(shown)} stories that were chosen" in answer.text
        noted = await in_packs(shared_system, list(told.values()), audience)
        assert noted == sorted(shown)
        # Which were left out, nothing in it says.
        assert not any(one in answer.text for one in (*told.values(), *references))


async def test_a_pack_has_a_story_no_more_once_it_is_withdrawn_and_receipts_tell_of_it(
    team: Team, shared_system: System
) -> None:
    story = await team.tell(text="The kettle sang.", consent=PUBLIC)
    lab = await plan(team, stories=[story])
    address = await lab_at_desk(shared_system, lab)
    for _ in range(2):
        assert "The kettle sang." in (await at_desk(team, address, "/pack")).text
    await team.withdraw(story)
    pack = (await at_desk(team, address, "/pack")).text
    assert "kettle" not in pack
    assert "1 story that was chosen is not here" in pack
    page = (await at_desk(team, address)).text
    assert "Withdrawn: not in the pack" in page
    assert "kettle" not in page
    answer = await team.client.get(f"/stories/{story}/receipts", headers=team.partner)
    [receipt] = answer.json()["receipts"]
    assert (receipt["organisation"], receipt["audience"]) == (team.code, "team")
    assert (receipt["times"], receipt["in_packs"]) == (2, 2)


async def test_a_text_that_is_read_without_a_pack_is_no_print(team: Team) -> None:
    story = await team.tell()
    found = await team.read(story)
    path = f"/stories/{found['story_id']}/text"
    assert (await team.client.get(path, headers=team.partner)).status_code == 200
    answer = await team.client.get(f"/stories/{story}/receipts", headers=team.partner)
    [receipt] = answer.json()["receipts"]
    assert (receipt["times"], receipt["in_packs"]) == (1, 0)


async def test_an_erased_story_is_in_no_pack_and_is_not_counted_there(
    team: Team, shared_system: System
) -> None:
    story = await team.tell(text="The kettle sang.")
    address = await lab_at_desk(shared_system, await plan(team, stories=[story]))
    erased = {"stories": [story]}
    answer = await team.client.post("/erasures", json=erased, headers=team.partner)
    assert answer.status_code == 201
    pack = (await at_desk(team, address, "/pack")).text
    assert "kettle" not in pack
    assert "There are no stories in this pack." in pack
    assert "chosen" not in pack


async def test_a_lab_is_read_anew_by_its_new_readers(
    team: Team, shared_system: System
) -> None:
    story = await team.tell(text="The kettle sang.", consent=PARTNERS)
    body = a_lab(stories=[story])
    answer = await team.client.post("/labs", json=body, headers=team.moderator)
    assert answer.status_code == 201
    lab = Lab(team, body["reference"])
    address = await lab_at_desk(shared_system, lab)
    assert "kettle" in (await at_desk(team, address, "/pack")).text
    body["audience"] = "public"
    assert (await lab.ask("PUT", "", body, await lab.tag())).status_code == 200
    pack = (await at_desk(team, address, "/pack")).text
    assert "kettle" not in pack
    assert "For everybody." in pack
