"""Imports in the database: made, filled, claimed, moved on, read, and cleaned up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg

from shared.access import Caller
from shared.database import Database
from shared.imports.chunks import Outcome
from shared.imports.layout import Layout

PIECE_BYTES = 131_072
LINES_AT_ONCE = 1_000
DELETED_AT_ONCE = 5_000
UNFINISHED = "('uploading', 'waiting', 'running')"

BEGIN = f"""
insert into import (organisation, subject, resource, is_dry_run, traceparent, state)
select $1, $2, $3, $4, $5, 'uploading'
where (select count(*) from import
  where organisation = $1 and state in {UNFINISHED}) < $6
returning id
"""
ADD_PIECE = """
with touched as (
  update import set worked_at = clock_timestamp() where id = $1
)
insert into import_piece (import_id, number, content) values ($1, $2, $3)
"""
READY = """
update import set state = 'waiting', layout = $2, size_bytes = $3, position = $4
where id = $1
"""
FAIL = """
with gone as (delete from import_piece where import_id = $1)
update import set state = 'failed', error = $2, size_bytes = greatest(size_bytes, $3),
  finished_at = clock_timestamp(),
  rejected_until = case when refused + conflicted > 0
    then clock_timestamp() + $4 * interval '1 day' end
where id = $1 and state <> 'done'
"""
CLAIM = """
select * from import where state in ('waiting', 'running')
order by worked_at, id limit 1 for update skip locked
"""
CONTENT = """
select content from import_piece
where import_id = $1 and number >= $2 and number < $3 order by number
"""
ADVANCE = f"""
with gone as (
  delete from import_piece where import_id = $1 and number < $2 / {PIECE_BYTES}
)
update import set state = 'running', position = $2, rows_read = rows_read + $3,
  stored = stored + $4, repeated = repeated + $5, conflicted = conflicted + $6,
  refused = refused + $7, failures = 0,
  started_at = coalesce(started_at, clock_timestamp()), worked_at = clock_timestamp()
where id = $1
"""
FINISH = """
with gone as (delete from import_piece where import_id = $1)
update import set state = 'done', finished_at = clock_timestamp(),
  started_at = coalesce(started_at, clock_timestamp()),
  rejected_until = case when refused + conflicted > 0
    then clock_timestamp() + $2 * interval '1 day' end
where id = $1
"""
REFUSE = """
insert into import_refusal (import_id, number, line)
select $1, $2 + place, line from unnest($3::text[]) with ordinality l(line, place)
"""
NOTE_FAILURE = """
update import set failures = failures + 1, worked_at = clock_timestamp()
where id = $1 returning failures
"""
GIVE_UP_UPLOADS = """
with given_up as (
  update import set state = 'failed', finished_at = clock_timestamp(), error = $2
  where state = 'uploading'
    and worked_at < clock_timestamp() - $1 * interval '1 hour'
  returning id
)
select count(*) from given_up
"""
DELETE_PIECES = f"""
delete from import_piece p using import i
where i.id = p.import_id and i.state not in {UNFINISHED}
"""
DELETE_REFUSALS = f"""
delete from import_refusal where (import_id, number) in (
  select r.import_id, r.number from import_refusal r
  join import i on i.id = r.import_id
  where i.rejected_until < clock_timestamp() limit {DELETED_AT_ONCE})
returning 1
"""
FORGET_REFUSALS = """
update import set rejected_until = null where rejected_until < clock_timestamp()
"""
FORGET_ALL_REFUSALS = """
with forgotten as (
  update import set rejected_until = null
  where $1::text is null or organisation = $1 returning id
)
delete from import_refusal where import_id in (select id from forgotten)
"""


async def forget_refusals(database: Database, organisation: str | None) -> None:
    """Delete the refused rows of an organisation, or of all (None).

    They are the owner's own rows, people's numbers among them, and an erasure cannot
    tell in which of them a person is meant.
    """
    await database.fetch(FORGET_ALL_REFUSALS, organisation)


async def begin(
    database: Database, caller: Caller, resource: str, *rest: object
) -> UUID | None:
    """Make an import whose file is about to arrive; None if too many are unfinished.

    Args:
        rest: Whether it is a dry run, the trace context, and how many may be.
    """
    row = await database.fetchrow(
        BEGIN, caller.organisation, caller.subject, resource, *rest
    )
    return row["id"] if row else None


async def add_piece(database: Database, job: UUID, number: int, content: bytes) -> None:
    """Store the next piece of a file."""
    await database.fetch(ADD_PIECE, job, number, content)


async def make_ready(database: Database, job: UUID, layout: Layout, size: int) -> None:
    """Say that all of a file is there."""
    await database.fetch(READY, job, layout.model_dump_json(), size, layout.starts_at)


async def fail(
    database: Database, job: UUID, why: str, size: int = 0, days: float = 0
) -> None:
    """End an import whose file cannot be used, or no further; forget the file."""
    await database.fetch(FAIL, job, why, size, days)


async def claim(database: Database) -> asyncpg.Record | None:
    """Lock the import that waits longest, for this transaction."""
    return await database.fetchrow(CLAIM)


async def content_from(database: Database, job: asyncpg.Record, pieces: int) -> bytes:
    """Return the file from its position on, as far as that many pieces go."""
    first, skipped = divmod(job["position"], PIECE_BYTES)
    rows = await database.fetch(CONTENT, job["id"], first, first + pieces)
    return b"".join(row["content"] for row in rows)[skipped:]


async def advance(
    database: Database, job: asyncpg.Record, position: int, outcome: Outcome
) -> None:
    """Move an import on, with the counts of the rows up to there."""
    await database.fetch(
        ADVANCE,
        job["id"],
        position,
        outcome.read,
        outcome.stored,
        outcome.repeated,
        outcome.conflicted,
        outcome.refused,
    )


async def refuse(database: Database, job: asyncpg.Record, lines: list[str]) -> None:
    """Keep refused rows for their owner."""
    before = job["refused"] + job["conflicted"]
    await database.fetch(REFUSE, job["id"], before, lines)


async def finish(database: Database, job: UUID, days: float) -> None:
    """End an import; its refused rows stay for some days."""
    await database.fetch(FINISH, job, days)


async def note_failure(database: Database, job: UUID) -> int:
    """Count a step that ended in an error; return how many did so in a row."""
    row = await database.fetchrow(NOTE_FAILURE, job)
    return int(row["failures"]) if row else 0


async def clean(database: Database, upload_hours: float, why: str) -> None:
    """Give up uploads that stand still, and delete what is no longer to be kept."""
    await database.fetch(GIVE_UP_UPLOADS, upload_hours, why)
    await database.fetch(DELETE_PIECES)
    while await database.fetch(DELETE_REFUSALS):
        pass
    await database.fetch(FORGET_REFUSALS)


async def find(
    database: Database, organisation: str, job: UUID
) -> asyncpg.Record | None:
    """Return an organisation's import, or None."""
    return await database.fetchrow(
        "select * from import where id = $1 and organisation = $2", job, organisation
    )


async def imports_before(
    database: Database, organisation: str, before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Return an organisation's imports, newest first."""
    return await database.fetch(
        """select * from import
        where organisation = $1 and ($2::uuid is null or id < $2)
        order by id desc limit $3""",
        organisation,
        before,
        limit,
    )


async def lines(database: Database, job: UUID) -> AsyncIterator[str]:
    """Yield the refused rows of an import in order, many at once."""
    after = 0
    while True:
        rows = await database.fetch(
            """select number, line from import_refusal
            where import_id = $1 and number > $2 order by number limit $3""",
            job,
            after,
            LINES_AT_ONCE,
        )
        if not rows:
            return
        after = rows[-1]["number"]
        yield "".join(row["line"] for row in rows)


def values_of(job: asyncpg.Record) -> dict[str, Any]:
    """Return an import's columns by name."""
    return dict(job.items())
