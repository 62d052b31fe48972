"""The chain over the audit is whole, however many write and whoever is killed."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.sealing import MOST_ROWS, Chain, Forked, Sealer, missing
from shared.audit.verification import Proof, hash_of, verify
from shared.settings import ServiceSettings
from tests.integration.shared.audits import add, sealed, tamper
from tests.system import until


async def test_an_audit_without_rows_is_proven(audited: asyncpg.Connection) -> None:
    assert await verify(audited) == Proof()


async def test_each_seal_continues_the_one_before(audited: asyncpg.Connection) -> None:
    proof = await sealed(audited, 3, 1, 5)
    rows = await audited.fetch("select previous, hash from seal order by number")
    assert [row["previous"] for row in rows[1:]] == [row["hash"] for row in rows[:-1]]
    assert proof.head == rows[-1]["hash"].hex()


async def test_rows_that_wait_for_a_seal_are_no_fault(
    audited: asyncpg.Connection,
) -> None:
    await sealed(audited, 3)
    await add(audited, 2)
    proof = await verify(audited)
    assert (proof.unsealed, proof.faults) == (2, [])


async def test_more_rows_than_one_seal_covers_make_several(
    audited: asyncpg.Connection,
) -> None:
    await add(audited, MOST_ROWS + 10)
    await (await Chain.load(audited)).seal_all(audited)
    proof = await verify(audited)
    assert (proof.seals, proof.rows, proof.faults) == (2, MOST_ROWS + 10, [])


async def test_a_row_that_is_committed_late_is_sealed_later(
    audit_settings: ServiceSettings, audited: asyncpg.Connection
) -> None:
    slow = await asyncpg.connect(audit_settings.database_url.get_secret_value())
    transaction = slow.transaction()
    await transaction.start()
    await add(slow, 2)
    await add(audited, 3)
    chain = await Chain.load(audited)
    await chain.seal_all(audited)
    await transaction.commit()
    await slow.close()
    assert (await verify(audited)).unsealed == 2
    await chain.seal_all(audited)
    proof = await verify(audited)
    assert (proof.seals, proof.rows, proof.faults) == (2, 5, [])


async def test_a_sealer_that_starts_anew_still_finds_what_was_committed_late(
    audit_settings: ServiceSettings, audited: asyncpg.Connection
) -> None:
    slow = await asyncpg.connect(audit_settings.database_url.get_secret_value())
    transaction = slow.transaction()
    await transaction.start()
    await add(slow, 2)
    await sealed(audited, 3, 4)
    await transaction.commit()
    await slow.close()
    await (await Chain.load(audited)).seal_all(audited)
    proof = await verify(audited)
    assert (proof.seals, proof.rows, proof.faults) == (3, 9, [])


async def test_what_was_committed_just_before_all_went_down_is_sealed_hours_later(
    audit_settings: ServiceSettings, audited: asyncpg.Connection
) -> None:
    slow = await asyncpg.connect(audit_settings.database_url.get_secret_value())
    transaction = slow.transaction()
    await transaction.start()
    await add(slow, 2)
    await sealed(audited, 3)
    await transaction.commit()
    await slow.close()
    aged = "update seal set sealed_at = sealed_at - interval '3 hours'"
    await tamper(audited, aged)
    await (await Chain.load(audited)).seal_all(audited)
    assert await audited.fetchval("select range_agg(rows)::text from seal") == "{[1,6)}"


async def test_the_chain_holds_after_many_writers_at_once(
    audit_settings: ServiceSettings, audited: asyncpg.Connection
) -> None:
    url = audit_settings.database_url.get_secret_value()
    pool = await asyncpg.create_pool(url, min_size=8, max_size=8)
    chance = random.Random(7)

    async def write() -> None:
        for _ in range(40):
            async with pool.acquire() as connection:
                transaction = connection.transaction()
                await transaction.start()
                await add(connection, chance.randint(1, 20))
                await asyncio.sleep(chance.random() / 100)
                await (
                    transaction.rollback()
                    if chance.random() < 0.2
                    else transaction.commit()
                )

    sealers = [Sealer(audit_settings) for _ in range(2)]
    tasks = [asyncio.create_task(sealer.run()) for sealer in sealers]
    await asyncio.gather(*(write() for _ in range(8)))

    async def is_sealed() -> bool:
        return (await verify(audited)).unsealed == 0

    await until(is_sealed, "all is sealed", 20)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await pool.close()
    proof = await verify(audited)
    assert proof.faults == []
    assert proof.rows == await audited.fetchval("select count(*) from audit") > 1_000


async def test_nobody_continues_the_chain_from_the_same_seal_twice(
    audit_settings: ServiceSettings, audited: asyncpg.Connection
) -> None:
    other = await asyncpg.connect(audit_settings.database_url.get_secret_value())
    await sealed(audited, 3)
    one, two = await Chain.load(audited), await Chain.load(other)
    await add(audited, 2)
    transaction = audited.transaction()
    await transaction.start()
    await one.seal(audited)
    waiting = asyncio.create_task(two.seal(other))
    await transaction.commit()
    with pytest.raises((Forked, asyncpg.UniqueViolationError)):
        await waiting
    with pytest.raises(Forked):
        await two.seal(other)
    await other.close()
    assert (await verify(audited)).faults == []


async def test_a_sealer_that_is_killed_at_work_leaves_a_whole_chain(
    audit_settings: ServiceSettings, audited: asyncpg.Connection
) -> None:
    url = audit_settings.database_url.get_secret_value()
    for delay in (0.0, 0.002, 0.01, 0.05):
        await add(audited, 5_000)
        victim = await asyncpg.connect(url)
        chain = await Chain.load(victim)
        work = asyncio.create_task(chain.seal_all(victim))
        await asyncio.sleep(delay)
        process = victim.get_server_pid()
        await audited.execute("select pg_terminate_backend($1)", process)
        await asyncio.wait([work])
        work.exception()
        victim.terminate()
        assert (await verify(audited)).faults == []
    await (await Chain.load(audited)).seal_all(audited)
    proof = await verify(audited)
    assert (proof.rows, proof.unsealed, proof.faults) == (20_000, 0, [])


@pytest.mark.parametrize("table", ["audit", "seal"])
@pytest.mark.parametrize(
    "statement",
    ["update {} set {} = {}", "delete from {}", "truncate {}"],
)
async def test_the_database_refuses_to_change_what_was_added(
    audited: asyncpg.Connection, table: str, statement: str
) -> None:
    await sealed(audited, 2)
    column = "sequence" if table == "audit" else "previous"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only added to"):
        await audited.execute(statement.format(table, column, column))
    assert (await verify(audited)).faults == []


async def test_the_command_proves_and_says_what_is_wrong(
    audit_settings: ServiceSettings, audited: asyncpg.Connection
) -> None:
    async def run(*options: str) -> tuple[int | None, str]:
        url = audit_settings.database_url.get_secret_value()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shared.audit", "verify"),
            *("--service", "intake", *options),
            env=os.environ | {"INTAKE_DATABASE_URL": url},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    proof = await sealed(audited, 3, 2)
    code, output = await run()
    anchor = f"2:{proof.head}"
    assert code == 0
    assert output == (f"intake: 2 seals over 5 rows, 0 rows not sealed yet\n{anchor}\n")
    assert (await run("--expect", anchor))[0] == 0
    code, output = await run("--expect", f"2:{'0' * 64}")
    assert code == 1
    assert "WRONG: seal 2 is not the one that was expected" in output
    await tamper(audited, "delete from audit where id = 1")
    assert (await run())[0] == 1


@given(st.sets(st.integers(1, 40)), st.integers(1, 20), st.integers(0, 20))
def test_what_is_missing_is_what_is_not_covered(
    ids: set[int], first: int, more: int
) -> None:
    last = first + more
    covered = [(number, number + 1) for number in sorted(ids)]
    gaps = missing(covered, first, last)
    found = {number for lower, upper in gaps for number in range(lower, upper)}
    assert found == set(range(first, last + 1)) - ids


def test_a_hash_depends_on_every_field_of_every_row() -> None:
    row = (1, 2, "RX1", "x", "y", str(UUID(int=3)), 4, None)
    head = (1, 5, [(1, 2)])
    base = hash_of(head, [row], bytes(32))
    others = [
        hash_of(head, [(*row[:n], "changed", *row[n + 1 :])], bytes(32))
        for n in range(len(row))
    ]
    others += [hash_of(head, [row, row], bytes(32)), hash_of(head, [row], b"1" * 32)]
    others.append(hash_of((1, 6, [(1, 2)]), [row], bytes(32)))
    assert len({base, *others}) == 1 + len(others)
