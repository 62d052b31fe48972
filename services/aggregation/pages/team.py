"""The practitioners' page: their own organisation, and what changed since last week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated

from fastapi import Depends
from starlette.responses import HTMLResponse

from services.aggregation import api, queries
from services.aggregation.disclosure import SUPPRESSED, Gate, Hidden
from services.aggregation.pages import words
from services.aggregation.pages.cards import card_of
from services.aggregation.pages.frame import page, router
from services.aggregation.pages.queries import due, weeks
from services.aggregation.pages.reading import READS_OWN_STORIES, Read
from services.aggregation.problems import NoSuchIndicator
from shared.access import Caller
from shared.database import InDatabase
from shared.problems import NotAllowed
from shared.signin import Reader

DUE_AFTER = timedelta(weeks=12)
SHOWN = (
    "wait_days",
    "still_waiting",
    "access_count",
    "pairing_rate",
    "reliable_improvement",
    "answered_rate",
)
HAPPENED = {
    "introduced": "people introduced to you",
    "seen": "people seen for the first time",
    "ended": "people whose support ended",
    "told": "stories told, of those that are shared",
    "answered": "stories answered",
}


@dataclass(frozen=True, slots=True)
class Change:
    """How often something happened last week, and in the week before."""

    what: str
    latest: str
    before: str


async def practitioner(reader: Reader) -> Caller:
    """Return who reads the page of their own organisation.

    Raises:
        NotAllowed: 403, who signed in does not work in an organisation's team.
    """
    if reader.roles.isdisjoint(READS_OWN_STORIES):
        raise NotAllowed("You are signed in, but not as one of a partner's own team.")
    return reader


def last_monday(today: date) -> date:
    """Return the first day of the last whole week, Monday to Sunday."""
    return today - timedelta(days=today.weekday() + 7)


def changes_of(gate: Gate, counts: dict[str, tuple[int, int]]) -> list[Change]:
    """Put two weeks into words, each count through the gate; none if all are hidden."""
    shown = {
        what: [gate.count(number) for number in counts.get(what, (0, 0))]
        for what in HAPPENED
    }
    if all(one == SUPPRESSED for both in shown.values() for one in both):
        return []
    return [
        Change(HAPPENED[what], *(_about(one) for one in both))
        for what, both in shown.items()
    ]


def _about(number: int | Hidden) -> str:
    return words.HIDDEN if number == SUPPRESSED else f"about {number:,}"


@router.get("/team")
async def show_team(
    reader: Annotated[Caller, Depends(practitioner)], read: Read, database: InDatabase
) -> HTMLResponse:
    """Show a reader's own organisation: waits, moments, and what changed in a week.

    Raises:
        NoSuchIndicator: 404, their organisation is not registered.
    """
    scope = f"organisation:{reader.organisation}"
    members = await queries.members(database, scope)
    if not members:
        raise NoSuchIndicator("Your organisation is not registered here yet.")
    own = replace(read, scope=scope, members=members, organisation=reader.organisation)
    found = await own.year(SHOWN)
    today = read.standing.as_of.date() if read.standing.as_of else date(2000, 1, 1)
    monday = last_monday(today)
    [(name, place)] = await queries.partners(database, members) or [("", "")]
    waiting = await due(database, reader.organisation, today - DUE_AFTER)
    moments = await own.moments(*api.period(None, None, read.standing))
    return page(
        "team.html",
        is_signed_in=True,
        read=own,
        name=name or reader.organisation,
        place=place,
        cards={code: card_of(found[code]) for code in SHOWN},
        leads="partner" in reader.roles,
        changes=changes_of(
            read.gate, await weeks(database, reader.organisation, monday)
        ),
        due=read.gate.count(waiting),
        due_after=DUE_AFTER,
        monday=monday,
        sunday=monday + timedelta(days=6),
        quotes=await own.quotes(moments),
        first=words.month(found["wait_days"].totals_first or ""),
        last=words.month(found["wait_days"].totals_last or ""),
    )
