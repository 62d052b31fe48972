"""A person's own page: their stories, who may read them, and how to take them back."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.stories import queries
from services.stories.api.telling import address_at, latest_date
from services.stories.pages.own_stories import StoryView, stories_of
from services.stories.queries import Step
from services.stories.rules.consent import consented
from services.stories.schemas import ConsentIn
from shared.database import Database, InDatabase
from shared.links import PAGE_HEADERS, Link, links_of, open_link
from shared.links.pages import Pages, day

MOST_FORM_BYTES = 2_000
MOST_FIELDS = 4

pages = Pages(Path(__file__).parent)
router = pages.router()


@router.get("/my/{token}")
async def show_stories(
    token: str, request: Request, database: InDatabase
) -> HTMLResponse:
    """Show the person their own stories; opening them is audited."""
    link = await open_link(database, links_of(request), token)
    return pages.answer(
        request,
        "stories.html",
        stories=await stories_behind(link, database),
        next=link.next,
        until=day(link.expires_at.date()),
    )


@router.post("/my/{token}", max_body_size=MOST_FORM_BYTES)
async def withdraw(token: str, request: Request, database: InDatabase) -> Response:
    """Ask whether a story is to be withdrawn; once that is confirmed, withdraw it.

    There are no cookies, so there is nothing for another site to make use of: who
    knows the address may withdraw. A confirmation is of one version of one story.
    """
    links = links_of(request)
    link = await open_link(database, links, token)
    form = await form_of(request)
    shown = await stories_behind(link, database)
    story = next((one for one in shown if str(one.id) == form.get("story")), None)
    if story is None or story.withdrawn_on:
        return back_to(token)
    expected = links.confirmation(link.id, story.id, story.sequence)
    if links.is_confirmed(form.get("confirm", ""), expected):
        await withdraw_story(link, story.id, request, database)
        return back_to(token)
    return pages.answer(request, "withdraw.html", story=story, confirm=expected)


async def stories_behind(link: Link, database: Database) -> list[StoryView]:
    """Return what a link shows."""
    found = await queries.stories_in(database, link.organisation, link.scope)
    return stories_of(found, link.organisation, latest_date())


async def form_of(request: Request) -> dict[str, str]:
    """Return a form's fields; of what is no form, none."""
    body = (await request.body()).decode("ascii", "replace")
    try:
        fields = parse_qs(body, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


async def withdraw_story(
    link: Link, story: UUID, request: Request, database: Database
) -> None:
    """Withdraw a story just as its organisation would, in the name of the link."""
    consent = ConsentIn.model_validate(
        {"level": "none", "given_on": latest_date().isoformat()}
    )
    await queries.change_story(
        database,
        queries.writing_stories(link.caller),
        address_at(story, link.organisation, request),
        Step(
            "withdrawn",
            lambda kept: (
                None if kept.moderation == "withdrawn" else consented(kept, consent)
            ),
        ),
    )


def back_to(token: str) -> RedirectResponse:
    """Lead back to the page, so that a reload sends nothing twice."""
    return RedirectResponse(
        f"/my/{token}", status_code=HTTPStatus.SEE_OTHER, headers=PAGE_HEADERS
    )
