"""Many referrals at once: each is judged on its own, in input order."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.builders import a_referral
from tests.integration.intake.answers import detail, pointers, problem, stored
from tests.integration.intake.conftest import Partner
from tests.system import System

NDJSON = {"content-type": "application/x-ndjson"}


async def send(partner: Partner, records: list[Any]) -> list[dict[str, Any]]:
    answer = await partner.client.post("/referrals/batch", json=records)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    assert [result["index"] for result in results] == list(range(len(records)))
    return results


async def test_each_record_is_answered_in_input_order(partner: Partner) -> None:
    known, new = a_referral(), a_referral()
    await partner.client.post("/referrals", json=known)
    records = [
        new,
        known,
        {**known, "age": 99},
        a_referral(age="34"),
        new,
        {**new, "age": 99},
        7,
        None,
        {"reference": "LW-1"},
        a_referral(reference="9991234578"),
    ]
    results = await send(partner, records)
    assert [result["status"] for result in results] == [
        "stored",
        "repeated",
        "conflict",
        "invalid",
        "repeated",
        "conflict",
        "invalid",
        "invalid",
        "invalid",
        "invalid",
    ]
    assert results[0]["reference"] == new["reference"]
    assert results[0]["problem"] is None
    assert results[2]["problem"]["type"] == "urn:livingwell:problem:referral-differs"
    assert "/age" in results[2]["problem"]["detail"]
    assert pointers(results[3]["problem"]) == ["/age"]
    assert results[6]["reference"] is None
    assert results[8]["reference"] == "LW-1"
    assert (await detail(partner.client, new["reference"]))["received"]["age"] == 34


async def test_a_batch_sent_again_changes_nothing(
    partner: Partner, shared_system: System
) -> None:
    records = [a_referral() for _ in range(20)]
    first = await send(partner, records)
    assert {result["status"] for result in first} == {"stored"}
    before = await stored(shared_system)
    again = await send(partner, records)
    assert {result["status"] for result in again} == {"repeated"}
    assert (await stored(shared_system))[:-1] == before[:-1]


async def test_lines_are_answered_like_a_list(partner: Partner) -> None:
    records = [a_referral(), a_referral(age=-1), a_referral()]
    lines = "\r\n\n".join(json.dumps(record) for record in records) + "\n"
    answer = await partner.client.post(
        "/referrals/batch", content=lines, headers=NDJSON
    )
    results = answer.json()["results"]
    assert [r["status"] for r in results] == ["stored", "invalid", "stored"]
    assert [r["reference"] for r in results] == [r["reference"] for r in records]


async def test_a_dry_run_judges_and_stores_nothing(
    partner: Partner, shared_system: System
) -> None:
    new = a_referral()
    before = await stored(shared_system)
    answer = await partner.client.post(
        "/referrals/batch?dry_run=true",
        json=[new, a_referral(age=-1), new, {**new, "age": 99}],
    )
    statuses = [result["status"] for result in answer.json()["results"]]
    assert statuses == ["stored", "invalid", "repeated", "conflict"]
    assert await stored(shared_system) == before
    problem(await partner.client.get(f"/referrals/{new['reference']}"), 404)


async def test_an_empty_batch_is_answered_with_nothing(partner: Partner) -> None:
    assert await send(partner, []) == []


async def test_a_batch_of_1000_is_stored_in_one_statement(
    partner: Partner, shared_system: System
) -> None:
    records = [a_referral() for _ in range(1_000)]
    results = await send(partner, records)
    assert {result["status"] for result in results} == {"stored"}
    [row] = await shared_system.fetch(
        "intake",
        """select count(*), count(distinct sequence) from audit
        where organisation = $1 and type = 'uk.livingwell.referral.received.v1'""",
        partner.code,
    )
    assert tuple(row) == (1_000, 1)


@pytest.mark.parametrize("is_lines", [False, True])
@pytest.mark.parametrize("record", [{}, None])
async def test_a_batch_of_more_than_1000_is_refused_whole(
    partner: Partner, shared_system: System, record: object, is_lines: bool
) -> None:
    valid = [a_referral() for _ in range(1_000)]
    records = [*valid, a_referral() if record is None else record]
    before = await stored(shared_system)
    content = "\n".join(map(json.dumps, records)) if is_lines else json.dumps(records)
    answer = await partner.client.post(
        "/referrals/batch",
        content=content,
        headers=NDJSON if is_lines else {"content-type": "application/json"},
    )
    problem(answer, 413)
    assert await stored(shared_system) == before


@pytest.mark.parametrize(
    "raw", [b"{}", b"1", b"null", b'"x"', b"", b"[", b"[1,]", b"\xff", b"[1] [2]"]
)
async def test_what_is_no_list_at_all_is_refused(partner: Partner, raw: bytes) -> None:
    answer = await partner.client.post(
        "/referrals/batch",
        content=raw,
        headers={"content-type": "application/json"},
    )
    problem(answer, 422)


async def test_batches_that_share_records_store_each_once(
    partner: Partner, shared_system: System
) -> None:
    records = [a_referral() for _ in range(200)]
    answers = await asyncio.gather(
        *(send(partner, records if way else records[::-1]) for way in (0, 1) * 4)
    )
    statuses = [result["status"] for results in answers for result in results]
    assert statuses.count("stored") == 200
    assert statuses.count("repeated") == 1_400
    [row] = await shared_system.fetch(
        "intake", "select count(*) from audit where organisation = $1", partner.code
    )
    assert row[0] == 200
