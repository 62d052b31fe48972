"""Links to a team's page for telling: made, listed, opened; nobody's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.access import Caller
from shared.audit.reading import type_of
from shared.database import Database
from shared.links import MadeLink, open_row
from shared.links.tokens import Links, digest_of
from shared.records import next_sequence

MAKE = """
with made as (
  insert into team_link (token_hash, organisation, name, expires_at)
  values ($1, $2, $3, now() + make_interval(days => $4))
  returning id, organisation, expires_at
), audited as (
  insert into audit (organisation, subject, type, record, sequence)
  select organisation, $5, $6, id, $7 from made
)
select id, expires_at from made
"""
OPEN = """
select id, organisation, name, expires_at,
  revoked_at is not null or expires_at <= now() as is_closed
from team_link where token_hash = $1
"""


@dataclass(frozen=True, slots=True)
class TeamLink:
    """A link to a team's page that is open now."""

    id: UUID
    token: str
    organisation: str
    name: str
    expires_at: datetime

    @property
    def caller(self) -> Caller:
        """Who tells by this link, for the audit: the link itself, with no role."""
        return Caller(f"link:{self.id}", self.organisation, frozenset())


async def make_team_link(
    database: Database, links: Links, caller: Caller, name: str, days: int
) -> MadeLink:
    """Store a link that nobody has yet; its token is stored nowhere."""
    token = links.new_token()
    [row] = await database.fetch(
        MAKE,
        digest_of(token),
        caller.organisation,
        name,
        days,
        caller.subject,
        type_of("team_link", "made"),
        next_sequence(),
    )
    return MadeLink(row["id"], token, row["expires_at"])


async def open_team_link(database: Database, links: Links, token: str) -> TeamLink:
    """Return the link of a token; nothing about anybody is read by it.

    Raises:
        LinkClosed: nothing opens; why, the reader is not told.
    """
    row = await open_row(database, links, token, OPEN)
    return TeamLink(
        row["id"], token, row["organisation"], row["name"], row["expires_at"]
    )


async def team_links_after(
    database: Database, organisation: str, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Return one page of an organisation's links, in the order they were made."""
    return await database.fetch(
        """select id as link_id, name, made_at, expires_at, revoked_at
        from team_link where organisation = $1 and id > $2 order by id limit $3""",
        organisation,
        after or UUID(int=0),
        limit,
    )
