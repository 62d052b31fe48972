"""Links to a person's own goals and scores, over HTTP on a real PostgreSQL."""

from __future__ import annotations

from uuid import uuid4

import pytest
from httpx import AsyncClient

from shared.links.tokens import MOST_OPENINGS_A_MINUTE
from tests.builders import a_goal, a_reference, a_referral, an_assessment
from tests.integration import links
from tests.integration.links import Json, Keeper
from tests.integration.measures.bodies import an_organisation
from tests.system import System


@pytest.fixture
def keeper(shared_system: System, measures: AsyncClient) -> Keeper:
    return Keeper(shared_system, "measures", measures, an_organisation())


@pytest.fixture
def neighbour(shared_system: System, measures: AsyncClient) -> Keeper:
    return Keeper(shared_system, "measures", measures, an_organisation())


@pytest.fixture
async def about(keeper: Keeper) -> Json:
    referral = a_reference("R")
    await keeper.send("/goals", a_goal(referral, words="Sing with others again"))
    return {"referrals": [referral]}


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


async def test_a_page_shows_its_own_referrals_and_no_others(
    keeper: Keeper, about: Json
) -> None:
    other = a_referral()["reference"]
    await keeper.send("/goals", a_goal(other, words="Somebody else's goal"))
    await keeper.send("/assessments", an_assessment(about["referrals"][0]))
    page = await keeper.open((await keeper.link(**about))["path"])
    assert "Sing with others again" in page.text
    assert "Somebody else" not in page.text
    assert "How life has been" in page.text
    assert about["referrals"][0] not in page.text
    assert keeper.organisation not in page.text


async def test_a_page_shows_what_came_after_the_link(
    keeper: Keeper, about: Json
) -> None:
    made = await keeper.link(**about)
    [referral] = about["referrals"]
    await keeper.send("/goals", a_goal(referral, words="A goal of later"))
    await keeper.send(
        "/assessments",
        an_assessment(
            referral, instrument="safety", responses={"text": uuid4().hex + " safe"}
        ),
    )
    page = (await keeper.open(made["path"])).text
    assert "A goal of later" in page
    assert "safe</blockquote>" in page


async def test_the_style_sheet_is_served(keeper: Keeper) -> None:
    answer = await keeper.client.get("/static/my.css")
    assert answer.headers["content-type"].startswith("text/css")
