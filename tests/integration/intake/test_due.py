"""Who is due for an assessment: what intake and measures know, joined when read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.builders import a_referral, an_assessment
from tests.integration.intake.answers import pointers, problem, referral
from tests.integration.intake.conftest import Partner
from tests.system import System, until

TODAY = datetime.now(UTC).date()


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@dataclass(frozen=True)
class Assessing:
    """Measures, with the partner's token, and the system it is part of."""

    client: httpx.AsyncClient
    system: System

    async def assess(self, reference: str, days: int, **changes: object) -> str:
        """Send an assessment completed some days ago; return its reference."""
        body = an_assessment(reference, completed_on=ago(days), **changes)
        answer = await self.client.post("/assessments", json=body)
        assert answer.status_code == 201, answer.text
        await self.applied(answer)
        sent: str = body["reference"]
        return sent

    async def applied(self, answer: httpx.Response) -> None:
        """Wait until intake has read what measures answered."""
        known = [UUID(answer.json()["assessment_id"]), answer.json()["sequence"]]

        async def is_applied() -> bool:
            rows = await self.system.fetch(
                "intake",
                "select from assessment where id = $1 and sequence = $2",
                *known,
            )
            return bool(rows)

        await until(is_applied, "the assessment is projected", 20)


@pytest.fixture
async def assessing(
    partner: Partner, shared_system: System
) -> AsyncIterator[Assessing]:
    """Return what assesses people of the partner."""
    token = shared_system.token(partner.code, "partner")
    async with shared_system.client("measures", token) as client:
        yield Assessing(client, shared_system)


async def introduce(partner: Partner, days: int) -> str:
    """Send a referral received some days ago; return its reference."""
    sent = a_referral(received_on=ago(days))
    await referral(partner.client, sent)
    reference: str = sent["reference"]
    return reference


async def due(partner: Partner, **query: int | str) -> dict[str, Any]:
    answer = await partner.client.get("/due", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def due_are(
    partner: Partner, expected: list[str], **query: int | str
) -> dict[str, Any]:
    """Check that just these referrals are due, in order; return the page."""
    page = await due(partner, **query)
    assert [one["reference"] for one in page["referrals"]] == expected
    return page


async def test_due_is_who_was_never_assessed_or_too_long_ago_longest_first(
    partner: Partner, assessing: Assessing
) -> None:
    never = await introduce(partner, 120)
    recent = await introduce(partner, 400)
    long_ago = await introduce(partner, 300)
    new = await introduce(partner, 3)
    await assessing.assess(recent, 200)
    await assessing.assess(recent, 90)
    await assessing.assess(long_ago, 150)
    page = await due_are(partner, [long_ago, never, new])
    assert page == {
        "as_of": TODAY.isoformat(),
        "referrals": [
            {
                "reference": long_ago,
                "received_on": ago(300),
                "last_assessed_on": ago(150),
                "days_since": 150,
            },
            {
                "reference": never,
                "received_on": ago(120),
                "last_assessed_on": None,
                "days_since": 120,
            },
            {
                "reference": new,
                "received_on": ago(3),
                "last_assessed_on": None,
                "days_since": 3,
            },
        ],
        "next": None,
    }
    await due_are(partner, [long_ago, never, recent, new], after_days=89)
    await due_are(partner, [never, new], after_days=150)


async def test_what_does_not_count_leaves_a_referral_due(
    partner: Partner, assessing: Assessing
) -> None:
    reference = await introduce(partner, 10)
    last = await introduce(partner, 5)
    withdrawn = await assessing.assess(reference, 3)
    await assessing.assess(last, 1)
    await due_are(partner, [])
    answer = await assessing.client.put(
        f"/assessments/{withdrawn}/withdrawal", json={"withdrawn_on": ago(1)}
    )
    assert answer.status_code == 200, answer.text
    await assessing.applied(answer)
    await due_are(partner, [reference])
    gaps = {"items": [None] * 9 + [1], "physical_health": 2}
    await assessing.assess(reference, 2, responses=gaps)
    await due_are(partner, [reference])
    # Before it was received it says nothing of this referral.
    await assessing.assess(last, 200)
    await assessing.assess(reference, 200)
    await due_are(partner, [reference])


async def test_only_open_referrals_of_ones_own_are_due(
    partner: Partner, other: Partner
) -> None:
    kept, closed, refused, withdrawn = [await introduce(partner, 9) for _ in range(4)]
    await introduce(other, 9)
    for reference, path, body in (
        (closed, "closure", {"closed_on": ago(1)}),
        (
            refused,
            "decision",
            {"outcome": "not_for_us", "decided_on": ago(1), "reason": "02"},
        ),
        (withdrawn, "withdrawal", {"withdrawn_on": ago(1)}),
        (kept, "decision", {"outcome": "accepted", "decided_on": ago(1)}),
    ):
        address = f"/referrals/{reference}/{path}"
        assert (await partner.client.put(address, json=body)).status_code == 200
    page = await due(partner)
    assert [one["reference"] for one in page["referrals"]] == [kept]


async def test_one_instrument_may_be_asked_for(
    partner: Partner, assessing: Assessing
) -> None:
    reference = await introduce(partner, 20)
    await assessing.assess(reference, 2)
    await due_are(partner, [], instrument="reqol10")
    await due_are(partner, [reference], instrument="gbo")
    await due_are(partner, [])


async def test_it_is_read_page_by_page(partner: Partner) -> None:
    references = [await introduce(partner, days) for days in (30, 20, 20, 20, 10)]
    found: list[str] = []
    after = ""
    for size in (2, 2, 1):
        page = await due(partner, limit=2, after=after)
        assert len(page["referrals"]) == size
        found += [one["reference"] for one in page["referrals"]]
        after = page["next"]
    assert after is None
    assert found == references


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"after": "LW-0001"}, "/after"),
        ({"after_days": -1}, "/after_days"),
        ({"after_days": 10**9}, "/after_days"),
        ({"instrument": "ReQoL 10"}, "/instrument"),
        ({"limit": 501}, "/limit"),
    ],
    ids=range(5),
)
async def test_a_question_that_makes_no_sense_is_refused(
    partner: Partner, query: dict[str, Any], where: str
) -> None:
    answer = await partner.client.get("/due", params=query)
    assert pointers(problem(answer, 422)) == [where]
