"""What a steward is told of the audit: who looked at what, when, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from shared.database import Database

AfterEntry = Annotated[
    int, Query(ge=0, lt=2**63, description="`next` of the page before")
]
# Materialised, or the planner would rather walk through the whole audit in order.
ENTRIES = """
with found as materialized (
  select id, at, organisation, subject, type, record, sequence, purpose
  from audit where record = any($1::uuid[]) and id > $2
)
select * from found order by id limit $3
"""


class AuditEntry(BaseModel):
    """That somebody wrote or read a record."""

    entry: int
    at: datetime
    organisation: str = Field(description="Of whoever did it; `public` of no caller")
    subject: str
    type: str = Field(description="An event's type, or one ending in `.read.v1`")
    record: UUID
    sequence: int = Field(description="Which version was written or read")
    purpose: str | None = Field(description="Why, if that is known")


class AuditPage(BaseModel):
    """One page of the audit, in order of entry."""

    entries: list[AuditEntry]
    next: int | None = Field(None, description="Value of `after` for the next page")


async def audit_page(
    database: Database, records: Sequence[UUID], after: int, limit: int
) -> AuditPage:
    """Return what was done to records, in order of entry."""
    rows = await database.fetch(ENTRIES, records, after, limit)
    entries = [AuditEntry(entry=row["id"], **dict(row)) for row in rows]
    return AuditPage(
        entries=entries, next=entries[-1].entry if len(entries) == limit else None
    )
