"""A year of figures over HTTP: what is unusual in it, or why that is not told."""

from __future__ import annotations

from datetime import date

import asyncpg
import httpx

from shared.events import ReferralState
from tests.integration.aggregation.asking import ask, fill, seen

TWO_YEARS = {"from": "2024-05", "to": "2026-05"}


def seen_each_month(*counts: int) -> list[ReferralState]:
    """Return people first seen in the months from May 2024, so many in each."""
    found: list[ReferralState] = []
    for index, count in enumerate(counts, start=4):
        on = date(2024 + index // 12, index % 12 + 1, 16)
        days = {"received_on": on.replace(day=2), "first_contact_on": on}
        found += seen(1 + 100 * index, count, **days)
    return found


async def test_a_month_far_from_the_others_is_told(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen_each_month(*[10, 15] * 8, 60, 10, *[15, 10] * 3, 40))
    trend = (await ask(api, "access_count", None, **TWO_YEARS))["trend"]
    assert trend["points"] == 24, "the month of the newest message is not over"
    assert trend["low"] == 0
    assert 12 < trend["mean"] < 16
    [signal] = trend["signals"]
    assert (signal["kind"], signal["side"]) == ("outside", "above")
    assert signal["from"] == signal["to"] == "2025-09"
    assert trend["sentence"].startswith("September 2025 lies above")


async def test_too_few_months_and_hidden_months_are_no_trend(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen_each_month(*[10, 15] * 5, 10, 4, 3))
    trend = (await ask(api, "access_count", None, **TWO_YEARS))["trend"]
    assert (trend["points"], trend["mean"], trend["signals"]) == (11, None, [])
    assert "11 months are shown" in trend["sentence"]


async def test_groups_have_no_trend(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen_each_month(*[10] * 24))
    answer = await ask(api, "access_count", None, by="gender", **TWO_YEARS)
    assert answer["trend"] is None
