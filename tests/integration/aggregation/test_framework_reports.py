"""What is answered by frameworks: their places, their words, their time."""

from __future__ import annotations

from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from tests.frameworks import a_framework, a_measure, an_outcome, with_outcomes
from tests.integration.aggregation.asking import PERIOD, fill, seen
from tests.integration.aggregation.publishing import a_site, published, put
from tests.integration.aggregation.states import a_story
from tests.integration.intake.answers import pointers, problem


async def report(api: httpx.AsyncClient, name: str, **asked: str) -> dict[str, Any]:
    answer = await api.get(f"/frameworks/{name}/report", params=PERIOD | asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def totals(part: dict[str, Any]) -> list[Any]:
    return [
        figure["value"]
        for aim in part["aims"]
        for outcome in aim["outcomes"]
        for measure in outcome["indicators"]
        for figures in measure["figures"]
        for figure in figures["totals"]
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
    both = a_site(f"{name}-both", places=["Riverside", "Hillside", "Nowhere"])
    everywhere = a_site(f"{name}-all", places=[])
    for framework in (a_site(name), both, everywhere):
        await published(api, steward, framework)
    one = await report(api, name)
    [part] = one["parts"]
    assert (part["from"], part["to"]) == ("2025-07", "2026-06")
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
    await published(
        api, steward, with_outcomes(outcome, id=name, valid_from="2025-07-01")
    )
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
    [first] = await published(api, steward, a_site(name, valid_from="2024-04-01"))
    early = {"from": "2025-04", "to": "2026-03"}
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
    old, new = (await report(api, name))["parts"]
    assert (old["version"], old["from"], old["to"]) == (first, "2025-07", "2026-03")
    assert (new["version"], new["from"], new["to"]) == (second, "2026-04", "2026-06")
    [figures] = old["aims"][0]["outcomes"][0]["indicators"][0]["figures"]
    assert [one["month"] for one in figures["figures"]][::8] == ["2025-07", "2026-03"]
    year = figures["totals_from"], figures["totals_to"], totals(old)
    assert year == ("2025-04", "2026-03", [10]), "a year of the version's own"
    assert totals(new) == [], "no year of it yet"
    [waits] = new["aims"][0]["outcomes"][0]["indicators"][0]["figures"]
    assert waits["figures"][0]["value"] == 31
    [still] = (await report(api, name, version=first))["parts"]
    assert (still["version"], still["to"], totals(still)) == (first, "2026-06", [40])
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
        {"from": "2025-07", "to": "2026-01"},
        {"from": "2026-04", "to": "2026-06"},
    ]
    nothing = await api.get(
        f"/frameworks/{name}/report", params={"from": "2024-01", "to": "2025-12"}
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
