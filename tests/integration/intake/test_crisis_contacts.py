"""Contacts in a crisis: told once however often, before or since, and taken back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

from tests.builders import a_referral
from tests.integration.intake.answers import detail, pointers, problem, referral
from tests.integration.intake.conftest import Partner
from tests.system import System

BEFORE = {"kind": "emergency_department", "on": "2025-12-24"}
SINCE = {"kind": "crisis_team", "on": "2026-05-01"}


async def address_of(partner: Partner) -> str:
    """Receive a referral; return where its contacts in a crisis are told."""
    sent = a_referral()
    await referral(partner.client, sent)
    return f"/referrals/{sent['reference']}/crisis-contacts"


async def kept(partner: Partner, address: str) -> object:
    return (await detail(partner.client, address.split("/")[2]))["crisis_contacts"]


async def test_they_are_kept_and_published_in_order_of_days(
    partner: Partner, shared_system: System
) -> None:
    address = await address_of(partner)
    for body in (SINCE, BEFORE, SINCE):
        answer = await partner.client.post(address, json=body)
        assert answer.is_success
    assert await kept(partner, address) == [BEFORE, SINCE]
    [row] = await shared_system.fetch(
        "intake",
        "select state from referral where id = $1",
        answer.json()["referral_id"],
    )
    assert json.loads(row["state"])["crisis_contacts"] == [BEFORE, SINCE]
    assert json.loads(row["state"])["quality"] == []


async def test_one_told_8_times_at_once_is_one(partner: Partner) -> None:
    address = await address_of(partner)
    answers = await asyncio.gather(
        *(partner.client.post(address, json=SINCE) for _ in range(8))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 7}
    assert await kept(partner, address) == [SINCE]


async def test_one_that_never_was_is_removed_of_the_version_read(
    partner: Partner, other: Partner
) -> None:
    address = await address_of(partner)
    await partner.client.post(address, json=BEFORE)
    told = await partner.client.post(address, json=SINCE)
    one, tag = f"{address}/crisis_team/2026-05-01", {"If-Match": told.headers["ETag"]}
    problem(await partner.client.delete(one), 428)
    problem(await partner.client.delete(one, headers={"If-Match": '"1"'}), 412)
    problem(await other.client.delete(one, headers=tag), 404)
    nowhere = f"{address}/crisis_team/2026-05-02"
    problem(await partner.client.delete(nowhere, headers=tag), 404)
    for wrong in ("police/2026-05-01", "crisis_team/yesterday"):
        answer = await partner.client.delete(f"{address}/{wrong}", headers=tag)
        assert len(pointers(problem(answer, 422))) == 1
    assert await kept(partner, address) == [BEFORE, SINCE]
    removed = await partner.client.delete(one, headers=tag)
    assert removed.status_code == 200
    assert await kept(partner, address) == [BEFORE]
