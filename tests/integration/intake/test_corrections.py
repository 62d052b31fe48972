"""Correcting a referral: of the version that was read, by who owns it."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.builders import a_referral
from tests.integration.intake.answers import (
    detail,
    problem,
    stored,
)
from tests.integration.intake.conftest import Partner
from tests.system import System


async def test_a_referral_is_corrected_by_who_read_it(partner: Partner) -> None:
    body = a_referral()
    received = await partner.client.post("/referrals", json=body)
    right = {**body, "received_on": "2026-02-27", "ethnicity": "Z"}
    corrected = await partner.client.put(
        received.headers["Location"],
        json=right,
        headers={"If-Match": received.headers["ETag"]},
    )
    assert corrected.status_code == 200
    assert corrected.json()["sequence"] > received.json()["sequence"]
    assert corrected.headers["ETag"] == f'"{corrected.json()["sequence"]}"'
    read = await detail(partner.client, body["reference"])
    assert read["sequence"] == corrected.json()["sequence"]
    assert read["received"]["received_on"] == "2026-02-27"
    assert read["received"]["ethnicity"] == "Z"


async def test_a_correction_that_says_the_same_changes_nothing(
    partner: Partner, shared_system: System
) -> None:
    body = a_referral()
    received = await partner.client.post("/referrals", json=body)
    before = await stored(shared_system)
    corrected = await partner.client.put(
        received.headers["Location"],
        json=body,
        headers={"If-Match": received.headers["ETag"]},
    )
    assert corrected.status_code == 200
    assert corrected.json() == received.json()
    assert await stored(shared_system) == before


async def test_a_correction_of_an_older_version_is_stale(partner: Partner) -> None:
    body = a_referral()
    received = await partner.client.post("/referrals", json=body)
    address, read = received.headers["Location"], received.headers["ETag"]
    for age, status in ((40, 200), (41, 412)):
        answer = await partner.client.put(
            address, json={**body, "age": age}, headers={"If-Match": read}
        )
        assert answer.status_code == status
    problem(answer, 412)
    assert (await detail(partner.client, body["reference"]))["received"]["age"] == 40


async def test_of_two_corrections_at_once_one_is_stale(partner: Partner) -> None:
    body = a_referral()
    received = await partner.client.post("/referrals", json=body)
    answers = await asyncio.gather(
        *(
            partner.client.put(
                received.headers["Location"],
                json={**body, "age": age},
                headers={"If-Match": received.headers["ETag"]},
            )
            for age in range(40, 48)
        )
    )
    assert Counter(a.status_code for a in answers) == {200: 1, 412: 7}


@pytest.mark.parametrize("tag", ["*", '"0"', 'W/"1"', "x", '""'])
async def test_a_tag_that_is_not_the_version_read_is_stale(
    partner: Partner, tag: str
) -> None:
    body = a_referral()
    received = await partner.client.post("/referrals", json=body)
    answer = await partner.client.put(
        received.headers["Location"],
        json={**body, "age": 40},
        headers={"If-Match": tag},
    )
    problem(answer, 412)


async def test_a_correction_says_which_version_it_corrects(partner: Partner) -> None:
    body = a_referral()
    received = await partner.client.post("/referrals", json=body)
    answer = await partner.client.put(received.headers["Location"], json=body)
    problem(answer, 428)


async def test_a_correction_cannot_rename_a_referral(partner: Partner) -> None:
    body = a_referral()
    received = await partner.client.post("/referrals", json=body)
    answer = await partner.client.put(
        received.headers["Location"],
        json={**body, "reference": "another"},
        headers={"If-Match": received.headers["ETag"]},
    )
    problem(answer, 422)


async def test_another_organisation_cannot_correct_it(
    partner: Partner, other: Partner
) -> None:
    body = a_referral()
    received = await partner.client.post("/referrals", json=body)
    answer = await other.client.put(
        received.headers["Location"],
        json={**body, "age": 99},
        headers={"If-Match": received.headers["ETag"]},
    )
    problem(answer, 404)
    assert (await detail(partner.client, body["reference"]))["received"]["age"] == 34
