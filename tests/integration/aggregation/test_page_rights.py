"""Pages and charts by reader: who sees what, and what is said to those who may not."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import httpx
import pytest

from tests.integration.aggregation.asking import fill, seen
from tests.integration.aggregation.states import a_story

HTML = {"Accept": "text/html"}
Reads = Callable[..., dict[str, str]]


@pytest.mark.parametrize("path", ["/partners", "/team"])
async def test_who_did_not_sign_in_is_led_there_and_back(
    database: asyncpg.Connection, api: httpx.AsyncClient, path: str
) -> None:
    await fill(database, seen(1, 12))
    answer = await api.get(path, headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next=%2F{path[1:]}"


@pytest.mark.parametrize(
    ("path", "roles", "status"),
    [
        ("/partners", ["viewer"], 200),
        ("/partners", ["steward"], 200),
        ("/partners", ["partner", "moderator"], 403),
        ("/team", ["partner"], 200),
        ("/team", ["moderator"], 200),
        ("/team", ["viewer", "steward"], 403),
        ("/about/access_count?organisation=ORG1", ["partner"], 200),
        ("/about/access_count?organisation=ORG2", ["viewer"], 200),
        ("/about/access_count?organisation=ORG2", ["partner"], 404),
        ("/charts/access_count.svg?organisation=ORG1", ["partner"], 200),
        ("/charts/access_count.svg?organisation=ORG2", ["partner"], 404),
        ("/charts/access_count.svg?organisation=ORG1", ["moderator"], 404),
    ],
)
async def test_what_a_role_opens(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    session: Reads,
    path: str,
    roles: list[str],
    status: int,
) -> None:
    await fill(database, seen(1, 12))
    answer = await api.get(path, headers=session("ORG1", *roles))
    assert answer.status_code == status, answer.text
    is_page = answer.headers["content-type"].startswith("text/html")
    assert is_page or ".svg" in path
    if status == 200 and is_page:
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/about/access_count", "/charts/access_count.svg"])
async def test_an_organisation_is_not_for_everybody(
    database: asyncpg.Connection, api: httpx.AsyncClient, path: str
) -> None:
    await fill(database, seen(1, 12))
    answer = await api.get(f"{path}?organisation=ORG1", headers=HTML)
    assert answer.status_code == 401
    if ".svg" not in path:
        assert "This is for people who work here" in answer.text


async def test_a_team_that_is_not_registered_is_told_so(
    database: asyncpg.Connection, api: httpx.AsyncClient, session: Reads
) -> None:
    await fill(database, seen(1, 12))
    answer = await api.get("/team", headers=session("NOBODY", "partner"))
    assert answer.status_code == 404
    assert "not registered here yet" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/about/nothing", 404),
        ("/about/access_count?place=Nowhere", 404),
        ("/about/access_count?by=colour", 422),
        ("/about/source_mix?by=age", 422),
        ("/charts/nothing.svg", 404),
        ("/charts/access_count.svg?from=now", 422),
        ("/charts/access_count.svg?by=colour", 422),
        ("/easy?place=Nowhere", 404),
    ],
)
async def test_what_is_not_there_is_said(
    database: asyncpg.Connection, api: httpx.AsyncClient, path: str, status: int
) -> None:
    await fill(database, seen(1, 12))
    answer = await api.get(path, headers=HTML)
    assert answer.status_code == status
    kind = "application/problem+json" if ".svg" in path else "text/html; charset=utf-8"
    assert answer.headers["content-type"] == kind


@pytest.mark.parametrize(
    "path", ["/", "/easy", "/about", "/about/access_count", "/charts/access_count.svg"]
)
async def test_until_all_is_counted_no_figure_is_shown(
    database: asyncpg.Connection, api: httpx.AsyncClient, path: str
) -> None:
    assert await database.fetchval("select not is_counted from progress")
    answer = await api.get(path, headers=HTML)
    assert answer.status_code == 503
    if ".svg" not in path:
        assert "Being counted" in answer.text


async def test_partners_are_side_by_side_in_the_order_of_the_alphabet(
    database: asyncpg.Connection, api: httpx.AsyncClient, session: Reads
) -> None:
    old = seen(20, 30, organisation="ORG2", received_on="2026-01-14")
    await fill(database, seen(1, 12) + old)
    page = await api.get("/partners", headers=session("ORG9", "viewer"))
    names = ["The whole system", "Hillside", "Partner 2", "Riverside", "Partner 1"]
    found = [page.text.index(f">{name}</a>") for name in names]
    assert found == sorted(found)
    assert "Whom we have not heard from" in page.text
    assert "/about/wait_days?organisation=ORG1" in page.text


async def test_a_team_reads_of_its_own_and_of_nobody_else(
    database: asyncpg.Connection, api: httpx.AsyncClient, session: Reads
) -> None:
    others = seen(20, 30, organisation="ORG2")
    await fill(database, seen(1, 12) + others, [a_story()])
    page = await api.get("/team", headers=session("ORG1", "partner"))
    assert "About 10 people were seen for the first time." in page.text
    assert "Partner 2" not in page.text
    assert "which is too few to show" in page.text
    weeks = seen(100, 8, received_on="2026-04-22", first_contact_on="2026-04-24")
    await fill(database, weeks)
    page = await api.get("/team", headers=session("ORG1", "partner"))
    assert "Week from 20 April to 26 April 2026" in page.text
    assert "about 10" in page.text


@pytest.mark.parametrize("by", ["age", "ethnicity"])
async def test_groups_are_compared_and_the_unknown_kept_apart(
    database: asyncpg.Connection, api: httpx.AsyncClient, by: str
) -> None:
    await fill(database, seen(1, 40))
    page = await api.get(f"/about/ineligible_rate?by={by}")
    assert page.status_code == 200
    assert "Kept apart." in page.text
    assert f"/charts/ineligible_rate.svg?by={by}" in page.text
