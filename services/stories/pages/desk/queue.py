"""What waits at the desk, and the search over an organisation's own stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.stories import queries
from services.stories.api.telling import latest_date
from services.stories.pages import form_of, pages
from services.stories.pages.desk.frame import (
    WORDS,
    AtDesk,
    desk_router,
    page,
    step_of_journey,
)
from services.stories.pages.searches import address_of_search, words_of_search
from services.stories.queries import Waiting
from services.stories.rules.consent import held_consent
from services.stories.rules.tell_form import receipt_of
from services.stories.schemas import Kept
from shared.database import InDatabase
from shared.links import PAGE_HEADERS
from shared.links.pages import day
from shared.signin import check_form

MOST_FORM_BYTES = 4_000
ROWS = 50
OPEN = ("submitted", "in_review", "changes_proposed", "approved")
STATES = (*OPEN, "published")

router = desk_router()


@dataclass(frozen=True, slots=True)
class Row:
    """One story in the queue, without its words."""

    id: UUID
    title: str
    told_on: str
    named: str
    state: str
    level: str
    moments: Sequence[tuple[str, str]]


@router.get("")
async def show_queue(
    moderator: AtDesk,
    database: InDatabase,
    request: Request,
    state: Annotated[str, Query(max_length=20)] = "",
    found: Annotated[str, Query(max_length=2_000)] = "",
) -> HTMLResponse:
    """Show what waits, the longest first; or what is found, the newest first.

    A story is found by its words, by the receipt of who told it, or by the
    organisation's own reference.
    """
    sought = words_of_search(request, found)
    states = [state] if state in STATES else list(STATES if sought else OPEN)
    waiting = Waiting(moderator.organisation, states, sought)
    rows = await queries.waiting_stories(database, waiting, ROWS + 1)
    if sought:
        named = await queries.stories_named(database, moderator.organisation, sought)
        rows = list(dict([*named, *rows]).items())
    counts = await queries.stories_by_state(database, moderator.organisation)
    return page(
        request,
        "desk.html",
        moderator,
        rows=[row_of(*row) for row in rows[:ROWS]],
        is_more=len(rows) > ROWS,
        counts={one: counts.get(one, 0) for one in STATES},
        state=state if state in STATES else "",
        q=sought,
    )


@router.post("", max_body_size=MOST_FORM_BYTES)
async def search(_: AtDesk, request: Request) -> Response:
    """Lead to what is found; the words that are searched for are in no address."""
    form = await form_of(request)
    check_form(request, form.get("form", ""))
    address = address_of_search(request, form.get("q", ""))
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers=PAGE_HEADERS)


@router.get("/bye")
async def say_goodbye() -> HTMLResponse:
    """Say that nobody is signed in any more; a form may lead no further than here."""
    return HTMLResponse(pages.html("desk_bye.html", path="/desk"), headers=PAGE_HEADERS)


def row_of(story: UUID, kept: Kept) -> Row:
    """Return a story of the queue, without its words."""
    return Row(
        id=story,
        title=WORDS["kinds"][kept.told.kind],
        told_on=day(kept.told.told_on),
        named=receipt_of(kept.told.reference) or kept.told.reference,
        state=kept.moderation,
        level=held_consent(kept, latest_date()).level,
        moments=[(one.kind, step_of_journey(one.step)) for one in kept.told.moments],
    )
