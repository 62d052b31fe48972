"""Links to a person's own stories, and withdrawing by one, on a real PostgreSQL."""

from __future__ import annotations

import re
from html import unescape
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response

from shared.links.tokens import MOST_OPENINGS_A_MINUTE
from tests.builders import a_reference, a_story
from tests.integration import links
from tests.integration.links import Json, Keeper
from tests.system import System

FIELD = re.compile(r'name="(story|confirm)" value="([^"]+)"')


def a_keeper(system: System, client: AsyncClient) -> Keeper:
    return Keeper(system, "stories", client, f"T{uuid4().hex[:8].upper()}")


@pytest.fixture
def keeper(shared_system: System, stories: AsyncClient) -> Keeper:
    return a_keeper(shared_system, stories)


@pytest.fixture
def neighbour(shared_system: System, stories: AsyncClient) -> Keeper:
    return a_keeper(shared_system, stories)


@pytest.fixture
async def about(keeper: Keeper) -> Json:
    body = a_story(text="Then Sunday lunch happened.")
    await keeper.send("/stories", body)
    return {"stories": [body["reference"]]}


async def test_a_link_is_made_opened_and_revoked_and_each_is_audited(
    keeper: Keeper, about: Json
) -> None:
    await links.check_life(keeper, about)


async def test_links_that_open_nothing_look_alike(keeper: Keeper, about: Json) -> None:
    await links.check_closed_pages_are_alike(keeper, about)


async def test_a_token_is_kept_nowhere_and_the_page_is_kept_by_no_one(
    keeper: Keeper, about: Json
) -> None:
    await links.check_privacy(keeper, about)


async def test_links_are_listed_page_by_page(keeper: Keeper, about: Json) -> None:
    await links.check_lists(keeper, about)


async def test_another_organisations_link_does_not_exist(
    keeper: Keeper, neighbour: Keeper, about: Json
) -> None:
    await links.check_neighbours(keeper, neighbour, about)


async def test_a_link_that_cannot_be_is_refused_and_not_stored(
    keeper: Keeper, about: Json
) -> None:
    await links.check_refusals(keeper, about)


async def test_only_partners_make_list_and_revoke_links(
    keeper: Keeper, about: Json
) -> None:
    await links.check_rights(keeper, about)


async def test_a_link_opened_again_and_again_has_to_wait(
    keeper: Keeper, about: Json
) -> None:
    await links.check_rate(keeper, about, MOST_OPENINGS_A_MINUTE)


async def test_a_link_of_a_referral_shows_its_stories_and_no_others(
    keeper: Keeper,
) -> None:
    referral = a_reference("R")
    await keeper.send(
        "/stories", a_story(referral=referral, text="Mine.", consent=None)
    )
    await keeper.send("/stories", a_story(text="Somebody else's."))
    page = (await keeper.open((await keeper.link(referrals=[referral]))["path"])).text
    assert "Mine." in page
    assert "Only the team you told it to" in page
    assert "Somebody else" not in page
    assert referral not in page


def fields_of(page: Response) -> dict[str, str]:
    """Return what the last form of a page sends."""
    assert page.status_code == 200, page.text
    return {name: unescape(value) for name, value in FIELD.findall(page.text)}


async def post(keeper: Keeper, path: str, fields: dict[str, str]) -> Response:
    return await keeper.client.post(path, data=fields)


async def states(keeper: Keeper, story: str) -> list[str]:
    """Return the types of a story's audit rows with who made them."""
    rows = await keeper.system.fetch(
        "stories",
        "select subject, type from audit where record = $1"
        " and type not like '%.read.v1' order by id",
        story,
    )
    return [f"{row['type'].split('.')[-2]} by {row['subject']}" for row in rows]


async def test_a_story_is_withdrawn_as_its_organisation_would(
    keeper: Keeper, about: Json
) -> None:
    made = await keeper.link(**about)
    path, [reference] = made["path"], about["stories"]
    asked = await post(keeper, path, fields_of(await keeper.open(path)))
    assert "cannot be called back" in asked.text
    assert asked.headers["cache-control"] == "no-store"
    fields = fields_of(asked)
    assert len(await states(keeper, fields["story"])) == 1
    done = await post(keeper, path, fields)
    assert (done.status_code, done.headers["location"]) == (303, path)
    shown = await keeper.open(path)
    assert "Withdrawn" in shown.text
    assert "Sunday lunch" not in shown.text
    held = await keeper.client.get(f"/stories/{reference}", headers=keeper.headers)
    assert held.json()["moderation"] == "withdrawn"
    assert held.json()["consents"][-1]["level"] == "none"
    text = await keeper.client.get(
        f"/stories/{fields['story']}/text", headers=keeper.headers
    )
    assert text.status_code == 410
    assert await states(keeper, fields["story"]) == [
        "told by u1",
        f"withdrawn by link:{made['link_id']}",
    ]
    [row] = await keeper.system.fetch(
        "stories", "select state from story where id = $1", fields["story"]
    )
    assert "Sunday" not in row["state"]


async def test_a_confirmation_holds_once(keeper: Keeper, about: Json) -> None:
    path = (await keeper.link(**about))["path"]
    fields = fields_of(await post(keeper, path, fields_of(await keeper.open(path))))
    assert (await post(keeper, path, fields)).status_code == 303
    assert (await post(keeper, path, fields)).status_code == 303
    assert len(await states(keeper, fields["story"])) == 2


async def test_an_old_confirmation_asks_again(keeper: Keeper, about: Json) -> None:
    path, [reference] = (await keeper.link(**about))["path"], about["stories"]
    fields = fields_of(await post(keeper, path, fields_of(await keeper.open(path))))
    wider = {"level": "public", "given_on": "2026-05-01"}
    await keeper.client.put(
        f"/stories/{reference}/consent", json=wider, headers=keeper.headers
    )
    again = await post(keeper, path, fields)
    assert fields_of(again)["confirm"] != fields["confirm"]
    assert (await keeper.open(path)).text.count("Withdraw this story") == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"story": "x"},
        {"story": "8a0b5ad5-9b9c-8f3f-8a2e-0f6f4c1f7b11", "confirm": "é"},
        {f"f{n}": "x" for n in range(50)},
    ],
)
async def test_a_form_that_names_no_story_of_the_link_changes_nothing(
    keeper: Keeper, about: Json, fields: dict[str, str]
) -> None:
    path = (await keeper.link(**about))["path"]
    assert (await post(keeper, path, fields)).status_code == 303
    assert "Sunday lunch" in (await keeper.open(path)).text


async def test_another_persons_story_is_not_withdrawn_by_this_link(
    keeper: Keeper, about: Json
) -> None:
    other = a_story(text="Somebody else's.")
    await keeper.send("/stories", other)
    theirs = await keeper.link(stories=[other["reference"]])
    fields = fields_of(await keeper.open(theirs["path"]))
    mine = await keeper.link(**about)
    assert (await post(keeper, mine["path"], fields)).status_code == 303
    confirmed = fields_of(await post(keeper, theirs["path"], fields))
    await post(keeper, mine["path"], confirmed)
    assert len(await states(keeper, fields["story"])) == 1


async def test_a_closed_link_withdraws_nothing(keeper: Keeper, about: Json) -> None:
    made = await keeper.link(**about)
    fields = fields_of(
        await post(keeper, made["path"], fields_of(await keeper.open(made["path"])))
    )
    await keeper.revoke(made["link_id"])
    assert links.is_closed(await post(keeper, made["path"], fields), 410)
    assert len(await states(keeper, fields["story"])) == 1


async def test_a_form_that_is_too_large_is_refused(keeper: Keeper, about: Json) -> None:
    path = (await keeper.link(**about))["path"]
    answer = await post(keeper, path, {"story": "x" * 10_000})
    assert answer.status_code == 413


async def test_a_person_reads_what_the_team_answered_until_they_withdraw(
    keeper: Keeper, about: Json
) -> None:
    path, [reference] = (await keeper.link(**about))["path"], about["stories"]
    assert "What the team answered" not in (await keeper.open(path)).text
    reply = {
        "reference": "R-secret",
        "replied_on": "2026-05-04",
        "text": "Thank you for telling us.",
        "change": {"what": "Lunch is on Sundays now.", "changed_on": "2026-05-20"},
    }
    await keeper.send(f"/stories/{reference}/replies", reply)
    page = await keeper.open(path)
    assert "Thank you for telling us." in page.text
    assert "What changed because of it" in page.text
    assert "Lunch is on Sundays now." in page.text
    assert "20 May 2026" in page.text
    assert "R-secret" not in page.text
    await post(keeper, path, fields_of(await post(keeper, path, fields_of(page))))
    shown = (await keeper.open(path)).text
    assert "Withdrawn" in shown
    assert "Thank you" not in shown
    assert "Lunch is" not in shown
