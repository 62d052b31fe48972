"""Who gets which figures in a file, what is refused, and whose words are defused."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import httpx
import pytest

from services.aggregation.app import create_app
from services.aggregation.exports import room
from services.aggregation.figures import recount
from services.aggregation.settings import Settings
from shared.database import Database, open_pool
from shared.events import ORGANISATIONS, REFERRALS
from tests.integration.aggregation.asking import fill, seen
from tests.integration.aggregation.exporting import csv_rows, export
from tests.integration.aggregation.states import a_delivery, an_organisation
from tests.integration.aggregation.test_figures import deliver
from tests.integration.intake.answers import pointers, problem

FILES = ("figures.csv", "figures.parquet", "figures.fhir", "mhsds.csv")
Bearer = Callable[..., dict[str, str]]


async def scopes(
    api: httpx.AsyncClient, headers: dict[str, str] | None = None, **more: str
) -> set[str]:
    rows = await csv_rows(api, headers=headers, indicators="access_count", **more)
    return {f"{row['scope']}:{row['scope_name']}" for row in rows}


async def test_everyone_gets_what_they_may_see_and_no_more(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer
) -> None:
    await fill(database, seen(1, 12) + seen(20, 6, organisation="ORG2"))
    public = {"system:", "place:Hillside", "place:Riverside"}
    everybody = public | {"organisation:ORG1", "organisation:ORG2"}
    assert await scopes(api) == public
    assert await scopes(api, bearer("ORG1", "partner")) == public | {
        "organisation:ORG1"
    }
    assert await scopes(api, bearer("ORG1", "moderator")) == public
    for role in ("viewer", "platform", "steward"):
        assert await scopes(api, bearer("ICB", role)) == everybody


async def test_one_scope_can_be_asked_for(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer
) -> None:
    await fill(database, seen(1, 12) + seen(20, 6, organisation="ORG2"))
    assert await scopes(api, place="Hillside") == {"place:Hillside"}
    own = bearer("ORG1", "partner")
    assert await scopes(api, own, organisation="ORG1") == {"organisation:ORG1"}


@pytest.mark.parametrize("name", FILES)
async def test_another_organisation_is_not_found(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer, name: str
) -> None:
    await fill(database, seen(1, 12))
    address = f"/exports/{name}?organisation=ORG1"
    problem(await api.get(address), 401)
    problem(await api.get(address, headers=bearer("ORG2", "partner")), 404)
    problem(await api.get(address, headers=bearer("ORG1", "moderator")), 404)
    problem(await api.get(f"/exports/{name}?place=Atlantis"), 404)
    problem(await api.get(address, headers={"Authorization": "Bearer x"}), 401)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("indicators=nothing", ["/indicators"]),
        ("indicators=", ["/indicators"]),
        ("indicators=access_count,", ["/indicators"]),
        ("indicators=%00", ["/indicators"]),
        ("by=postcode", ["/by"]),
        ("indicators=theme_mix&by=age", ["/by"]),
        ("from=2026-13", ["/from"]),
        ("to=March", ["/to"]),
        ("from=2026-02&to=2026-01", []),
        ("from=2015-01&to=2026-01", []),
        ("place=Riverside&organisation=ORG1", []),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    name: str,
    query: str,
    where: list[str],
) -> None:
    await fill(database, [])
    refused = problem(await api.get(f"/exports/{name}?{query}"), 422)
    assert pointers(refused) == where


@pytest.mark.parametrize("name", FILES)
async def test_no_file_is_made_before_all_is_counted(
    database: asyncpg.Connection, api: httpx.AsyncClient, name: str
) -> None:
    assert not await database.fetchval("select is_counted from progress")
    answer = await api.get(f"/exports/{name}")
    assert problem(answer, 503)["type"] == "urn:livingwell:problem:not-counted"


async def test_only_so_many_files_are_written_at_once(
    aggregation_settings: Settings, database: asyncpg.Connection
) -> None:
    await fill(database, [])
    app = create_app(aggregation_settings)
    pool = await open_pool(aggregation_settings)
    app.state.database = Database(pool, 5)
    app.state.exports = room(1)
    await app.state.exports["public"].acquire()
    transport = httpx.ASGITransport(app)
    async with pool, httpx.AsyncClient(transport=transport, base_url="http://x") as one:
        answer = await one.get("/exports/figures.csv")
        assert problem(answer, 503)["type"] == "urn:livingwell:problem:too-many-exports"
        assert answer.headers["Retry-After"] == "30"
        app.state.exports["public"].release()
        assert (await one.get("/exports/figures.csv")).status_code == 200
        assert not app.state.exports["public"].locked()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
async def test_a_name_that_looks_like_a_formula_is_defused(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer, start: str
) -> None:
    place = f"{start}HYPERLINK(1)"
    partner = an_organisation(1, place=place, name=f"{start}cmd|' /C calc'!A0")
    await deliver(database, [(ORGANISATIONS, a_delivery(partner))])
    await deliver(database, [(REFERRALS, a_delivery(one)) for one in seen(1, 12)])
    await recount(database)
    viewer = bearer("ICB", "viewer")
    for name in ("figures.csv", "mhsds.csv"):
        rows = await csv_rows(api, name, viewer, indicators="access_count,theme_mix")
        cells = {cell for row in rows for cell in row.values()}
        assert f"'{place}" in cells
        assert not {cell for cell in cells if cell[:1] in set("=+-@\t\r")}
    answer = await export(api, "figures.fhir", viewer, indicators="access_count")
    assert "HYPERLINK" in answer.text, "nothing but spreadsheets takes it for a formula"
