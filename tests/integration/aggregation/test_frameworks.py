"""Frameworks over HTTP: published, refused, read again, and answered by figures."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.aggregation.frameworks.publishing import FrameworkFiles, read_files
from tests.frameworks import a_framework, a_measure, an_outcome, as_yaml, with_outcomes
from tests.integration.aggregation.asking import fill, seen
from tests.integration.aggregation.states import a_story
from tests.integration.intake.answers import pointers, problem

Bearer = Callable[..., dict[str, str]]
_numbers = itertools.count(1)
FILES = Path(__file__).parents[3] / "deploy" / "frameworks"
PERIOD = {"from": "2026-01", "to": "2026-05"}


@pytest.fixture
def name() -> str:
    """Return an id that no other test has: what is published stays."""
    return f"site-{next(_numbers)}"


@pytest.fixture
def steward(bearer: Bearer) -> dict[str, str]:
    """Return the headers of a steward."""
    return bearer("ORG1", "steward")


async def put(
    api: httpx.AsyncClient,
    headers: dict[str, str],
    framework: dict[str, Any],
    if_match: str | None = None,
) -> httpx.Response:
    more = {"If-Match": if_match} if if_match else {}
    return await api.put(
        f"/frameworks/{framework['id']}",
        content=as_yaml(framework),
        headers=headers | more | {"Content-Type": "application/yaml"},
    )


async def published(
    api: httpx.AsyncClient, headers: dict[str, str], *frameworks: dict[str, Any]
) -> list[str]:
    """Publish versions one after the other; return their names."""
    etag, names = None, []
    for framework in frameworks:
        answer = await put(api, headers, framework, etag)
        assert answer.status_code == 201, answer.text
        etag = answer.headers["ETag"]
        names.append(answer.json()["version"])
        assert etag == f'"{names[-1]}"'
    return names


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


async def report(api: httpx.AsyncClient, name: str, **asked: str) -> dict[str, Any]:
    answer = await api.get(f"/frameworks/{name}/report", params=PERIOD | asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def totals(part: dict[str, Any]) -> list[Any]:
    return [
        figures["totals"][0]["value"]
        for aim in part["aims"]
        for outcome in aim["outcomes"]
        for measure in outcome["indicators"]
        for figures in measure["figures"]
    ]


async def test_a_report_answers_for_the_places_of_the_framework_only(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await fill(
        database,
        seen(1, 12) + seen(40, 30, organisation="ORG2"),
        [a_story(told_on=date(2026, 3, 20))],
    )
    both = a_framework(f"{name}-both", places=["Riverside", "Hillside", "Nowhere"])
    everywhere = a_framework(f"{name}-all", places=[])
    for framework in (a_framework(name), both, everywhere):
        await published(api, steward, framework)
    one = await report(api, name)
    [part] = one["parts"]
    assert (part["from"], part["to"]) == ("2026-01", "2026-05")
    assert totals(part) == [10]
    [outcome] = part["aims"][0]["outcomes"]
    [measure] = outcome["indicators"]
    assert measure["measure"]["asked_by"] == "the people's panel"
    assert measure["measure"]["asked_on"] == "2025-11-03"
    assert measure["figures"][0]["scope"] == "place:Riverside"
    assert measure["figures"][0]["totals"][0]["denominator"] == 10
    assert "counted once" in measure["figures"][0]["notes"][0]
    assert {moment["kind"] for moment in part["moments"]} == {"magic", "miserable"}
    assert one["without_a_version"] == []
    [two] = (await report(api, f"{name}-both"))["parts"]
    assert totals(two) == [10, 30]
    assert two["places_without_partners"] == ["Nowhere"]
    assert totals((await report(api, f"{name}-all"))["parts"][0]) == [40]


async def test_what_is_hidden_or_not_measured_is_not_zero(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await fill(database, seen(1, 3))
    gap = a_measure("beds", not_measured_yet="Nobody sends it.")
    outcome = an_outcome(indicators=[a_measure(), gap])
    await published(api, steward, with_outcomes(outcome, id=name))
    [part] = (await report(api, name))["parts"]
    hidden, missing = part["aims"][0]["outcomes"][0]["indicators"]
    assert hidden["figures"][0]["totals"][0]["value"] == "suppressed"
    assert (missing["figures"], missing["title"]) == ([], None)
    assert missing["measure"]["not_measured_yet"] == "Nobody sends it."


async def test_old_results_stay_under_the_old_version(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await fill(database, seen(1, 12) + seen(40, 30, first_contact_on=date(2026, 4, 2)))
    [first] = await published(api, steward, a_framework(name))
    early = {"from": "2026-01", "to": "2026-03"}
    before = await report(api, name, **early)
    assert totals(before["parts"][0]) == [10]
    changed = with_outcomes(
        an_outcome("soon", words="Soon.", indicators=[a_measure("wait_days")]),
        id=name,
        valid_from="2026-04-01",
    )
    answer = await put(api, steward, changed, f'"{first}"')
    second = answer.json()["version"]
    assert await report(api, name, **early) == before
    assert await report(api, name, version=first, **early) == before
    across = await report(api, name)
    assert [(p["version"], p["from"], p["to"]) for p in across["parts"]] == [
        (first, "2026-01", "2026-03"),
        (second, "2026-04", "2026-05"),
    ]
    assert across["parts"][0] == before["parts"][0]
    assert totals(across["parts"][1]) == [31]
    [old] = (await report(api, name, version=first))["parts"]
    assert (old["version"], old["to"], totals(old)) == (first, "2026-05", [40])
    shown = (await api.get(f"/frameworks/{name}", params={"version": first})).json()
    assert shown["content"]["aims"][0]["outcomes"][0]["code"] == "seen"
    assert (await api.get(f"/frameworks/{name}")).json()["version"] == second


async def test_months_without_a_version_are_told(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await fill(database, seen(1, 12))
    only = a_framework(name, valid_from="2026-02-01", valid_to="2026-03-31")
    await published(api, steward, only)
    assert (await report(api, name))["without_a_version"] == [
        {"from": "2026-01", "to": "2026-01"},
        {"from": "2026-04", "to": "2026-05"},
    ]
    nothing = await api.get(
        f"/frameworks/{name}/report", params={"from": "2025-01", "to": "2025-12"}
    )
    assert problem(nothing, 422)["type"] == "urn:livingwell:problem:bad-question"
    wrong = await api.get(f"/frameworks/{name}/report", params={"from": "March"})
    assert pointers(problem(wrong, 422)) == ["/from"]


@pytest.mark.parametrize("path", ["", "/report", "/report.html"])
async def test_what_is_not_there_is_not_found(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
    path: str,
) -> None:
    await fill(database, [])
    missing = problem(await api.get(f"/frameworks/{name}{path}"), 404)
    assert missing["type"] == "urn:livingwell:problem:no-such-framework"
    await published(api, steward, a_framework(name))
    for version in ("nothing", "\x00", "é"):
        asked = {"version": version} | PERIOD
        problem(await api.get(f"/frameworks/{name}{path}", params=asked), 404)
    problem(await api.get(f"/frameworks/No%00Name{path}"), 422)


@pytest.mark.usefixtures("database")
async def test_a_report_waits_until_all_is_counted(
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await published(api, steward, a_framework(name))
    problem(await api.get(f"/frameworks/{name}/report"), 503)
    page = await api.get(f"/frameworks/{name}/report.html")
    assert page.status_code == 503
    assert "Being counted" in page.text
    assert (await api.get(f"/frameworks/{name}")).status_code == 200


async def test_the_crosswalk_is_shown_with_what_has_no_match(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await fill(database, seen(1, 12))
    core = with_outcomes(
        an_outcome("well"), an_outcome("together", words="Together."), id=f"{name}-core"
    )
    own = with_outcomes(
        an_outcome("mine", matches=["well"]),
        an_outcome("other", matches="no match"),
        id=name,
        shared=f"{name}-core",
    )
    refused = problem(await put(api, steward, own), 422)
    assert pointers(refused) == ["/shared"]
    await published(api, steward, core)
    await published(api, steward, own)
    [part] = (await report(api, name))["parts"]
    mine, other = part["aims"][0]["outcomes"]
    assert mine["matches"] == [{"code": "well", "words": "People are seen."}]
    assert other["matches"] == "no match"
    assert part["unmatched"] == [{"code": "together", "words": "Together."}]


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
