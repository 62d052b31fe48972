"""Frameworks over HTTP: published, refused, listed, and read from files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.aggregation.frameworks.publishing import FrameworkFiles, read_files
from tests.frameworks import a_framework, a_measure, an_outcome, as_yaml, with_outcomes
from tests.integration.aggregation.publishing import published, put
from tests.integration.intake.answers import pointers, problem

Bearer = Callable[..., dict[str, str]]
FILES = Path(__file__).parents[3] / "deploy" / "frameworks"


async def audited(database: asyncpg.Connection) -> int:
    count: int = await database.fetchval(
        "select count(*) from audit where type = 'uk.livingwell.framework.published.v1'"
    )
    return count


async def test_a_framework_is_published_once_and_audited(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    before = await audited(database)
    first = await put(api, steward, a_framework(name))
    again = await put(api, steward, a_framework(name))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["published_by"] == "ORG1"
    assert await audited(database) == before + 1
    shown = await api.get(f"/frameworks/{name}")
    assert shown.json() == first.json()
    assert shown.headers["ETag"] == first.headers["ETag"]
    [version] = shown.json()["versions"]
    assert version["in_effect_from"] == "2026-01-01"
    assert version["in_effect_to"] is None


async def test_what_was_published_is_never_changed(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await published(api, steward, a_framework(name))
    for statement in ("update framework_version set number = 9", "delete from {}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.execute(statement.format("framework_version"))


async def test_a_framework_is_refused_with_all_that_is_wrong(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    before = await audited(database)
    wrong = with_outcomes(
        an_outcome(indicators=[a_measure("beds", asked_by=None)]),
        an_outcome("heard", indicators=[]),
        id=name,
    )
    refused = problem(await put(api, steward, wrong), 422)
    assert refused["type"] == "urn:livingwell:problem:framework-refused"
    assert pointers(refused) == [
        "/aims/0/outcomes/0/indicators/0/code",
        "/aims/0/outcomes/0/indicators/0/asked_by",
        "/aims/0/outcomes/1/indicators",
    ]
    other = a_framework("another")
    answer = await api.put(
        f"/frameworks/{name}", content=as_yaml(other), headers=steward
    )
    assert pointers(problem(answer, 422)) == ["/id"]
    unread = await api.put(f"/frameworks/{name}", content=b"[" * 999, headers=steward)
    problem(unread, 422)
    big = await api.put(f"/frameworks/{name}", content=b"#" * 64_001, headers=steward)
    assert problem(big, 413)["type"] == "urn:livingwell:problem:too-large"
    problem(await api.get(f"/frameworks/{name}"), 404)
    assert await audited(database) == before


@pytest.mark.usefixtures("database")
async def test_only_a_steward_publishes(
    api: httpx.AsyncClient, bearer: Bearer, name: str
) -> None:
    problem(await put(api, {}, a_framework(name)), 401)
    for role in ("partner", "viewer", "platform", "moderator", "ops"):
        problem(await put(api, bearer("ORG1", role), a_framework(name)), 403)
    problem(await api.get(f"/frameworks/{name}"), 404)


@pytest.mark.usefixtures("database")
async def test_a_change_names_the_version_that_it_was_made_from(
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    [first] = await published(api, steward, a_framework(name))
    changed = a_framework(name, valid_from="2026-03-01", title="Changed")
    problem(await put(api, steward, changed), 428)
    problem(await put(api, steward, changed, '"nothing"'), 412)
    assert (await put(api, steward, changed, f'"{first}"')).status_code == 201
    later = a_framework(name, valid_from="2026-04-01", title="Changed again")
    problem(await put(api, steward, later, f'"{first}"'), 412)
    new = a_framework(f"{name}-new")
    problem(await put(api, steward, new, f'"{first}"'), 412)
    overlapping = a_framework(name, title="Again")
    shown = await api.get(f"/frameworks/{name}")
    refused = await put(api, steward, overlapping, shown.headers["ETag"])
    assert pointers(problem(refused, 422)) == ["/valid_from"]
    old = await put(api, steward, a_framework(name))
    assert (old.status_code, old.json()["version"]) == (200, first)


@pytest.mark.usefixtures("database")
async def test_frameworks_are_listed_with_when_each_version_holds(
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    versions = await published(
        api, steward, a_framework(name), a_framework(name, valid_from="2026-03-01")
    )
    listed = (await api.get("/frameworks")).json()["frameworks"]
    [found] = [one for one in listed if one["id"] == name]
    assert found["places"] == ["Riverside"]
    assert [
        (one["version"], one["in_effect_from"], one["in_effect_to"])
        for one in found["versions"]
    ] == [
        (versions[0], "2026-01-01", "2026-02-28"),
        (versions[1], "2026-03-01", None),
    ]


async def test_files_are_published_at_start_and_only_once(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
) -> None:
    transport = api._transport
    assert isinstance(transport, httpx.ASGITransport)
    app = transport.app
    assert isinstance(app, FastAPI)
    before = await audited(database)
    for _ in range(2):
        worker = FrameworkFiles(app, read_files(FILES))
        await worker.run()
        assert worker.is_connected
        assert await audited(database) == before + 4
    shown = (await api.get("/frameworks/eastholme")).json()
    assert len(shown["versions"]) == 2
    assert shown["published_by"] is None
    changed = a_framework("eastholme", valid_from="2026-09-01")
    newest = shown["versions"][-1]["version"]
    assert (await put(api, steward, changed, f'"{newest}"')).status_code == 201
    await FrameworkFiles(app, read_files(FILES)).run()
    again = (await api.get("/frameworks/eastholme")).json()
    assert len(again["versions"]) == 3, "what a steward published stands"
    assert again["content"]["title"] == "What Riverside looks for"
