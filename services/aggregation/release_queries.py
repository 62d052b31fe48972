"""What is known of releases."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from services.aggregation.indicators import DEFINITIONS_VERSION
from services.aggregation.queries import Standing
from shared.database import Reads

RELEASES = """
select json_build_object('number', number, 'scope', scope, 'released_at', released_at,
  'as_of', as_of, 'newest_month', newest_month, 'definitions', definitions,
  'offsets', offsets, 'partitions', partitions, 'changed', changed)
from release
"""
EARLIER = """
select number, as_of from (
  select number, as_of, row_number() over (order by number desc) as back,
    row_number() over (
      partition by date_trunc('month', as_of) order by number desc) as of_month
  from release where scope = $1 and newest_month is not null
    and ($2::bigint is null or number < $2)
) before
where back = 1 or of_month = 1 order by number desc limit $3
"""


async def releases(
    database: Reads, scope: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Return the releases of a scope, the latest first."""
    rows = await database.fetch(
        f"""{RELEASES} where scope = $1 and ($2::bigint is null or number < $2)
        order by number desc limit $3""",
        scope,
        before,
        limit,
    )
    return [json.loads(row[0]) for row in rows]


async def release(database: Reads, number: int) -> dict[str, Any] | None:
    """Return a release, or None."""
    rows = await database.fetch(f"{RELEASES} where number = $1", number)
    found: dict[str, Any] | None = json.loads(rows[0][0]) if rows else None
    return found


async def released(
    database: Reads, scope: str, number: int | None = None
) -> Standing | None:
    """Return of what moment a release of a scope is, the latest without `number`."""
    rows = await database.fetch(
        """
        select as_of, newest_month, number, d.indicators from release
          left join definitions d on d.version = definitions and d.version <> $3
        where scope = $1 and ($2::bigint is null or number = $2)
        order by number desc limit 1
        """,
        scope,
        number,
        DEFINITIONS_VERSION,
    )
    return _released(*rows[0]) if rows else None


def _released(
    as_of: datetime | None, newest: date | None, number: int, versions: str | None
) -> Standing:
    return Standing(True, as_of, newest, number, json.loads(versions or "{}"))


async def latest_releases(database: Reads) -> dict[str, Standing]:
    """Return of what moment the latest release of each scope is."""
    rows = await database.fetch(
        """
        select distinct on (scope) scope, as_of, newest_month, number, d.indicators
        from release
          left join definitions d on d.version = definitions and d.version <> $1
        order by scope, number desc
        """,
        DEFINITIONS_VERSION,
    )
    return {scope: _released(*row) for scope, *row in rows}


async def made_of(
    database: Reads, number: int | None
) -> tuple[dict[str, list[int]], datetime | None]:
    """Return how far each topic was read for a release, and when it was made."""
    rows = await database.fetch(
        "select partitions, released_at from release where number = $1", number
    )
    return (json.loads(rows[0][0]), rows[0][1]) if rows else ({}, None)


async def definitions(database: Reads, version: str) -> dict[str, str]:
    """Return the version of each indicator under a version of all definitions."""
    rows = await database.fetch(
        "select indicators from definitions where version = $1", version
    )
    found: dict[str, str] = json.loads(rows[0][0]) if rows else {}
    return found


async def earlier(
    database: Reads, scope: str, number: int | None, limit: int
) -> list[tuple[int, datetime | None]]:
    """Return the release before another, and the last of each month before that.

    Args:
        number: Of the other one; None for what is counted now.
    """
    rows = await database.fetch(EARLIER, scope, number, limit)
    return [(row["number"], row["as_of"]) for row in rows]
