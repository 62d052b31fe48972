"""Proof of the audit: every row is as it was sealed, none is gone, none was slipped in.

Nothing here trusts what the database computes: rows and seals are read, and the hashes
are made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from shared.audit.sealing import GAP_SECONDS, NOTHING_BEFORE, ranges

SEALS_AT_ONCE = 1_000
MOST_NAMED = 20
# Writes as PostgreSQL's json_build_array does.
AS_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode

SEALS = """
select number, (extract(epoch from sealed_at) * 1000000)::bigint as sealed, rows,
  previous, hash
from seal where number > $1 order by number limit $2
"""
ROWS = """
select id, (extract(epoch from at) * 1000000)::bigint, organisation, subject, type,
  record::text, sequence, purpose
from unnest($1::int8multirange) g(ids)
join audit a on a.id >= lower(g.ids) and a.id < upper(g.ids)
order by id
"""
# Below what was sealed minutes before the last seal no row can still come by itself.
SETTLED = f"""
select coalesce(max(upper(rows)), 0) from seal
where sealed_at < (select max(sealed_at) from seal)
  - make_interval(secs => {2 * GAP_SECONDS})
"""
OUTSIDE = """
select id, id < $1 as is_settled from audit a
where not exists (select from seal s where a.id <@ s.rows) order by id
"""


@dataclass
class Proof:
    """What was found.

    Attributes:
        seals: How many there are; the last one's number, if nothing is wrong.
        head: Hash of the last seal, in hexadecimal digits.
        rows: How many rows they cover.
        unsealed: How many rows wait for a seal.
        faults: What is wrong, one sentence each; empty if nothing is.
    """

    seals: int = 0
    head: str = NOTHING_BEFORE.hex()
    rows: int = 0
    unsealed: int = 0
    faults: list[str] = field(default_factory=list)


def hash_of(seal: Sequence[Any], rows: Iterable[Iterable[Any]], previous: bytes) -> str:
    """Return the hash that a seal must have, in hexadecimal digits.

    Args:
        seal: Its number, moment in microseconds since 1970, and ranges of ids.
        rows: The audit rows that it covers, in order of id.
        previous: The hash of the seal before.
    """
    number, sealed, covered = seal
    text = "{" + ",".join(f"[{lower},{upper})" for lower, upper in covered) + "}"
    lines = [[number, sealed, text], *(list(row) for row in rows)]
    content = "\n".join(map(AS_JSON, lines))
    return hashlib.sha256(previous + content.encode()).hexdigest()


async def verify(
    connection: asyncpg.Connection, expected: tuple[int, str] | None = None
) -> Proof:
    """Read the whole audit and prove its chain.

    Args:
        connection: Of the service's database; without a time limit.
        expected: Number and hash of a seal, as an earlier proof or the log told
            it: finds a chain that was cut short or made anew since.
    """
    proof = Proof()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await _follow(connection, proof, expected)
        await _look_outside(connection, proof)
    if expected and expected[0] > proof.seals:
        proof.faults.append(f"seal {expected[0]} is gone, and all after it")
    return proof


async def _follow(
    connection: asyncpg.Connection, proof: Proof, expected: tuple[int, str] | None
) -> None:
    previous, seen_to = NOTHING_BEFORE, 0
    while seals := await connection.fetch(SEALS, seen_to, SEALS_AT_ONCE):
        for seal in seals:
            number = seal["number"]
            if number != seen_to + 1:
                proof.faults.append(
                    f"between seal {seen_to} and {number} some are gone"
                )
            if bytes(seal["previous"]) != previous:
                proof.faults.append(f"seal {number} does not continue the one before")
            if expected and number == expected[0] and seal["hash"].hex() != expected[1]:
                proof.faults.append(f"seal {number} is not the one that was expected")
            await _check(connection, proof, seal)
            previous, seen_to = bytes(seal["hash"]), number
        proof.seals, proof.head = seen_to, previous.hex()


async def _check(
    connection: asyncpg.Connection, proof: Proof, seal: asyncpg.Record
) -> None:
    number, covered = seal["number"], ranges(seal["rows"])
    rows = await connection.fetch(ROWS, seal["rows"])
    proof.rows += len(rows)
    lacking = sum(upper - lower for lower, upper in covered) - len(rows)
    if lacking:
        proof.faults.append(f"seal {number} covers {lacking} rows that are gone")
    head = (number, seal["sealed"], covered)
    if hash_of(head, rows, bytes(seal["previous"])) != seal["hash"].hex():
        span = f"{covered[0][0]} to {covered[-1][1] - 1}"
        proof.faults.append(f"seal {number} does not fit its rows ({span})")


async def _look_outside(connection: asyncpg.Connection, proof: Proof) -> None:
    total = await connection.fetchval("select count(*) from audit")
    if total == proof.rows:
        return
    settled = await connection.fetchval(SETTLED)
    outside = await connection.fetch(OUTSIDE, settled)
    added = [str(row["id"]) for row in outside if row["is_settled"]]
    proof.unsealed = len(outside) - len(added)
    if added:
        named = ", ".join(added[:MOST_NAMED])
        proof.faults.append(f"{len(added)} rows were slipped in: {named}")
    if total != proof.rows + len(outside):
        proof.faults.append("some rows are covered by more than one seal")
