"""Receiving, reading, listing and correcting referrals over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from tests.builders import a_referral
from tests.integration.intake.answers import (
    detail,
    pointers,
    problem,
    referral,
    stored,
)
from tests.integration.intake.conftest import Partner
from tests.system import System


async def test_a_referral_is_stored_and_read_back(partner: Partner) -> None:
    body = a_referral()
    received = await partner.client.post("/referrals", json=body)
    assert received.status_code == 201
    answer = received.json()
    assert UUID(answer["referral_id"]).version == 8
    assert answer["organisation"] == partner.code
    assert answer["reference"] == body["reference"]
    assert received.headers["Location"] == f"/referrals/{body['reference']}"
    assert received.headers["ETag"] == f'"{answer["sequence"]}"'
    read = await partner.client.get(received.headers["Location"])
    assert read.headers["ETag"] == received.headers["ETag"]
    kept = read.json()["received"]
    assert kept.pop("person_key_id") == "test-1"
    assert len(kept.pop("person")) == 64
    body.pop("person")
    assert kept == body


async def test_a_second_post_of_the_same_content_changes_nothing(
    partner: Partner, shared_system: System
) -> None:
    body = a_referral()
    first = await partner.client.post("/referrals", json=body)
    before = await stored(shared_system)
    second = await partner.client.post("/referrals", json=body)
    assert second.status_code == 200
    assert second.json() == first.json()
    assert second.headers["ETag"] == first.headers["ETag"]
    assert (await stored(shared_system))[:-1] == before[:-1]


async def test_a_second_referral_with_the_same_reference_is_refused(
    partner: Partner,
) -> None:
    body = a_referral(own_words="Zanzibar")
    await referral(partner.client, body)
    other = {**body, "age": 35, "own_words": "Timbuktu", "person": {"local_id": "X"}}
    refused = problem(await partner.client.post("/referrals", json=other), 409)
    assert refused["type"] == "urn:livingwell:problem:referral-differs"
    for field in ("/age", "/own_words", "/person"):
        assert field in refused["detail"]
    assert "Zanzibar" not in str(refused)
    assert "Timbuktu" not in str(refused)
    assert (await detail(partner.client, body["reference"]))["received"]["age"] == 34


async def test_64_posts_of_one_reference_at_once_are_one_referral(
    partner: Partner, shared_system: System
) -> None:
    body = a_referral()
    answers = await asyncio.gather(
        *(partner.client.post("/referrals", json=body) for _ in range(64))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 63}
    assert len({answer.text for answer in answers}) == 1
    [row] = await shared_system.fetch(
        "intake",
        "select count(*) from audit where organisation = $1",
        partner.code,
    )
    assert row[0] == 1


async def test_the_same_reference_of_another_organisation_is_another_referral(
    partner: Partner, other: Partner
) -> None:
    body = a_referral()
    mine = await referral(partner.client, body)
    theirs = await referral(other.client, body)
    assert mine["referral_id"] != theirs["referral_id"]


async def test_one_nhs_number_is_one_person_whatever_the_organisation(
    partner: Partner, other: Partner
) -> None:
    people = set()
    for one, number in ((partner, "9991234578"), (other, "999-123 4578")):
        body = a_referral(person={"nhs_number": number})
        await referral(one.client, body)
        people.add((await detail(one.client, body["reference"]))["received"]["person"])
    assert people == {
        "87d427f3f0159f2d2592819a947eeec767fca0804c666f7ac533c8e56924c5f2"
    }


async def test_one_local_id_is_another_person_in_another_organisation(
    partner: Partner, other: Partner
) -> None:
    people = set()
    for one in (partner, other):
        body = a_referral(person={"local_id": "P-1"})
        await referral(one.client, body)
        people.add((await detail(one.client, body["reference"]))["received"]["person"])
    assert len(people) == 2


async def test_another_organisation_has_no_such_referral(
    partner: Partner, other: Partner
) -> None:
    body = a_referral()
    await referral(partner.client, body)
    problem(await other.client.get(f"/referrals/{body['reference']}"), 404)
    listed = await other.client.get("/referrals")
    assert listed.json() == {"referrals": [], "next": None}


@pytest.mark.parametrize("reference", ["none", "9991234578", "a%2Fb", "%00", "%FF"])
async def test_a_reference_that_is_not_there_is_not_found(
    partner: Partner, reference: str
) -> None:
    problem(await partner.client.get(f"/referrals/{reference}"), 404)


async def test_the_list_is_paged_in_order_of_reference(partner: Partner) -> None:
    references = [f"LW-{number}" for number in (3, 1, 5, 2, 4)]
    for reference in references:
        await referral(partner.client, a_referral(reference=reference))
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await partner.client.get(
            "/referrals", params={"after": after, "limit": 2}
        )
        seen += [one["reference"] for one in page.json()["referrals"]]
        after = page.json()["next"]
    assert seen == sorted(references)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "limit=1e400", "after=%00"]
)
async def test_a_page_that_cannot_be_asked_for_is_refused(
    partner: Partner, query: str
) -> None:
    refused = problem(await partner.client.get(f"/referrals?{query}"), 422)
    assert pointers(refused) == ["/" + query.split("=")[0]]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"reference": "9991234578"}, "/reference"),
        ({"reference": "a b"}, "/reference"),
        ({"reference": "x" * 65}, "/reference"),
        ({"reference": "\u0661"}, "/reference"),
        ({"person": {}}, "/person"),
        ({"person": {"local_id": "P", "nhs_number": "9991234578"}}, "/person"),
        ({"person": {"nhs_number": "9991234579"}}, "/person"),
        ({"person": {"local_id": "9991234578"}}, "/person/local_id"),
        ({"person": {"nhs_number": 9991234578}}, "/person/nhs_number"),
        ({"person": "9991234578"}, "/person"),
        ({"received_on": "2026-02-30"}, "/received_on"),
        ({"received_on": "02/03/2026"}, "/received_on"),
        ({"received_on": "2026-03-02T00:00:00"}, "/received_on"),
        ({"received_on": 1772409600}, "/received_on"),
        ({"received_on": "0206-03-02"}, "/received_on"),
        ({"received_on": "9999-12-31"}, "/received_on"),
        ({"received_on": None}, "/received_on"),
        ({"source": ""}, "/source"),
        ({"source": "two words"}, "/source"),
        ({"source": 1}, "/source"),
        ({"reasons": "loneliness"}, "/reasons"),
        ({"reasons": ["a"] * 21}, "/reasons"),
        ({"reasons": ["they were \u201clonely\u201d"]}, "/reasons/0"),
        ({"age": True}, "/age"),
        ({"age": "34"}, "/age"),
        ({"age": 34.5}, "/age"),
        ({"age": -1}, "/age"),
        ({"age": 131}, "/age"),
        ({"age": 10**30}, "/age"),
        ({"imd_decile": 0}, "/imd_decile"),
        ({"imd_decile": 11}, "/imd_decile"),
        ({"own_words": "a\x00b"}, "/own_words"),
        ({"own_words": "x" * 20_001}, "/own_words"),
        ({"strengths": [""]}, "/strengths/0"),
        ({"strengths": ["\x00"]}, "/strengths/0"),
        ({"organisation": "RX1"}, ""),
        ({"person": {"local_id": "P", "name": "A. B."}}, "/person"),
    ],
    ids=range(37),
)
async def test_content_that_breaks_the_contract_is_refused(
    partner: Partner, change: dict[str, object], pointer: str
) -> None:
    body = a_referral(**change)
    refused = problem(await partner.client.post("/referrals", json=body), 422)
    assert pointers(refused) == [pointer]
    answer = await partner.client.post("/referrals/batch", json=[body])
    [result] = answer.json()["results"]
    assert result["status"] == "invalid"
    assert pointers(result["problem"]) == [pointer]
