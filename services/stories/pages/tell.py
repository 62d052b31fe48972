"""The pages where people tell a team what happened: no account, no name."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from services.stories.api.team_links import team_links_of
from services.stories.api.telling import latest_date, store_story
from services.stories.pages import pages
from services.stories.pages.tell_answers import (
    MOST_COPIES,
    Telling,
    closed_page,
    form_page,
    paper_page,
    refused,
    thanks,
)
from services.stories.pages.tell_form import (
    Asked,
    asked_by,
    empty_form,
    fields_of,
    form_again,
)
from services.stories.problems import TooManyTold
from services.stories.rules import tell_form
from services.stories.rules.tell_form import Fields, first
from services.stories.settings import Settings
from services.stories.team_link_queries import TeamLink, open_team_link
from shared.database import Database, InDatabase
from shared.links import (
    PAGE_HEADERS,
    LinkClosed,
    LinkIn,
    LinkOut,
    Scope,
    links_of,
    make_link,
)
from shared.links.rates import Rate
from shared.problems import DATABASE_AWAY, NotFound, Problem, Unavailable

MOST_FORM_BYTES = 400_000
LINK_DAYS = 90

HERE = Path(__file__).parent
ASSETS = {
    "tell.css": "text/css",
    "paper.css": "text/css",
    "tell.js": "text/javascript",
    "queue.js": "text/javascript",
    "worker.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
# The worker serves all pages for telling, not only its own folder.
ASSET_HEADERS = {"Service-Worker-Allowed": "/tell/", "Cache-Control": "no-cache"}

router = pages.router(has_style=False)


async def _asked(
    token: str,
    way: Annotated[str, Query()] = "",
    lang: Annotated[str, Query()] = "",
    paper: Annotated[str, Query()] = "",
) -> Asked:
    return asked_by(token, way, lang, paper)


@router.get("/tell/assets/{name}")
async def show_asset(name: str) -> Response:
    """Show the style sheet, the scripts or the picture of these pages."""
    if name not in ASSETS:
        raise NotFound("There is nothing here.")
    return FileResponse(
        HERE / "static" / name, media_type=ASSETS[name], headers=ASSET_HEADERS
    )


InAddress = Annotated[Asked, Depends(_asked)]


@router.get("/tell/{token}")
async def show_form(
    asked: InAddress, request: Request, database: InDatabase
) -> HTMLResponse:
    """Show the form for telling; nothing about anybody is read or noted."""
    try:
        link = await open_team_link(database, team_links_of(request), asked.token)
    except LinkClosed as closed:
        if closed.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise
        return closed_page(request, asked, closed.status)
    return form_page(Telling(request, asked, link), empty_form(latest_date()))


@router.get("/tell/{token}/manifest.webmanifest")
async def show_manifest(
    asked: InAddress, request: Request, database: InDatabase
) -> Response:
    """Show what a phone needs to put this page among its apps."""
    link = await open_team_link(database, team_links_of(request), asked.token)
    manifest = {
        "name": f"Living Well: {link.name}",
        "short_name": "Living Well",
        "start_url": asked.address(),
        "scope": "/tell/",
        "display": "standalone",
        "background_color": "#fbf8f3",
        "theme_color": "#1b6b62",
        "icons": [
            {
                "src": "/tell/assets/icon.svg",
                "sizes": "any",
                "type": "image/svg+xml",
                "purpose": "any maskable",
            }
        ],
    }
    return JSONResponse(
        manifest, headers=PAGE_HEADERS, media_type="application/manifest+json"
    )


@router.get("/tell/{token}/paper")
async def show_paper(
    asked: InAddress, request: Request, database: InDatabase, copies: str = "1"
) -> HTMLResponse:
    """Show the same questions on paper, as often as asked for; an odd number is 1."""
    link = await open_team_link(database, team_links_of(request), asked.token)
    count = int(copies) if re.fullmatch("[0-9]{1,2}", copies, re.ASCII) else 1
    return paper_page(Telling(request, asked, link), max(1, min(count, MOST_COPIES)))


@router.post("/tell/{token}", max_body_size=MOST_FORM_BYTES)
async def tell(asked: InAddress, request: Request, database: InDatabase) -> Response:
    """Store what was told, under the reference that whoever tells made.

    Sent again, it is not stored again. There are no cookies, so there is nothing for
    another site to make use of.
    """
    link = await open_team_link(database, team_links_of(request), asked.token)
    fields = fields_of(await request.body())
    asked = replace(asked, way="story" if first(fields, "way") == "story" else "bubble")
    telling = Telling(request, asked, link)
    if "add" in fields:
        return form_page(telling, form_again(fields, latest_date()))
    try:
        refuse_flood(request, link)
        body = tell_form.story_of(fields, latest_date())
        stored = await store_story(body, link.caller, database, request)
        private = await private_link(fields, stored.id, telling, database)
    except Problem as problem:
        return refused(telling, fields, problem)
    except DATABASE_AWAY:
        return refused(telling, fields, Unavailable("Send it again in a while."))
    return thanks(telling, body, stored, private)


def refuse_flood(request: Request, link: TeamLink) -> None:
    """Count what comes by a link.

    Raises:
        TooManyTold: 429, too much has come by it in this minute.
    """
    tellings: Rate = request.app.state.tellings
    if tellings.is_exceeded(link.id.bytes, time.monotonic()):
        raise TooManyTold("Too much came by this link in a minute. Send it again.")


async def private_link(
    fields: Fields, story: UUID, telling: Telling, database: Database
) -> LinkOut | None:
    """Return a link to a page with this story alone, if the teller wants one."""
    if not first(fields, "back"):
        return None
    body = LinkIn(expires_in_days=LINK_DAYS)
    scope = Scope([], [story])
    request, caller = telling.request, telling.link.caller
    made = await make_link(database, links_of(request), caller, scope, body)
    settings: Settings = request.app.state.settings
    return made.out(settings.public_origin, request)
