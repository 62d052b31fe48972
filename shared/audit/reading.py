"""Reads of what is kept about people: what is read is noted in the same statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header

from shared.access import Caller
from shared.database import Database
from shared.events import TYPE_PREFIX
from shared.records import Stored

Purpose = Literal["direct_care", "quality", "research", "legal", "other"]
StatedPurpose = Annotated[
    Purpose | None,
    Header(
        alias="X-Purpose",
        description="Why this is read, for the audit; any other word is refused",
    ),
]
PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads which kind of record, and why; no caller is the public.

    Attributes:
        purpose: As the reader stated it, or what a page is for that says so itself.
        action: What the audit calls it: `read`, or what was read and `.read`.
    """

    entity: str
    caller: Caller | None
    purpose: str | None = None
    action: str = "read"

    @property
    def noted(self) -> tuple[str, str, str, str | None]:
        """Return what the audit says of it: organisation, subject, type, purpose."""
        organisation = self.caller.organisation if self.caller else PUBLIC
        subject = self.caller.subject if self.caller else PUBLIC
        return organisation, subject, type_of(self.entity, self.action), self.purpose


def type_of(entity: str, action: str) -> str:
    """Return what the audit calls an action that is no event."""
    return f"{TYPE_PREFIX}.{entity}.{action}.v1"


@lru_cache
def _statement(table: str, clause: str) -> str:
    return f"""
    with found as (
      select id, organisation, reference, sequence, kept, state from {table}
      where state is not null and {clause}
    ), audited as (
      insert into audit (organisation, subject, type, purpose, record, sequence)
      select $1, $2, $3, $4, id, sequence from found
    )
    select id, sequence, kept, state, reference, organisation from found
    order by reference
    """


async def read_where(
    database: Database, reading: Reading, clause: str, *values: object
) -> list[tuple[str, Stored]]:
    """Return records with their references, in that order; each is noted as read.

    Args:
        clause: SQL, a constant of the code; its first value is `$5`.
    """
    statement = _statement(reading.entity, clause)
    rows = await database.fetch(statement, *reading.noted, *values)
    return [
        (row["reference"], Stored(row[0], row[1], False, row[2], row[3]))
        for row in rows
    ]


async def read(database: Database, reading: Reading, record: UUID) -> Stored | None:
    """Return a record as it stands and note that it was read, or None."""
    found = await read_where(database, reading, "id = $5", record)
    return found[0][1] if found else None


async def read_after(
    database: Database, reading: Reading, after: str, limit: int
) -> list[tuple[str, Stored]]:
    """Return a page of the reader's own records; each is noted as read."""
    clause = "organisation = $1 and reference > $5 order by reference limit $6"
    return await read_where(database, reading, clause, after, limit)


NOTE = """
insert into audit (organisation, subject, type, purpose, record, sequence)
select $1, $2, $3, $4, id, sequence
from unnest($5::uuid[], $6::bigint[]) r(id, sequence)
"""


async def note_reads(
    database: Database, reading: Reading, shown: Sequence[tuple[UUID, int]]
) -> None:
    """Note that records were read which a statement of its own selects.

    Args:
        shown: Id and sequence of each record, before any of them is sent.
    """
    if shown:
        ids, sequences = zip(*shown, strict=True)
        await database.fetch(NOTE, *reading.noted, list(ids), list(sequences))
