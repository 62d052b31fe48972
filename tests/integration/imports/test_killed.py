"""Processes are killed in the middle of an import: every row is stored once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.builders import a_referral
from tests.faults.processes import second_process
from tests.integration.imports.sending import CSV, a_file, a_row
from tests.integration.intake.answers import problem
from tests.system import Infrastructure, System, until

ORGANISATION = "FAULTI"
ROWS = 12_000
STORED = """
select (select count(*) from referral where organisation = $1),
  (select count(*) from audit where organisation = $1),
  (select count(distinct record) from audit where organisation = $1)
"""


@pytest.fixture(scope="module")
async def system(infrastructure: Infrastructure) -> AsyncIterator[System]:
    """Return a system of its own, to be killed at will."""
    extra = {"INTAKE_IMPORTS_MOST_FOLLOWERS": "1"}
    system = System("killed", infrastructure, extra=extra)
    try:
        await system.start(["intake", "aggregation"])
        yield system
    finally:
        await system.stop()


def _file(rows: int) -> bytes:
    """Return referrals of which every thousandth is refused."""
    table = [a_row() for _ in range(rows)]
    for row in table[::1000]:
        row["age"] = "x"
    return a_file(table)


async def _start(system: System, content: bytes) -> str:
    async with system.client("intake", system.token(ORGANISATION, "partner")) as client:
        answer = await client.post(
            "/imports?resource=referrals", content=content, headers=CSV
        )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["import_id"])


async def _import(system: System, job: str) -> Any:  # noqa: ANN401 (a record)
    [row] = await system.fetch("intake", "select * from import where id = $1", job)
    return row


async def _read_beyond(system: System, job: str, rows: int) -> None:
    async def is_beyond() -> bool:
        row = await _import(system, job)
        return row["state"] in ("done", "failed") or row["rows_read"] > rows

    await until(is_beyond, f"{rows} rows are read")


async def _check_done(system: System, job: str, before: tuple[int, ...]) -> None:
    row = await _import(system, job)
    assert (row["state"], row["error"]) == ("done", None)
    refused = ROWS // 1000
    counted = (row["rows_read"], row["stored"], row["refused"])
    assert counted == (ROWS, ROWS - refused, refused)
    assert (row["repeated"], row["conflicted"]) == (0, 0)
    [now] = await system.fetch("intake", STORED, ORGANISATION)
    assert tuple(now) == tuple(n + ROWS - refused for n in before)
    [left] = await system.fetch(
        "intake",
        """select (select count(*) from import_piece where import_id = $1),
        (select count(*) from import_refusal where import_id = $1)""",
        job,
    )
    assert tuple(left) == (0, refused)


async def _before(system: System) -> tuple[int, ...]:
    [row] = await system.fetch("intake", STORED, ORGANISATION)
    return tuple(row)


async def _check_published(system: System) -> None:
    """Wait until the topic's reader holds just what intake holds: count, sequences."""
    query = "select count(*), sum(sequence) from referral"
    [mine] = await system.fetch("intake", query)

    async def is_equal() -> bool:
        [theirs] = await system.fetch("aggregation", query)
        return tuple(mine) == tuple(theirs)

    await until(is_equal, "all is published and projected")


async def test_an_import_killed_again_and_again_finishes_exactly_once(
    system: System,
) -> None:
    process = system.services["intake"]
    before = await _before(system)
    job = await _start(system, _file(ROWS))
    kills = 0
    for part in range(4):
        await _read_beyond(system, job, part * ROWS // 5)
        kills += (await _import(system, job))["state"] == "running"
        process.child.kill()
        await process.start()
    assert kills > 0
    await _read_beyond(system, job, ROWS)
    await _check_done(system, job, before)
    await _check_published(system)


async def test_two_processes_share_imports_and_one_killed_is_stood_in_for(
    system: System,
) -> None:
    before = await _before(system)
    async with second_process(system, "intake") as second:
        job = await _start(system, _file(ROWS))
        await _read_beyond(system, job, ROWS // 4)
        second.child.kill()
        await _read_beyond(system, job, ROWS)
    await _check_done(system, job, before)


async def test_an_import_whose_connections_are_lost_goes_on(system: System) -> None:
    before = await _before(system)
    job = await _start(system, _file(ROWS))
    for part in range(3):
        await _read_beyond(system, job, part * ROWS // 4)
        await system.fetch(
            "intake",
            """select pg_terminate_backend(pid) from pg_stat_activity
            where pid <> pg_backend_pid() and usename = current_user""",
        )
    await _read_beyond(system, job, ROWS)
    await _check_done(system, job, before)
    await _check_published(system)


async def test_what_is_not_to_be_kept_is_deleted_when_a_process_starts(
    system: System,
) -> None:
    process = system.services["intake"]
    job = await _start(system, _file(1_000))
    await _read_beyond(system, job, 999)
    await system.fetch(
        "intake",
        "update import set rejected_until = now() - interval '1 day' where id = $1",
        job,
    )
    sent = asyncio.Event()

    async def half() -> Any:  # noqa: ANN401 (a generator of bytes)
        yield _file(3_000)
        sent.set()
        await asyncio.sleep(60)

    async def upload() -> None:
        token = system.token(ORGANISATION, "partner")
        async with system.client("intake", token) as client:
            await client.post(
                "/imports?resource=referrals", content=half(), headers=CSV
            )

    uploading = asyncio.create_task(upload())
    await sent.wait()
    process.child.kill()
    await asyncio.gather(uploading, return_exceptions=True)
    await system.fetch(
        "intake",
        "update import set worked_at = now() - interval '2 hours'"
        " where state = 'uploading' returning id",
    )
    await process.start()

    async def is_given_up() -> bool:
        rows = await system.fetch(
            "intake", "select from import where state = 'uploading'"
        )
        pieces = await system.fetch("intake", "select from import_piece limit 1")
        refusals = await system.fetch(
            "intake", "select from import_refusal where import_id = $1", job
        )
        return not rows and not pieces and not refusals

    await until(is_given_up, "the upload is given up, the refused rows are gone")
    async with system.client("intake", system.token(ORGANISATION, "partner")) as client:
        problem(await client.get(f"/imports/{job}/rejected.csv"), 410)


async def test_a_stream_of_progress_ends_when_the_process_is_asked_to(
    system: System,
) -> None:
    process = system.services["intake"]
    [row] = await system.fetch(
        "intake",
        """insert into import (organisation, subject, resource, is_dry_run, state)
        values ($1, 's', 'referrals', false, 'uploading') returning id""",
        ORGANISATION,
    )
    token = system.token(ORGANISATION, "partner")
    lines: list[str] = []
    async with system.client("intake", token) as client:
        path = f"/imports/{row['id']}/events"
        async with client.stream("GET", path, timeout=httpx.Timeout(20)) as stream:
            async for line in stream.aiter_lines():
                lines.append(line)
                if line.startswith("data:"):
                    problem(await client.get(path), 503)  # One may follow here.
                    stopping = asyncio.create_task(process.stop())
    await stopping
    # Ended by itself: cut off at the end of its patience, the answer would be an error.
    assert "graceful shutdown exceeded" not in process.child.tail(40)
    [data] = [line for line in lines if line.startswith("data:")]
    assert json.loads(data.removeprefix("data:"))["state"] == "uploading"
    await system.fetch("intake", "delete from import where id = $1", row["id"])
    await process.start()
    answer = await _posted(system)
    assert answer.status_code == 201


async def _posted(system: System) -> httpx.Response:
    token = system.token(ORGANISATION, "partner")
    async with system.client("intake", token) as client:
        return await client.post("/referrals", json=a_referral())
