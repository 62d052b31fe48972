"""The ceilings of a batch: bare `unnest` statements, without HTTP or models.

A process of its own: `python -m tests.bench.ceiling_batch GIVEN RESULT`.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import uvloop

ONE_ROW = """
insert into bare_record (id, reference, body)
select * from unnest($1::uuid[], $2::text[], $3::json[])
"""
THREE_ROWS = """
with given as (
  select * from unnest($1::uuid[], $2::text[], $3::json[]) as g(id, reference, body)
), stored as (
  insert into bare_record (id, reference, body) select * from given
  returning id, body
), announced as (
  insert into bare_outbox (record, body) select id, body from stored
)
insert into bare_audit (record) select id from stored
"""
TABLES = """
create table if not exists bare_record (id uuid primary key, reference text, body json);
create table if not exists bare_outbox (
  id bigint generated always as identity primary key, record uuid, body json
);
create table if not exists bare_audit (
  id bigint generated always as identity primary key, record uuid,
  at timestamptz default now()
);
"""


@dataclass(frozen=True)
class BareBatches:
    """What to store where: JSON arrays of records, as the services get them."""

    url: str
    statement: str
    arrays: list[bytes]
    connections: int


Columns = tuple[list[UUID], list[str], list[str]]


def columns_of(array: bytes) -> Columns:
    """Take an array apart beforehand: only the statement is measured."""
    records = json.loads(array)
    return (
        [uuid4() for _ in records],
        [record["reference"] for record in records],
        [json.dumps(record, separators=(",", ":")) for record in records],
    )


async def store_all(given: BareBatches) -> float:
    """Store all batches and return how many seconds it took."""
    batches = iter([columns_of(array) for array in given.arrays])
    connections = [await asyncpg.connect(given.url) for _ in range(given.connections)]
    await connections[0].execute(TABLES)
    for connection in connections:
        await connection.execute(given.statement, *next(batches))

    async def work(connection: asyncpg.Connection) -> None:
        for batch in batches:
            await connection.execute(given.statement, *batch)

    began = time.monotonic()
    await asyncio.gather(*(work(connection) for connection in connections))
    seconds = time.monotonic() - began
    for connection in connections:
        await connection.close()
    return seconds


if __name__ == "__main__":
    from tests.bench import ceiling_batch

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(
            ceiling_batch.store_all(pickle.loads(Path(sys.argv[1]).read_bytes()))
        )
    Path(sys.argv[2]).write_bytes(pickle.dumps(found))
