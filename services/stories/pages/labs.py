"""Learning labs at the desk: the follow-up list, a lab with its forms, its pack."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from services.stories import lab_queries, queries
from services.stories.api.labs import listed, plan
from services.stories.api.telling import latest_date
from services.stories.lab_queries import LabStep, StoredLab
from services.stories.pages.desk import AtDesk, DeskRoute, page
from services.stories.pages.lab_forms import (
    Typed,
    changed_about,
    lab_in,
    refused,
    step_of,
    story_of,
)
from services.stories.pages.lab_pack import looked_at, packed
from services.stories.pages.searches import address_of_search, words_of_search
from services.stories.pages.tell_form import fields_of
from services.stories.queries import Waiting
from services.stories.rules.moderation import NEXT_STATES
from services.stories.rules.tell_form import Fields, first, new_reference
from shared.access import Caller
from shared.database import Database, InDatabase
from shared.links import PAGE_HEADERS
from shared.problems import NotFound, Problem
from shared.signin import check_form

MOST_FORM_BYTES = 20_000
MOST_LABS, MOST_TRIALS, MOST_FOUND = 100, 100, 20
SEARCHED = [state for state in NEXT_STATES if state != "withdrawn"]
STYLES = Path(__file__).with_name("static")
AUDIENCES = {
    "team": "Our own team",
    "partners": "Partner organisations",
    "public": "Everybody",
}

router = APIRouter(prefix="/desk/labs", include_in_schema=False, route_class=DeskRoute)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who asks for a page of labs, and what answers them."""

    request: Request
    moderator: Caller
    database: Database

    def page(
        self, template: str, typed: Typed | None = None, **shown: object
    ) -> HTMLResponse:
        """Answer with a page, and with what was typed where it was refused."""
        typed = typed or Typed()
        return page(
            self.request,
            template,
            self.moderator,
            typed.status,
            typed=typed,
            today=latest_date(),
            reference=new_reference(),
            readers=AUDIENCES,
            **shown,
        )

    async def lab(self, lab_id: UUID) -> StoredLab:
        """Return a lab.

        Raises:
            NotFound: 404, the organisation has no such lab.
        """
        found = await lab_queries.find_lab(
            self.database, self.moderator.organisation, lab_id
        )
        return _here(found)

    async def fields(self) -> Fields:
        """Return what a form of this session says.

        Raises:
            InvalidContent: 422, it is not of this session.
        """
        fields = fields_of(await self.request.body())
        check_form(self.request, first(fields, "form"))
        return fields


async def _desk(request: Request, moderator: AtDesk, database: InDatabase) -> Desk:
    return Desk(request, moderator, database)


AtLabs = Annotated[Desk, Depends(_desk)]


def _here(found: StoredLab | None) -> StoredLab:
    if found is None:
        raise NotFound("Your organisation has no such lab.")
    return found


def _on_to(lab_id: UUID, part: str = "") -> RedirectResponse:
    address = f"/desk/labs/{lab_id}" + (f"#{part}" if part else "")
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers=PAGE_HEADERS)


@router.get("/{name}.css")
async def show_style(name: str) -> FileResponse:
    """Show the style sheet of these pages, or of packs."""
    if name not in {"labs", "pack"}:
        raise NotFound("There is nothing here.")
    return FileResponse(STYLES / f"{name}.css", media_type="text/css")


@router.get("")
async def show_labs(desk: AtLabs) -> HTMLResponse:
    """Show what is to be followed up, the first to end first; and all labs."""
    owner = desk.moderator.organisation
    trials = await lab_queries.open_trials(desk.database, owner, MOST_TRIALS + 1)
    labs = await lab_queries.newest_labs(desk.database, owner, MOST_LABS + 1)
    return desk.page(
        "labs.html",
        trials=trials[:MOST_TRIALS],
        labs=[(one.stored.id, listed(one)) for one in labs[:MOST_LABS]],
        is_more=len(trials) > MOST_TRIALS or len(labs) > MOST_LABS,
    )


@router.get("/new")
async def show_new(desk: AtLabs) -> HTMLResponse:
    """Show the form of a new lab."""
    return desk.page("lab_form.html", lab=None)


@router.post("", max_body_size=MOST_FORM_BYTES)
async def plan_lab(desk: AtLabs) -> Response:
    """Store a new lab under the reference that its form carries."""
    fields = await desk.fields()
    try:
        body = lab_in(fields)
        found = await plan(body, desk.moderator, desk.database, desk.request)
    except Problem as problem:
        return desk.page("lab_form.html", refused(fields, problem), lab=None)
    return _on_to(found.stored.id)


@router.get("/{lab_id}")
async def show_lab(
    lab_id: UUID, desk: AtLabs, found: Annotated[str, Query(max_length=2_000)] = ""
) -> HTMLResponse:
    """Show a lab; and stories to look at, found by their words."""
    return await _lab_page(desk, lab_id, q=words_of_search(desk.request, found))


@router.post("/{lab_id}/search", max_body_size=MOST_FORM_BYTES)
async def search(lab_id: UUID, desk: AtLabs) -> Response:
    """Lead to what is found; the words that are searched for are in no address."""
    sought = first(await desk.fields(), "q")
    address = address_of_search(desk.request, sought, f"/desk/labs/{lab_id}")
    url = f"{address}#stories"
    return RedirectResponse(url, HTTPStatus.SEE_OTHER, headers=PAGE_HEADERS)


@router.post("/{lab_id}", max_body_size=MOST_FORM_BYTES)
async def take_step(lab_id: UUID, desk: AtLabs) -> Response:
    """Add or take out what a form says, by the very rules of the calls."""
    fields = await desk.fields()
    try:
        step, part = step_of(fields)
        if first(fields, "do") == "add-story":
            await _refuse_strange(desk, story_of(fields))
        await _change(desk, lab_id, step)
    except NotFound:
        raise
    except Problem as problem:
        return await _lab_page(desk, lab_id, refused(fields, problem))
    return _on_to(lab_id, part)


@router.get("/{lab_id}/change")
async def show_particulars(lab_id: UUID, desk: AtLabs) -> HTMLResponse:
    """Show the form that says anew what a lab is about."""
    return desk.page("lab_form.html", lab=await desk.lab(lab_id))


@router.post("/{lab_id}/change", max_body_size=MOST_FORM_BYTES)
async def change_particulars(lab_id: UUID, desk: AtLabs) -> Response:
    """Say anew what a lab is about."""
    fields = await desk.fields()
    try:
        await _change(desk, lab_id, changed_about(fields))
    except NotFound:
        raise
    except Problem as problem:
        lab = await desk.lab(lab_id)
        return desk.page("lab_form.html", refused(fields, problem), lab=lab)
    return _on_to(lab_id)


@router.get("/{lab_id}/pack")
async def show_pack(lab_id: UUID, desk: AtLabs) -> HTMLResponse:
    """Show the lab's pack, to print; each story in it is noted as read."""
    found, today = await desk.lab(lab_id), latest_date()
    stories, left_out = await packed(desk.database, desk.moderator, found, today)
    return desk.page(
        "lab_pack.html",
        id=lab_id,
        lab=found.lab,
        stories=stories,
        left_out=left_out,
    )


async def _refuse_strange(desk: Desk, story: UUID) -> None:
    owner = desk.moderator.organisation
    there = await lab_queries.stories_there(desk.database, owner, [story])
    if not there.get(story):
        raise NotFound("Your organisation has no such story.")


async def _change(desk: Desk, lab_id: UUID, step: LabStep) -> None:
    _here(await lab_queries.change_lab(desk.database, desk.moderator, lab_id, step))


async def _lab_page(
    desk: Desk, lab_id: UUID, typed: Typed | None = None, q: str = ""
) -> HTMLResponse:
    found, today = await desk.lab(lab_id), latest_date()
    chosen = await looked_at(desk.database, desk.moderator, found, today)
    others = []
    if q:
        waiting = Waiting(desk.moderator.organisation, SEARCHED, q)
        seen = await queries.waiting_stories(desk.database, waiting, MOST_FOUND)
        others = [one for one in seen if one[0] not in found.lab.stories]
    return desk.page(
        "lab.html",
        typed,
        id=lab_id,
        lab=found.lab,
        version=found.stored.sequence,
        stories=chosen,
        others=others,
        q=q,
    )
