"""What can be asked over HTTP, and by whom."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import httpx
import pytest

from tests.integration.aggregation.asking import ask, fill, seen
from tests.integration.intake.answers import pointers, problem


@pytest.mark.parametrize("code", ["nothing", "cell", "%00", "é"])
async def test_an_unknown_indicator_is_not_found(
    database: asyncpg.Connection, api: httpx.AsyncClient, code: str
) -> None:
    await fill(database, [])
    problem(await api.get(f"/indicators/{code}"), 404)


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("from=2026", ["/from"]),
        ("from=2026-13", ["/from"]),
        ("from=2026-1", ["/from"]),
        ("from=1899-01", ["/from"]),
        ("to=2026-00", ["/to"]),
        ("to=March", ["/to"]),
        ("to=2026-03-01", ["/to"]),
        ("to=%00", ["/to"]),
        ("from=2026-02&to=2026-01", []),
        ("from=2015-01&to=2026-01", []),
        ("by=postcode", ["/by"]),
        ("by=", ["/by"]),
        ("by=%00", ["/by"]),
        ("place=Riverside&organisation=ORG1", []),
    ],
)
async def test_a_question_that_cannot_be_asked_is_refused(
    database: asyncpg.Connection, api: httpx.AsyncClient, query: str, where: list[str]
) -> None:
    await fill(database, [])
    refused = problem(await api.get(f"/indicators/access_count?{query}"), 422)
    assert pointers(refused) == where


@pytest.mark.parametrize("place", ["Atlantis", "riverside", "%00", "%ff", "' or ''='"])
async def test_a_place_where_nobody_is_registered_is_not_found(
    database: asyncpg.Connection, api: httpx.AsyncClient, place: str
) -> None:
    await fill(database, [])
    for path in ("/indicators/access_count?", "/?"):
        answer = await api.get(f"{path}place={place}")
        assert answer.status_code in {404, 422}
        problem(answer, answer.status_code)


async def test_an_organisation_is_for_itself_and_for_those_who_see_all(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    bearer: Callable[..., dict[str, str]],
) -> None:
    await fill(database, seen(1, 12) + seen(20, 6, organisation="ORG2"))
    address = "/indicators/access_count?organisation=ORG1"
    problem(await api.get(address), 401)
    for org, *roles in (
        ("ORG2", "partner"),
        ("ORG1", "moderator"),
        ("ORG1",),
        ("ORG2", "ops", "moderator", "partner"),
    ):
        problem(await api.get(address, headers=bearer(org, *roles)), 404)
    for org, role in (
        ("ORG1", "partner"),
        ("ORG2", "viewer"),
        ("ICB", "platform"),
        ("ICB", "steward"),
    ):
        headers = bearer(org, role)
        answer = await ask(api, "access_count", headers, organisation="ORG1")
        assert answer["scope"] == "organisation:ORG1"
        assert answer["totals"][0]["value"] == 10


async def test_one_that_is_not_registered_answers_like_one_that_is_not_yours(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    bearer: Callable[..., dict[str, str]],
) -> None:
    await fill(database, [])
    viewer = bearer("ORG2", "viewer")
    for code in ("NOBODY", "%00"):
        address = f"/indicators/access_count?organisation={code}"
        answer = await api.get(address, headers=viewer)
        assert answer.status_code in {404, 422}


async def test_a_token_that_does_not_hold_is_refused_even_where_none_is_needed(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [])
    headers = {"Authorization": "Bearer no-token"}
    problem(await api.get("/indicators/access_count", headers=headers), 401)
