"""Fills the database and asks for figures over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

import asyncpg
import httpx

from services.aggregation.disclosure import Gate
from services.aggregation.figures import recount
from services.aggregation.releases import release
from shared.events import (
    ORGANISATIONS,
    REFERRALS,
    STORIES,
    ReferralState,
    StoryState,
)
from tests.integration.aggregation.states import (
    a_delivery,
    a_referral,
    an_organisation,
)
from tests.integration.aggregation.test_figures import deliver

PERIOD = {"from": "2025-07", "to": "2026-06"}


async def fill(
    database: asyncpg.Connection,
    referrals: list[ReferralState],
    stories: list[StoryState] | None = None,
) -> None:
    """Deliver what `fill_unseen` does, and show it to everybody."""
    await fill_unseen(database, referrals, stories)
    await release_anew(database)


async def release_anew(database: asyncpg.Connection) -> None:
    """Release what is counted now, however little changed."""
    await database.execute("delete from release; delete from released_cell")
    await release(database, Gate(), "LIVINGWELL")


async def fill_unseen(
    database: asyncpg.Connection,
    referrals: list[ReferralState],
    stories: list[StoryState] | None = None,
) -> None:
    """Deliver two partners in two places with referrals and stories; count all."""
    partners = [an_organisation(1), an_organisation(2, place="Hillside")]
    batch = [(ORGANISATIONS, a_delivery(state)) for state in partners]
    batch += [(REFERRALS, a_delivery(state)) for state in referrals]
    batch += [(STORIES, a_delivery(state)) for state in stories or []]
    await deliver(database, batch)
    await recount(database)


def seen(first: int, count: int, **changes: Any) -> list[ReferralState]:  # noqa: ANN401
    """Return referrals of people who were seen after 14 days."""
    return [
        a_referral(
            number, **{"first_contact_on": date(2026, 3, 16), "contacts": 1} | changes
        )
        for number in range(first, first + count)
    ]


async def ask(
    api: httpx.AsyncClient,
    code: str,
    headers: dict[str, str] | None = None,
    **more: str,
) -> dict[str, Any]:
    answer = await api.get(f"/indicators/{code}", params=PERIOD | more, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
