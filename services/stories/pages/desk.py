"""The desk of moderators and coders: what waits, and one story with all that is known.

Who works here signs in; every story that is opened is noted as read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.stories import queries
from services.stories.api.telling import address_at, latest_date
from services.stories.pages import form_of, pages
from services.stories.pages.own_stories import A_VIEWER, StoryView, story_view
from services.stories.problems import SecondPersonNeeded, TransitionRefused
from services.stories.queries import Waiting
from services.stories.rules.consent import held_consent
from services.stories.rules.moderation import NEXT_STATES, moderated
from services.stories.rules.reading import may_read, noted_as
from services.stories.schemas import Kept, ModerationIn
from shared.access import Caller
from shared.audit.reading import Reading, read
from shared.database import Database, InDatabase
from shared.links import PAGE_HEADERS
from shared.links.pages import Handler, day
from shared.problems import InvalidContent, NotAllowed, NotFound, Problem, Stale
from shared.records import Stored, version_check
from shared.signin import Reader, SignInNeeded, check_form, form_token

MOST_FORM_BYTES = 4_000
ROWS = 50
OPEN = ("submitted", "in_review", "changes_proposed", "approved")
STATES = (*OPEN, "published")
# What the desk calls things; people who tell stories read `texts/` instead.
WORDS = {
    "said": {
        "submitted": "New",
        "in_review": "In review",
        "changes_proposed": "Changes proposed",
        "approved": "Approved",
        "published": "Published",
        "withdrawn": "Withdrawn",
    },
    "doing": {
        "in_review": "Take into review",
        "changes_proposed": "Propose changes",
        "approved": "Approve",
        "published": "Publish",
    },
    "kinds": {
        "story": "Story",
        "bubble": "Feedback bubble",
        "interview": "Interview",
    },
    "journey": {
        "introduction": "being introduced",
        "first_contact": "first contact",
        "getting_to_know_you": "getting to know each other",
        "support": "support",
        "review": "looking back together",
        "ending": "moving on",
    },
    "audiences": {
        "team": "Only your organisation can read this now.",
        "partners": "Partners can read this now.",
        "public": "Anybody can read this now.",
    },
    "levels": {
        "none": "No consent: for the team",
        "internal": "For our organisation",
        "partners": "May go to partners",
        "public": "May be public",
    },
}


class DeskRoute(APIRoute):
    """Makes refusals into pages: who works here is a person."""

    def get_route_handler(self) -> Handler:
        """Return the handler with its errors as pages."""
        handle = pages.kindly(super().get_route_handler())

        async def handle_kindly(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInNeeded as needed:
                # A form may lead to no other site: the reader goes there by a link.
                if request.method == "GET":
                    raise
                html = pages.html("desk_bye.html", path=needed.path)
                return HTMLResponse(html, HTTPStatus.UNAUTHORIZED, headers=PAGE_HEADERS)
            except Problem as refused:
                html = pages.html("desk_refused.html", problem=refused)
                return HTMLResponse(html, refused.status, headers=PAGE_HEADERS)

        return handle_kindly


router = APIRouter(prefix="/desk", include_in_schema=False, route_class=DeskRoute)


@dataclass(frozen=True, slots=True)
class Row:
    """One story in the queue, without its words."""

    id: UUID
    title: str
    told_on: str
    state: str
    level: str
    moments: Sequence[tuple[str, str]]


async def at_desk(reader: Reader) -> Caller:
    """Return who works at the desk.

    Raises:
        NotAllowed: 403, who signed in is no moderator.
    """
    if "moderator" not in reader.roles:
        raise NotAllowed("You are signed in, but not as a moderator.")
    return reader


AtDesk = Annotated[Caller, Depends(at_desk)]


@router.get("")
async def show_queue(
    moderator: AtDesk,
    database: InDatabase,
    request: Request,
    state: Annotated[str, Query(max_length=20)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Show what waits, the longest first; or what is found, the newest first."""
    states = [state] if state in STATES else list(STATES if q else OPEN)
    waiting = Waiting(moderator.organisation, states, q.replace("\0", "").strip())
    rows = await queries.waiting_stories(database, waiting, ROWS + 1)
    counts = await queries.stories_by_state(database, moderator.organisation)
    return page(
        request,
        "desk.html",
        moderator,
        rows=[row_of(*found) for found in rows[:ROWS]],
        is_more=len(rows) > ROWS,
        counts={one: counts.get(one, 0) for one in STATES},
        state=state if state in STATES else "",
        q=q,
    )


@router.get("/bye")
async def say_goodbye() -> HTMLResponse:
    """Say that nobody is signed in any more; a form may lead no further than here."""
    return HTMLResponse(pages.html("desk_bye.html", path="/desk"), headers=PAGE_HEADERS)


@router.get("/stories/{story_id}")
async def show_story(
    story_id: UUID, moderator: AtDesk, database: InDatabase, request: Request
) -> HTMLResponse:
    """Show a story with its words and what can happen to it next."""
    return await _story_page(request, moderator, database, story_id)


@router.post("/stories/{story_id}", max_body_size=MOST_FORM_BYTES)
async def take_step(
    story_id: UUID, moderator: AtDesk, database: InDatabase, request: Request
) -> Response:
    """Take a story one step on, by the very rule of `PUT …/moderation`."""
    form = await form_of(request)
    check_form(request, form.get("form", ""))
    check = version_check(form.get("version", ""))
    try:
        step = ModerationIn.model_validate({"state": form.get("state")})
        changed = await queries.change_story(
            database,
            queries.writing_stories(moderator),
            address_at(story_id, moderator.organisation, request),
            queries.Step(
                "moderated",
                lambda kept: moderated(kept, step.state, moderator.subject),
                lambda stored, _: check(stored),
            ),
        )
    except ValidationError as error:
        raise InvalidContent("There is no such step.") from error
    except (SecondPersonNeeded, Stale, TransitionRefused) as refused:
        return await _story_page(request, moderator, database, story_id, refused.detail)
    if changed is None:
        raise NotFound("Your organisation has no such story.")
    address = f"/desk/stories/{story_id}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers=PAGE_HEADERS)


async def _story_page(
    request: Request,
    moderator: Caller,
    database: Database,
    story_id: UUID,
    refusal: str = "",
) -> HTMLResponse:
    found = await queries.story_with_owner(database, story_id)
    if found is None or found[0] != moderator.organisation:
        raise NotFound("Your organisation has no such story.")
    reading = Reading("story", moderator, "quality", noted_as("team"))
    stored = await read(database, reading, story_id)
    if stored is None:
        raise NotFound("Your organisation has no such story.")
    kept = Kept.model_validate_json(stored.kept or "")
    return page(
        request,
        "desk_story.html",
        moderator,
        HTTPStatus.CONFLICT if refusal else HTTPStatus.OK,
        story=view_of(stored, kept, moderator.organisation),
        consent=held_consent(kept, latest_date()),
        audience=audience_of(kept, moderator.organisation),
        state=kept.moderation,
        steps=NEXT_STATES[kept.moderation],
        refusal=refusal,
    )


def view_of(stored: Stored, kept: Kept, owner: str) -> StoryView:
    """Return a story to read at the desk: what was told, and what others read."""
    view = story_view(stored, kept, owner, latest_date())
    steps = WORDS["journey"]
    moments = [
        replace(shown, step=steps.get(told.step, told.step.replace("_", " ")))
        for shown, told in zip(view.moments, kept.told.moments, strict=False)
    ]
    return replace(view, title=WORDS["kinds"][kept.told.kind], moments=moments)


def audience_of(kept: Kept, owner: str) -> str:
    """Say who may read a story's words now, by the very rule that lets them."""
    level = held_consent(kept, latest_date()).level
    if may_read(level, kept.moderation, None, owner) == "read":
        return "public"
    is_shared = may_read(level, kept.moderation, A_VIEWER, owner) == "read"
    return "partners" if is_shared else "team"


def row_of(story: UUID, kept: Kept) -> Row:
    """Return a story of the queue, without its words."""
    steps = WORDS["journey"]
    return Row(
        id=story,
        title=WORDS["kinds"][kept.told.kind],
        told_on=day(kept.told.told_on),
        state=kept.moderation,
        level=held_consent(kept, latest_date()).level,
        moments=[
            (one.kind, steps.get(one.step, one.step.replace("_", " ")))
            for one in kept.told.moments
        ],
    )


def page(
    request: Request,
    template: str,
    moderator: Caller,
    status: int = HTTPStatus.OK,
    **shown: object,
) -> HTMLResponse:
    """Answer with a page whose forms are of this session."""
    html = pages.html(
        template, moderator=moderator, form=form_token(request), **WORDS, **shown
    )
    return HTMLResponse(html, status, headers=PAGE_HEADERS)
