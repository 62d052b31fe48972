"""An audit to be sealed, proven and tampered with."""

from __future__ import annotations

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from shared.audit.sealing import Chain
from shared.audit.verification import Proof, verify

ADD = """
insert into audit (organisation, subject, type, record, sequence, purpose)
select $1, $2, 'uk.livingwell.referral.read.v1', uuidv4(), n, 'quality'
from generate_series(1, $3) n
"""
Database = asyncpg.Connection | PoolConnectionProxy
ODD_WORDS = 'Zoë "Quote" back\\slash \t\n\x01\x7f </tag> \u2028 🌱'


EMPTY = """
alter table audit disable trigger user;
alter table seal disable trigger user;
truncate audit, seal restart identity;
alter table audit enable trigger user;
alter table seal enable trigger user;
"""


async def add(database: Database, rows: int = 1) -> None:
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
