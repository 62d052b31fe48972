"""What is known of releases."""

from __future__ import annotations

import json
from typing import Any

from shared.database import Reads

RELEASES = """
select json_build_object('number', number, 'scope', scope, 'released_at', released_at,
  'as_of', as_of, 'newest_month', newest_month, 'definitions', definitions,
  'offsets', offsets)
from release
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
