"""Writes and reads of frameworks, each named by what it returns."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from uuid import UUID

import asyncpg

from services.aggregation.frameworks.definition import FrameworkIn
from services.aggregation.frameworks.versions import Version, name_of
from shared.access import Caller
from shared.audit.reading import type_of
from shared.database import Database, Reads
from shared.records import next_sequence

# Audited under this name where nobody called: a file came with the installation.
INSTALLATION = Caller("start", "installation", frozenset())
PUBLISH = """
with published as (
  insert into framework_version (framework, number, version, content, published_by)
  values ($1, $2, $3, $4, nullif($5, $6)) on conflict do nothing
  returning number
), audited as (
  insert into audit (organisation, subject, type, record, sequence)
  select $5, $7, $8, $9, $10 from published
)
select number from published
"""
READ = """
select framework, number, version, content, published_by, published_at
from framework_version where $1::text is null or framework = $1
order by framework, number
"""


async def publish_framework(
    database: Database,
    content: FrameworkIn,
    before: list[Version],
    caller: Caller,
    record: UUID,
) -> bool:
    """Publish the next version with its audit row, in one statement.

    Returns:
        Whether it was; not if another came first.
    """
    row = await database.fetchrow(
        PUBLISH,
        content.id,
        len(before) + 1,
        name_of(content),
        content.model_dump_json(exclude_defaults=True),
        caller.organisation,
        INSTALLATION.organisation,
        caller.subject,
        type_of("framework", "published"),
        record,
        next_sequence(),
    )
    return row is not None


async def versions(database: Database, framework: str) -> list[Version]:
    """Return the versions of a framework, in order of publication."""
    return [_version(row) for row in await database.fetch(READ, framework)]


async def all_versions(database: Reads) -> dict[str, list[Version]]:
    """Return the versions of every framework, in order of publication."""
    rows = await database.fetch(READ, None)
    grouped = groupby(rows, key=lambda row: str(row["framework"]))
    return {name: [_version(row) for row in found] for name, found in grouped}


def _version(row: asyncpg.Record) -> Version:
    return Version(
        row["number"],
        row["version"],
        _content(row["content"]),
        row["published_by"],
        row["published_at"],
    )


# What was published is never changed, and is asked with every figure.
@lru_cache(maxsize=256)
def _content(published: str) -> FrameworkIn:
    return FrameworkIn.model_validate_json(published)
