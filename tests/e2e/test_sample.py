"""Every figure that the sample leads to, compared with what was worked out apart."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from deploy.local import sample
from deploy.local.sample.client import TokenFor, connected
from deploy.local.sample.comparisons import COMPARED_WITH, equity, voice_gap
from deploy.local.sample.expected import (
    FIRST_MONTH,
    LAST_MONTH,
    PUBLISHING,
    Expected,
    breakdowns_of,
    scopes,
)
from deploy.local.sample.sending import send_all
from deploy.local.sample.trends import trend_of
from services.aggregation.indicators import INDICATORS
from services.aggregation.settings import Settings
from tests.integration.aggregation.elsewhere import (
    counted,
    counted_by_hand,
    exported,
    of_figures,
)
from tests.system import SECRET, System

MOST_SHOWN = 10
AT_A_TIME = 8
LAST_YEAR = ("2025-11", LAST_MONTH)
WHOLE_PERIOD = (FIRST_MONTH, LAST_MONTH)

Asked = tuple[str, str, str | None, tuple[str, str]]


@pytest.fixture(scope="module")
async def sent_system(system: System) -> System:
    """Return the system with the whole sample in it, and counted."""
    await sample.send(system.urls, token_for(system), Console(quiet=True))
    await system.quiet()
    return system


def token_for(system: System) -> TokenFor:
    def make(org: str, roles: Sequence[str], subject: str) -> str:
        return system.token(org, *roles, subject=subject)

    return make


@pytest.fixture(scope="module")
def expected() -> Expected:
    """Return what was worked out apart, once for all indicators."""
    return Expected(sample.build_sample())


def questions(indicator: str, period: tuple[str, str]) -> Iterator[Asked]:
    for scope in scopes(sample.build_sample()):
        for by in breakdowns_of(indicator):
            yield indicator, scope, by, period


async def answer(client: httpx.AsyncClient, asked: Asked) -> dict[str, Any]:
    indicator, scope, by, (first, last) = asked
    parameters = {"from": first, "to": last}
    if by:
        parameters["by"] = by
    if "=" in scope:
        name, _, value = scope.partition("=")
        parameters[name] = value
    response = await client.get(f"/indicators/{indicator}", params=parameters)
    assert response.status_code == 200, (asked, response.text)
    content: dict[str, Any] = response.json()
    assert content["unit"] == PUBLISHING[indicator][0], asked
    return content


def differences(
    asked: Asked, figures: Sequence[dict[str, Any]], wanted: Sequence[dict[str, Any]]
) -> Iterator[str]:
    if len(figures) != len(wanted):
        yield f"{asked}: {len(figures)} figures, not {len(wanted)}"
        return
    for figure, right in zip(figures, wanted, strict=True):
        mine = {name: figure.get(name) for name in right}
        if mine != right:
            yield f"{asked}: {mine}, not {right}"


def viewing(system: System) -> httpx.AsyncClient:
    """Return the client of somebody who sees every organisation, as it is now."""
    return system.client("aggregation", system.token("VIEW1", "viewer"))


def without_words(content: dict[str, Any]) -> dict[str, Any]:
    """Return the trend of an answer, its signals without their sentences."""
    trend: dict[str, Any] = content["trend"]
    signals = [{**signal} for signal in trend["signals"]]
    for signal in signals:
        assert signal.pop("sentence")
    return {**trend, "signals": signals}


async def compare(
    system: System, expected: Expected, asked: Sequence[Asked]
) -> list[str]:
    """Return what differs between the answers and the expectations."""
    found: list[str] = []
    waiting = iter(asked)

    async def work(client: httpx.AsyncClient) -> None:
        for one in waiting:
            content = await answer(client, one)
            indicator, scope, by, (first, last) = one
            wanted = expected.answer(indicator, scope, by, (first, last))
            found.extend(differences(one, content["figures"], wanted["figures"]))
            found.extend(differences(one, content["totals"], wanted["totals"]))
            if not content["breakdown"]:
                trend = trend_of(wanted["figures"], PUBLISHING[indicator][0])
                found.extend(differences(one, [without_words(content)], [trend]))

    async with viewing(system) as client:
        await asyncio.gather(*(work(client) for _ in range(AT_A_TIME)))
    return found


@pytest.mark.parametrize("indicator", PUBLISHING)
async def test_every_figure_is_what_the_sample_leads_to(
    sent_system: System, expected: Expected, indicator: str
) -> None:
    asked = list(questions(indicator, WHOLE_PERIOD))
    found = await compare(sent_system, expected, asked)
    assert not found, "\n".join([f"{len(found)} differ", *found[:MOST_SHOWN]])


@pytest.mark.parametrize("indicator", PUBLISHING)
async def test_the_totals_of_a_year_are_what_the_sample_leads_to(
    sent_system: System, expected: Expected, indicator: str
) -> None:
    every = questions(indicator, LAST_YEAR)
    asked = [one for one in every if "organisation" not in one[1]]
    found = await compare(sent_system, expected, asked)
    assert not found, "\n".join([f"{len(found)} differ", *found[:MOST_SHOWN]])


def comparisons(indicator: str) -> Iterator[Asked]:
    """Yield what is compared: the system and its places, by groups of people."""
    for asked in questions(indicator, WHOLE_PERIOD):
        if asked[2] in COMPARED_WITH and "organisation" not in asked[1]:
            yield asked


async def compared(
    client: httpx.AsyncClient, path: str, asked: Asked
) -> dict[str, Any]:
    """Return what is answered to a comparison."""
    _, scope, by, (first, last) = asked
    place = scope.partition("=")[2]
    parameters = {"from": first, "to": last, "by": by or ""}
    parameters |= {"place": place} if place else {}
    response = await client.get(path, params=parameters)
    assert response.status_code == 200, (path, asked, response.text)
    content: dict[str, Any] = response.json()
    return content


async def test_every_comparison_of_groups_is_what_the_sample_leads_to(
    sent_system: System, expected: Expected
) -> None:
    every = [one for code in PUBLISHING for one in comparisons(code)]
    found: list[str] = []
    waiting = iter(every)

    async def work(client: httpx.AsyncClient) -> None:
        for one in waiting:
            content = await compared(client, f"/indicators/{one[0]}/equity", one)
            indicator, scope, by, period = one
            wanted = equity(expected, indicator, scope, by or "", period)
            groups: Any = wanted.pop("groups")
            found.extend(differences(one, [content], [wanted]))
            found.extend(differences(one, content["groups"], groups))

    async with viewing(sent_system) as client:
        await asyncio.gather(*(work(client) for _ in range(AT_A_TIME)))
    assert len(every) > 1_000
    assert not found, "\n".join([f"{len(found)} differ", *found[:MOST_SHOWN]])


async def test_who_is_served_measured_and_heard_is_what_the_sample_leads_to(
    sent_system: System, expected: Expected
) -> None:
    found: list[str] = []
    async with viewing(sent_system) as client:
        for one in comparisons("access_count"):
            content = await compared(client, "/voice-gap", one)
            wanted = voice_gap(expected, one[1], one[2] or "", one[3])
            found.extend(differences(one, content["groups"], wanted))
    assert not found, "\n".join([f"{len(found)} differ", *found[:MOST_SHOWN]])


async def test_sending_an_unfinished_sample_again_changes_nothing(
    sent_system: System,
) -> None:
    tables = {
        "intake": ("organisation", "referral"),
        "measures": ("assessment", "goal"),
        "stories": ("story",),
    }

    async def sequences() -> list[Any]:
        return [
            await sent_system.fetch(
                service, f"select id, sequence from {table} order by id"
            )
            for service, names in tables.items()
            for table in names
        ]

    before = await sequences()
    async with connected(sent_system.urls, token_for(sent_system)) as client:
        await send_all(client, sample.build_sample(), Console(quiet=True))
    assert await sequences() == before


async def test_the_sample_is_shown_with_words_of_people(sent_system: System) -> None:
    console = Console(file=io.StringIO(), record=True, width=120)
    await sample.show(sent_system.urls, token_for(sent_system), console)
    shown = console.export_text()
    assert "“" in shown
    assert sent_system.urls["aggregation"] in shown


async def test_every_definition_gives_the_same_cells_on_another_engine(
    sent_system: System, tmp_path: Path
) -> None:
    rows = await sent_system.fetch(
        "aggregation", "select * from cell where numerator <> 0 or denominator <> 0"
    )
    expected = {tuple(row)[:6]: tuple(row)[6:] for row in rows}
    shown = of_figures(expected)
    assert {key[0] for key in shown} == set(INDICATORS)
    settings = Settings(
        database_url=sent_system.databases["aggregation"],
        kafka_bootstrap_servers="127.0.0.1:9",
        token_issuer="none",
        token_jwks_url="none",
        secret=SECRET,
        secret_id="test-1",
    )
    engine = await exported(settings, tmp_path)
    assert counted_by_hand(engine) == shown
    assert counted(engine) == expected
