"""The chain over the audit: whole after any number of writers, broken by any change."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.intake
from shared.audit.sealing import MOST_ROWS, Chain, Forked, Sealer, missing
from shared.audit.verification import Proof, hash_of, verify
from shared.database import migrate
from shared.settings import ServiceSettings
from tests.integration.shared.topics import settings_for
from tests.system import until

ADD = """
insert into audit (organisation, subject, type, record, sequence, purpose)
select $1, $2, 'uk.livingwell.referral.read.v1', uuidv4(), n, 'quality'
from generate_series(1, $3) n
"""
ODD_WORDS = 'Zoë "Quote" back\\slash \t\n\x01\x7f </tag> \u2028 🌱'


@pytest.fixture
async def settings(postgres_urls: dict[str, str]) -> ServiceSettings:
    settings = settings_for(postgres_urls["intake"])
    await migrate(settings, Path(services.intake.__file__).with_name("migrations"))
    return settings


@pytest.fixture
async def database(settings: ServiceSettings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    yield connection
    await connection.close()


async def add(database: asyncpg.Connection, rows: int = 1) -> None:
    await database.execute(ADD, "RX1", ODD_WORDS, rows)


async def sealed(database: asyncpg.Connection, *batches: int) -> Proof:
    """Add batches of rows, seal each, and prove that all is well."""
    chain = await Chain.load(database)
    for rows in batches:
        await add(database, rows)
        await chain.seal_all(database)
    proof = await verify(database)
    assert proof.faults == []
    assert (proof.seals, proof.rows) == (len(batches), sum(batches))
    return proof


async def tamper(database: asyncpg.Connection, statement: str) -> list[str]:
    """Do what only the owner of the tables can, and return what the proof says."""
    for table in ("audit", "seal"):
        await database.execute(f"alter table {table} disable trigger user")
    await database.execute(statement)
    return (await verify(database)).faults


async def test_an_audit_without_rows_is_proven(database: asyncpg.Connection) -> None:
    assert await verify(database) == Proof()


async def test_each_seal_continues_the_one_before(database: asyncpg.Connection) -> None:
    proof = await sealed(database, 3, 1, 5)
    rows = await database.fetch("select previous, hash from seal order by number")
    assert [row["previous"] for row in rows[1:]] == [row["hash"] for row in rows[:-1]]
    assert proof.head == rows[-1]["hash"].hex()


async def test_rows_that_wait_for_a_seal_are_no_fault(
    database: asyncpg.Connection,
) -> None:
    await sealed(database, 3)
    await add(database, 2)
    proof = await verify(database)
    assert (proof.unsealed, proof.faults) == (2, [])


async def test_more_rows_than_one_seal_covers_make_several(
    database: asyncpg.Connection,
) -> None:
    await add(database, MOST_ROWS + 10)
    await (await Chain.load(database)).seal_all(database)
    proof = await verify(database)
    assert (proof.seals, proof.rows, proof.faults) == (2, MOST_ROWS + 10, [])


async def test_a_row_that_is_committed_late_is_sealed_later(
    settings: ServiceSettings, database: asyncpg.Connection
) -> None:
    slow = await asyncpg.connect(settings.database_url.get_secret_value())
    transaction = slow.transaction()
    await transaction.start()
    await add(slow, 2)
    await add(database, 3)
    chain = await Chain.load(database)
    await chain.seal_all(database)
    await transaction.commit()
    await slow.close()
    assert (await verify(database)).unsealed == 2
    await chain.seal_all(database)
    proof = await verify(database)
    assert (proof.seals, proof.rows, proof.faults) == (2, 5, [])


async def test_a_sealer_that_starts_anew_still_finds_what_was_committed_late(
    settings: ServiceSettings, database: asyncpg.Connection
) -> None:
    slow = await asyncpg.connect(settings.database_url.get_secret_value())
    transaction = slow.transaction()
    await transaction.start()
    await add(slow, 2)
    await sealed(database, 3, 4)
    await transaction.commit()
    await slow.close()
    await (await Chain.load(database)).seal_all(database)
    proof = await verify(database)
    assert (proof.seals, proof.rows, proof.faults) == (3, 9, [])


async def test_the_chain_holds_after_many_writers_at_once(
    settings: ServiceSettings, database: asyncpg.Connection
) -> None:
    url = settings.database_url.get_secret_value()
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

    sealers = [Sealer(settings) for _ in range(2)]
    tasks = [asyncio.create_task(sealer.run()) for sealer in sealers]
    await asyncio.gather(*(write() for _ in range(8)))

    async def is_sealed() -> bool:
        return (await verify(database)).unsealed == 0

    await until(is_sealed, "all is sealed", 20)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await pool.close()
    proof = await verify(database)
    assert proof.faults == []
    assert proof.rows == await database.fetchval("select count(*) from audit") > 1_000


@pytest.mark.parametrize(
    "change",
    [
        "organisation = 'RX2'",
        "subject = 'somebody else'",
        "type = 'uk.livingwell.referral.corrected.v1'",
        "record = uuidv4()",
        "sequence = sequence + 1",
        "purpose = null",
        "at = at - interval '1 microsecond'",
    ],
)
async def test_a_changed_row_is_found(
    database: asyncpg.Connection, change: str
) -> None:
    await sealed(database, 3, 5, 2)
    faults = await tamper(database, f"update audit set {change} where id = 6")
    assert faults == ["seal 2 does not fit its rows (4 to 8)"]


async def test_a_removed_row_is_found(database: asyncpg.Connection) -> None:
    await sealed(database, 3, 5, 2)
    faults = await tamper(database, "delete from audit where id = 5")
    assert "seal 2 covers 1 rows that are gone" in faults


async def test_rows_that_change_places_are_found(database: asyncpg.Connection) -> None:
    await sealed(database, 4)
    swap = """
    update audit a set record = b.record, sequence = b.sequence
    from audit b where (a.id, b.id) in ((2, 3), (3, 2))
    """
    assert await tamper(database, swap) == ["seal 1 does not fit its rows (1 to 4)"]


async def test_a_row_slipped_in_is_found(database: asyncpg.Connection) -> None:
    # A rolled back write leaves an id that nobody holds any more.
    transaction = database.transaction()
    await transaction.start()
    await add(database)
    await transaction.rollback()
    await sealed(database, 3)
    aged = "update seal set sealed_at = sealed_at - interval '1 hour'"
    await tamper(database, aged)
    slip = """
    insert into audit (id, organisation, subject, type, record, sequence)
    overriding system value values (1, 'RX1', 'x', 'y', uuidv4(), 1)
    """
    assert "1 rows were slipped in: 1" in await tamper(database, slip)


async def test_a_removed_seal_is_found(database: asyncpg.Connection) -> None:
    await sealed(database, 3, 5, 2)
    faults = await tamper(database, "delete from seal where number = 2")
    assert "between seal 1 and 3 some are gone" in faults
    assert "seal 3 does not continue the one before" in faults


async def test_a_seal_made_anew_breaks_the_next(database: asyncpg.Connection) -> None:
    await sealed(database, 3, 5, 2)
    await tamper(database, "update audit set subject = 'x' where id = 5")
    [seal] = await database.fetch(
        """select number, (extract(epoch from sealed_at) * 1000000)::bigint as sealed,
        previous from seal where number = 2"""
    )
    rows = await database.fetch(
        """select id, (extract(epoch from at) * 1000000)::bigint, organisation, subject,
        type, record::text, sequence, purpose from audit where id between 4 and 8
        order by id"""
    )
    forged = hash_of((2, seal["sealed"], [(4, 9)]), rows, bytes(seal["previous"]))
    faults = await tamper(
        database, f"update seal set hash = '\\x{forged}' where number = 2"
    )
    assert faults == ["seal 3 does not continue the one before"]


async def test_a_chain_cut_short_is_found_with_what_an_earlier_proof_said(
    database: asyncpg.Connection,
) -> None:
    proof = await sealed(database, 3, 5, 2)
    anchor = (proof.seals, proof.head)
    assert (await verify(database, anchor)).faults == []
    cut = "delete from seal where number = 3; delete from audit where id > 8"
    assert await tamper(database, cut) == []
    assert (await verify(database, anchor)).faults == [
        "seal 3 is gone, and all after it"
    ]
    # Sealed again, it has as many seals as before, and is another chain.
    await database.execute(ADD, "RX1", "x", 2)
    await (await Chain.load(database)).seal_all(database)
    assert (await verify(database, anchor)).faults == [
        "seal 3 is not the one that was expected"
    ]


async def test_nobody_continues_the_chain_from_the_same_seal_twice(
    settings: ServiceSettings, database: asyncpg.Connection
) -> None:
    other = await asyncpg.connect(settings.database_url.get_secret_value())
    await sealed(database, 3)
    one, two = await Chain.load(database), await Chain.load(other)
    await add(database, 2)
    transaction = database.transaction()
    await transaction.start()
    await one.seal(database)
    waiting = asyncio.create_task(two.seal(other))
    await transaction.commit()
    with pytest.raises((Forked, asyncpg.UniqueViolationError)):
        await waiting
    with pytest.raises(Forked):
        await two.seal(other)
    await other.close()
    assert (await verify(database)).faults == []


async def test_a_sealer_that_is_killed_at_work_leaves_a_whole_chain(
    settings: ServiceSettings, database: asyncpg.Connection
) -> None:
    url = settings.database_url.get_secret_value()
    for delay in (0.0, 0.002, 0.01, 0.05):
        await add(database, 5_000)
        victim = await asyncpg.connect(url)
        chain = await Chain.load(victim)
        work = asyncio.create_task(chain.seal_all(victim))
        await asyncio.sleep(delay)
        process = victim.get_server_pid()
        await database.execute("select pg_terminate_backend($1)", process)
        await asyncio.wait([work])
        work.exception()
        victim.terminate()
        assert (await verify(database)).faults == []
    await (await Chain.load(database)).seal_all(database)
    proof = await verify(database)
    assert (proof.rows, proof.unsealed, proof.faults) == (20_000, 0, [])


@pytest.mark.parametrize("table", ["audit", "seal"])
@pytest.mark.parametrize(
    "statement",
    ["update {} set {} = {}", "delete from {}", "truncate {}"],
)
async def test_the_database_refuses_to_change_what_was_added(
    database: asyncpg.Connection, table: str, statement: str
) -> None:
    await sealed(database, 2)
    column = "sequence" if table == "audit" else "previous"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only added to"):
        await database.execute(statement.format(table, column, column))
    assert (await verify(database)).faults == []


async def test_the_command_proves_and_says_what_is_wrong(
    settings: ServiceSettings, database: asyncpg.Connection
) -> None:
    async def run(*options: str) -> tuple[int | None, str]:
        url = settings.database_url.get_secret_value()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shared.audit", "verify"),
            *("--service", "intake", *options),
            env=os.environ | {"INTAKE_DATABASE_URL": url},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    proof = await sealed(database, 3, 2)
    code, output = await run()
    anchor = f"2:{proof.head}"
    assert code == 0
    assert output == (f"intake: 2 seals over 5 rows, 0 rows not sealed yet\n{anchor}\n")
    assert (await run("--expect", anchor))[0] == 0
    code, output = await run("--expect", f"2:{'0' * 64}")
    assert code == 1
    assert "WRONG: seal 2 is not the one that was expected" in output
    await tamper(database, "delete from audit where id = 1")
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
