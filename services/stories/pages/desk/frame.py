"""What all pages of the desk share: who may come in, what it calls things, refusals."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from services.stories.pages import pages
from services.stories.pages.tell_form import fields_of
from shared.access import Caller
from shared.links import PAGE_HEADERS
from shared.links.pages import Handler
from shared.problems import NotAllowed, NotFound, Problem
from shared.signin import Reader, SignInNeeded, form_token

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


MOST_FIELDS = 20_000
NOTHING = NotFound("There is nothing here. The address may have lost a part.")


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
                typed = typed_in(await request.body())
                html = pages.html("desk_bye.html", path=needed.path, typed=typed)
                return HTMLResponse(html, HTTPStatus.UNAUTHORIZED, headers=PAGE_HEADERS)
            except RequestValidationError:
                html = pages.html("desk_refused.html", problem=NOTHING)
                return HTMLResponse(html, NOTHING.status, headers=PAGE_HEADERS)
            except Problem as refused:
                html = pages.html("desk_refused.html", problem=refused)
                return HTMLResponse(html, refused.status, headers=PAGE_HEADERS)

        return handle_kindly


def typed_in(body: bytes) -> list[str]:
    """Return what somebody wrote into a form that came too late, to be copied."""
    fields = fields_of(body, MOST_FIELDS)
    # What is only chosen has no white space, but for suggestions.
    return [
        values[0]
        for name, values in fields.items()
        if name != "hide" and len(values[0].split()) > 1
    ]


def desk_router() -> APIRouter:
    """Return a router for a part of the desk."""
    return APIRouter(prefix="/desk", include_in_schema=False, route_class=DeskRoute)


async def at_desk(reader: Reader) -> Caller:
    """Return who works at the desk.

    Raises:
        NotAllowed: 403, who signed in is no moderator.
    """
    if "moderator" not in reader.roles:
        raise NotAllowed("You are signed in, but not as a moderator.")
    return reader


AtDesk = Annotated[Caller, Depends(at_desk)]


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


def step_of_journey(code: str) -> str:
    """Return what the desk calls a step of the journey."""
    return WORDS["journey"].get(code, code.replace("_", " "))
