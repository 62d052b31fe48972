"""Pages that look back: what made a figure, what it said before, what got worse."""

from __future__ import annotations

from datetime import date, timedelta

import asyncpg
import httpx
import pytest

from services.aggregation.disclosure import Gate
from services.aggregation.figures import recount
from services.aggregation.releases import release
from shared.events import ASSESSMENTS, AssessmentState, Decision, ReferralState
from tests.integration.aggregation.asking import fill, release_anew, seen
from tests.integration.aggregation.publishing import a_site, published
from tests.integration.aggregation.states import (
    NOW,
    a_delivery,
    an_assessment,
    entity,
)
from tests.integration.aggregation.test_figures import deliver
from tests.integration.aggregation.test_page import show
from tests.integration.aggregation.test_page_rights import HTML, Reads
from tests.integration.aggregation.test_provenance import fill_pairs, pairs
from tests.integration.aggregation.test_releases import arrive


async def test_the_page_of_a_figure_says_what_made_it(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    site = a_site(name, title="What we look for")
    await published(api, steward, site)
    await fill_pairs(database, *pairs(1, 9, "2+site.ab12"))
    await release_anew(database)
    page = await show(api, "/about/access_count?place=Riverside")
    assert "What we look for" in page.text
    assert f"/frameworks/{name}" in page.links
    assert "Scores" not in page.text
    page = await show(api, "/about/reliable_improvement")
    assert "ReQoL-10, version 1, scored by rules 2+site.ab12" in page.text
    assert f"/frameworks/{name}" not in page.links
    page = await show(api, "/about/reliable_improvement_phq9")
    assert "Too few people to say by which rules." in page.text


async def test_a_figure_opens_as_an_older_release_showed_it(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 20))
    old = await database.fetchval("select number from release where scope = 'system'")
    await arrive(database, seen(40, 20))
    await release(database, Gate(), "LIVINGWELL")
    page = await show(api, "/about/access_count")
    assert "About 40 people were seen" in page.text
    link = f"/about/access_count?release={old}"
    assert link in page.links
    before = await show(api, link)
    assert "About 20 people were seen" in before.text
    assert f"You read an older release, number {old}" in before.text
    assert "/about/access_count" in before.links
    assert f"/about/access_count?release={old}&by=age" in before.links
    assert "/static/live.js" not in before.sources
    assert f"/charts/access_count.svg?release={old}" in "".join(before.sources)
    chart = next(one for one in before.sources if one.startswith("/charts/"))
    assert (await api.get(chart)).status_code == 200
    for path in (f"{link}&place=Riverside", "/about/access_count?release=999999"):
        assert (await api.get(path, headers=HTML)).status_code == 404


def decided(first: int, count: int, year: int, refused: int) -> list[ReferralState]:
    """Return people of a year, of whom some are turned away."""
    return [
        one.model_copy(
            update={
                "received_on": date(year, 3, 2),
                "first_contact_on": date(year, 3, 16),
                "decision": Decision(
                    outcome="not_for_us" if nth < refused else "accepted",
                    decided_on=date(year, 3, 9),
                    reason="02",
                ),
            }
        )
        for nth, one in enumerate(seen(first, count))
    ]


@pytest.mark.parametrize(("refused", "is_told"), [(30, False), (90, True)])
async def test_the_page_for_everyone_says_what_got_worse_in_a_year(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    session: Reads,
    refused: int,
    is_told: bool,
) -> None:
    people = decided(1, 300, 2025, 30) + decided(400, 300, 2026, refused)
    await fill(database, people)
    told = "In the year to March 2026, 30 in 100. In the year before, 10 in 100."
    for headers in ({}, session("ORG1", "partner")):
        answer = await api.get("/", headers=headers)
        assert (told in answer.text) == is_told
    if is_told:
        await arrive(database, decided(800, 300, 2026, 0))
        assert told in (await api.get("/", headers=session("ORG1", "partner"))).text
        await release(database, Gate(), "LIVINGWELL")
        assert told not in (await api.get("/")).text


def asked(number: int, nth: int, weeks_ago: int) -> AssessmentState:
    """Return what somebody answered, some weeks ago."""
    return an_assessment(
        10 * number + nth,
        referral=entity(number),
        completed_on=NOW.date() - timedelta(weeks=weeks_ago),
    )


async def test_a_team_sees_how_many_were_asked_once_and_are_due(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    session: Reads,
) -> None:
    early = {"received_on": date(2025, 11, 3)}
    people = seen(1, 40, **early) + seen(60, 20, organisation="ORG2", **early)
    await fill(database, people)
    answers = [asked(number, 0, 20) for number in (*range(1, 31), *range(60, 80))]
    answers += [asked(number, 1, 3) for number in range(1, 11)]
    answers += [asked(number, 0, 11) for number in range(31, 41)]
    await deliver(database, [(ASSESSMENTS, a_delivery(one)) for one in answers])
    await recount(database)
    page = await api.get("/team", headers=session("ORG1", "partner"))
    assert "About 20 people were asked how they are once, 12 weeks ago" in page.text
    newer = [asked(number, 2, 1) for number in range(11, 28)]
    await deliver(database, [(ASSESSMENTS, a_delivery(one)) for one in newer])
    page = await api.get("/team", headers=session("ORG1", "partner"))
    assert "Very few people were asked once" in page.text
