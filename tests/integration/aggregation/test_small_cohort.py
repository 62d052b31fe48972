"""A prototype with 8 to 15 people: no percentages, no groups, whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date

import asyncpg
import httpx
import pytest

from services.aggregation.app import gate_of
from services.aggregation.indicators import INDICATORS
from services.aggregation.settings import Settings
from shared.events import Decision
from tests.integration.aggregation.asking import PERIOD, ask, fill, seen
from tests.integration.aggregation.conftest import serving

HERE = "organisation:ORG1"
MONTH = {"received_on": date(2026, 3, 2), "first_contact_on": date(2026, 3, 16)}
ACCEPTED = Decision(outcome="accepted", decided_on=date(2026, 3, 4))
REFUSED = Decision(outcome="not_for_us", decided_on=date(2026, 3, 4), reason="02")


@pytest.fixture(scope="module")
async def prototype(aggregation_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a site where one organisation is a prototype."""
    cohorts = {"small_cohorts": frozenset({HERE})}
    gate = gate_of(aggregation_settings.model_copy(update=cohorts))
    async with serving(aggregation_settings, gate) as client:
        yield client


@pytest.fixture
async def cohort(database: asyncpg.Connection) -> None:
    people = seen(1, 9, gender="2", decision=ACCEPTED, **MONTH)
    people += seen(20, 6, gender="1", decision=REFUSED, **MONTH)
    await fill(database, people)


@pytest.mark.usefixtures("cohort")
async def test_who_works_there_sees_counts_and_no_percentages(
    prototype: httpx.AsyncClient, bearer: Callable[..., dict[str, str]]
) -> None:
    mine = bearer("ORG1", "partner")
    count = await ask(prototype, "access_count", mine, organisation="ORG1")
    assert [total["value"] for total in count["totals"]] == [15]
    assert any("no percentages and no groups" in note for note in count["notes"])
    rate = await ask(prototype, "ineligible_rate", mine, organisation="ORG1")
    assert [total["value"] for total in rate["totals"]] == ["suppressed"]
    wait = await ask(prototype, "wait_days", mine, organisation="ORG1")
    [total] = wait["totals"]
    assert (total["value"], total["within_28"]) == (14, "suppressed")
    elsewhere = await ask(prototype, "ineligible_rate", mine)
    assert elsewhere["totals"][0]["value"] == 40


@pytest.mark.usefixtures("cohort")
@pytest.mark.parametrize("role", ["partner", "viewer", "platform", "steward"])
async def test_nobody_sees_groups(
    prototype: httpx.AsyncClient, bearer: Callable[..., dict[str, str]], role: str
) -> None:
    headers = bearer("ORG1", role)
    for code, indicator in INDICATORS.items():
        for by in indicator.asked_by:
            if by is not None:
                where = {"organisation": "ORG1", "by": by}
                answer = await ask(prototype, code, headers, **where)
                for figure in [*answer["figures"], *answer["totals"]]:
                    assert figure["value"] == "suppressed", code
                    assert figure["numerator"] == figure["denominator"] == "suppressed"
    response = await prototype.get(
        "/indicators/ineligible_rate/equity",
        params=PERIOD | {"organisation": "ORG1", "by": "gender"},
        headers=headers,
    )
    assert response.status_code == 200, response.text
    compared = response.json()
    ratios = {one["ratio"] for one in compared["groups"] if not one["is_reference"]}
    assert ratios == {compared["coverage"]} == {"suppressed"}


@pytest.mark.usefixtures("cohort")
async def test_an_export_has_no_groups_either(
    prototype: httpx.AsyncClient, bearer: Callable[..., dict[str, str]]
) -> None:
    answer = await prototype.get(
        "/exports/figures.csv",
        params=PERIOD | {"organisation": "ORG1"},
        headers=bearer("ORG1", "platform"),
    )
    assert answer.status_code == 200, answer.text
    lines = answer.text.splitlines()
    names = lines[0].split(",")
    rows = [dict(zip(names, line.split(","), strict=False)) for line in lines[1:]]
    assert rows
    grouped = [row for row in rows if row["group"]]
    assert {row["value"] for row in grouped} <= {"suppressed"}
    assert "20" in {row["value"] for row in rows}, "15, as one organisation is told"
