"""Links that open a page without an account: made, listed, opened, revoked.

A token is random and signed, so that no guess ever reaches the database. The database
holds the token's hash, and the address of a further page sealed with the token: who
reads the database can open nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import Request
from pydantic import BaseModel, Field, StringConstraints

from shared.access import Caller
from shared.audit.reading import type_of
from shared.bodies import In, Reference
from shared.database import Database
from shared.links.tokens import Links, digest_of
from shared.problems import FieldProblem, InvalidContent, NotFound
from shared.records import next_sequence

NEXT_PATH = r"/my/[A-Za-z0-9_.-]{1,200}"
OPENED, MADE = type_of("link", "opened"), type_of("link", "made")
NOT_FOUND, GONE, TOO_MANY = 404, 410, 429
# No script, nothing from elsewhere, nothing kept, and no address passed on.
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}

References = Annotated[list[Reference], Field(max_length=20)]


class LinkIn(In):
    """What a link is asked to open, and for how long."""

    referrals: References = []
    expires_in_days: Annotated[int, Field(ge=1, le=90)] = 14
    next: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        None, description="The person's page at the other service, to lead on to"
    )


class LinkOut(BaseModel):
    """A link that was made; its address is told this once and kept nowhere."""

    url: str
    link_id: UUID
    expires_at: datetime


class ListedLink(BaseModel):
    """A link without its address."""

    link_id: UUID
    referral_ids: list[UUID]
    record_ids: list[UUID] = Field(description="Records named one by one")
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class LinkPage(BaseModel):
    """One page of an organisation's links, in the order they were made."""

    links: list[ListedLink]
    next: UUID | None = Field(None, description="Value of `after` for the next page")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a link opens: all of some referrals, and records named one by one."""

    referrals: list[UUID]
    records: list[UUID]


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link that was made just now, with its token."""

    id: UUID
    token: str
    expires_at: datetime

    def out(self, origin: str, request: Request, page: str = "my") -> LinkOut:
        """Answer with the address below `origin`, or below the request's own."""
        base = (origin or str(request.base_url)).rstrip("/")
        address = f"{base}/{page}/{self.token}"
        return LinkOut(url=address, link_id=self.id, expires_at=self.expires_at)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is open now."""

    id: UUID
    organisation: str
    scope: Scope
    expires_at: datetime
    next: str | None

    @property
    def caller(self) -> Caller:
        """Who acts by this link, for the audit: the link itself, with no role."""
        return Caller(f"link:{self.id}", self.organisation, frozenset())


class LinkClosed(Exception):
    """Nothing opens: unknown or tampered 404, expired or revoked 410, too often 429."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def links_of(request: Request) -> Links:
    """Return the links of the service that answers."""
    links: Links = request.app.state.links
    return links


def check_next(address: str | None, origin: str) -> None:
    """Refuse a further page that is not a person's page at the other service.

    Raises:
        InvalidContent: 422, it is not below the configured origin.
    """
    if address is None:
        return
    allowed = re.escape(origin.rstrip("/")) + NEXT_PATH
    if not origin or not re.fullmatch(allowed, address):
        raise nothing_at("/next", "not a page of the other service that is set here")


def nothing_at(pointer: str, detail: str) -> InvalidContent:
    """Make the problem of one field that a link cannot be made of."""
    return InvalidContent(
        "The link cannot be made.", [FieldProblem(pointer=pointer, detail=detail)]
    )


MAKE = """
with made as (
  insert into link (token_hash, organisation, referrals, records, expires_at, next)
  values ($1, $2, $3, $4, now() + make_interval(days => $5), $6)
  returning id, organisation, expires_at
), audited as (
  insert into audit (organisation, subject, type, record, sequence)
  select organisation, $7, $8, id, $9 from made
)
select id, expires_at from made
"""
OPEN = """
with found as (
  select id, organisation, referrals, records, expires_at, next,
    revoked_at is not null or expires_at <= now() as is_closed
  from link where token_hash = $1
), audited as (
  insert into audit (organisation, subject, type, record, sequence)
  select organisation, 'link:' || id, $2, id, $3 from found where not is_closed
)
select * from found
"""
REVOKE = """
with revoked as (
  update {table} set revoked_at = coalesce(revoked_at, now())
  where id = $1 and organisation = $2
  returning new.id, new.organisation, old.revoked_at is null as is_new
), audited as (
  insert into audit (organisation, subject, type, record, sequence)
  select organisation, $3, $4, id, $5 from revoked where is_new
)
select id from revoked
"""


async def make_link(
    database: Database, links: Links, caller: Caller, scope: Scope, body: LinkIn
) -> MadeLink:
    """Store a link that nobody has yet; its token is stored nowhere."""
    token = links.new_token()
    [row] = await database.fetch(
        MAKE,
        digest_of(token),
        caller.organisation,
        scope.referrals,
        scope.records,
        body.expires_in_days,
        links.seal(token, body.next) if body.next else None,
        caller.subject,
        MADE,
        next_sequence(),
    )
    return MadeLink(row["id"], token, row["expires_at"])


async def open_link(database: Database, links: Links, token: str) -> Link:
    """Return the link of a token and note in the audit that it was opened.

    Raises:
        LinkClosed: nothing opens; why, the reader is not told.
    """
    row = await open_row(database, links, token, OPEN, OPENED, next_sequence())
    return Link(
        row["id"],
        row["organisation"],
        Scope(row["referrals"], row["records"]),
        row["expires_at"],
        links.unseal(token, row["next"]) if row["next"] else None,
    )


async def open_row(
    database: Database, links: Links, token: str, statement: str, *values: object
) -> asyncpg.Record:
    """Return the row that `statement` finds by the token's hash, if it is open.

    Args:
        statement: Its first value is the hash; it says `is_closed`.

    Raises:
        LinkClosed: nothing opens.
    """
    if not links.is_ours(token):
        raise LinkClosed(NOT_FOUND)
    digest = digest_of(token)
    if links.is_opened_too_often(digest, time.monotonic()):
        raise LinkClosed(TOO_MANY)
    row = await database.fetchrow(statement, digest, *values)
    if row is None:
        raise LinkClosed(NOT_FOUND)
    if row["is_closed"]:
        raise LinkClosed(GONE)
    return row


async def list_links(
    database: Database, organisation: str, after: UUID | None, limit: int
) -> LinkPage:
    """Return one page of an organisation's links, in the order they were made."""
    rows = await database.fetch(
        """select id as link_id, referrals as referral_ids, records as record_ids,
          made_at, expires_at, revoked_at
        from link where organisation = $1 and id > $2 order by id limit $3""",
        organisation,
        after or UUID(int=0),
        limit,
    )
    found = [ListedLink(**dict(row)) for row in rows]
    return LinkPage(
        links=found, next=found[-1].link_id if len(found) == limit else None
    )


async def revoke_link(
    database: Database, caller: Caller, link: UUID, table: str = "link"
) -> None:
    """Close a link at once; one that is closed already stays so.

    Raises:
        NotFound: 404, the caller's organisation has no such link.
    """
    row = await database.fetchrow(
        REVOKE.format(table=table),
        link,
        caller.organisation,
        caller.subject,
        type_of(table, "revoked"),
        next_sequence(),
    )
    if row is None:
        raise NotFound("Your organisation has no such link.")


async def close_links_of(
    database: Database, referrals: Sequence[UUID], records: Sequence[UUID] = ()
) -> None:
    """Close every link to referrals or records that are about to be erased."""
    await database.fetch(
        """update link set revoked_at = now(), next = null
        where revoked_at is null
          and (referrals && $1::uuid[] or records && $2::uuid[])""",
        referrals,
        list(records),
    )
