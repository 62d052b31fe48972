"""One story at the desk: its words, what others read, and what happens to it next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.stories import queries
from services.stories.api.telling import address_at, latest_date
from services.stories.pages.desk.frame import (
    MOST_FIELDS,
    WORDS,
    AtDesk,
    desk_router,
    page,
    step_of_journey,
)
from services.stories.pages.own_stories import (
    A_VIEWER,
    MomentView,
    StoryView,
    story_view,
)
from services.stories.pages.tell_form import fields_of
from services.stories.problems import ReplyDiffers, TransitionRefused
from services.stories.queries import Step
from services.stories.rules.consent import held_consent
from services.stories.rules.moderation import NEXT_STATES, moderated
from services.stories.rules.reading import may_read, noted_as
from services.stories.rules.tell_form import Fields, first, receipt_of
from services.stories.schemas import Kept, ModerationIn
from shared.access import Caller
from shared.audit.reading import Reading, read
from shared.database import Database, InDatabase
from shared.links import PAGE_HEADERS
from shared.problems import InvalidContent, NotFound, Problem, Stale
from shared.records import Stored, version_check
from shared.signin import check_form

MOST_FORM_BYTES = 4_000
NONE_HERE = "Your organisation has no such story."

router = desk_router()


class Seen(NamedTuple):
    """A story as it stands, whose reading was noted."""

    stored: Stored
    kept: Kept


@dataclass(frozen=True, slots=True)
class OpenStory:
    """One story of the moderator's organisation, open at the desk."""

    id: UUID
    moderator: Caller
    database: Database
    request: Request

    async def read(self) -> Seen:
        """Return the story and note that it was read.

        Raises:
            NotFound: 404, it is none of the moderator's organisation.
        """
        found = await queries.story_with_owner(self.database, self.id)
        if found is None or found[0] != self.moderator.organisation:
            raise NotFound(NONE_HERE)
        reading = Reading("story", self.moderator, "quality", noted_as("team"))
        stored = await read(self.database, reading, self.id)
        if stored is None:
            raise NotFound(NONE_HERE)
        return Seen(stored, Kept.model_validate_json(stored.kept or ""))

    async def form(self) -> Fields:
        """Return what was sent; that a field is empty is said, too."""
        return fields_of(await self.request.body(), MOST_FIELDS, keeps_empty=True)

    async def change(
        self, form: Fields, happening: str, rule: Callable[[Kept], Kept | None]
    ) -> None:
        """Change the version of the story that a form of this session is about.

        Raises:
            InvalidContent: 422, the form is not of this session.
            NotFound: 404, it is none of the moderator's organisation.
            Stale: 412, the story changed since the form was shown.
        """
        check_form(self.request, first(form, "form"))
        check = version_check(first(form, "version"))
        organisation = self.moderator.organisation
        stored = await queries.change_story(
            self.database,
            queries.writing_stories(self.moderator),
            address_at(self.id, organisation, self.request),
            Step(happening, rule, lambda stored, _: check(stored)),
        )
        if stored is None:
            raise NotFound(NONE_HERE)

    def page(
        self,
        template: str,
        seen: Seen,
        refused: Problem | None = None,
        **shown: object,
    ) -> HTMLResponse:
        """Answer with a page about the story; with why nothing was saved, if so."""
        kept, owner = seen.kept, self.moderator.organisation
        reference = kept.told.reference
        return page(
            self.request,
            template,
            self.moderator,
            refused.status if refused else HTTPStatus.OK,
            story=view_of(seen.stored, kept, owner),
            state=kept.moderation,
            receipt=receipt_of(reference),
            reference=reference,
            refusal=SAID.get(refused.slug, refused.detail) if refused else "",
            done=DONE.get(self.request.query_params.get("done", ""), ""),
            **shown,
        )

    def back_to(self, place: str, done: str) -> RedirectResponse:
        """Lead on to a page about the story, so that a reload sends nothing twice."""
        address = f"/desk/stories/{self.id}{place}?done={done}"
        return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers=PAGE_HEADERS)


DONE = {
    "moved": "Done.",
    "coded": "Your coding is saved.",
    "edited": "Saved. This is what others read, once they may.",
    "answered": "Your answer is saved.",
    "taken-back": "The answer is taken back.",
}


# Why nothing was saved, where people need other words than programs.
SAID: dict[str, str] = {
    Stale.slug: "Somebody changed this story since you opened it, and nothing was"
    " saved. What you entered is still here. Look at the story as it is now, then try"
    " again.",
    TransitionRefused.slug: "The story cannot take this step any more. Look at it as it"
    " is now.",
    ReplyDiffers.slug: "This answer is saved already, in other words. Correct that one;"
    " or save this, and it is one answer more.",
}


async def _open(
    story_id: UUID, moderator: AtDesk, database: InDatabase, request: Request
) -> OpenStory:
    return OpenStory(story_id, moderator, database, request)


# A dependency is an async function: a class would be called in a thread.
ThisStory = Annotated[OpenStory, Depends(_open)]


@router.get("/stories/{story_id}")
async def show_story(story: ThisStory) -> HTMLResponse:
    """Show a story with its words and what can happen to it next."""
    return await _story_page(story)


@router.post("/stories/{story_id}", max_body_size=MOST_FORM_BYTES)
async def take_step(story: ThisStory) -> Response:
    """Take a story one step on, by the very rule of `PUT …/moderation`."""
    form = await story.form()
    person = story.moderator.subject
    try:
        step = ModerationIn.model_validate({"state": first(form, "state")})
        await story.change(
            form, "moderated", lambda kept: moderated(kept, step.state, person)
        )
    except ValidationError as error:
        raise InvalidContent("There is no such step.") from error
    except Problem as refused:
        return await _story_page(story, refused)
    return story.back_to("", "moved")


async def _story_page(story: OpenStory, refused: Problem | None = None) -> HTMLResponse:
    seen = await story.read()
    kept = seen.kept
    return story.page(
        "desk_story.html",
        seen,
        refused,
        consent=held_consent(kept, latest_date()),
        audience=audience_of(kept, story.moderator.organisation),
        steps=NEXT_STATES[kept.moderation],
    )


def view_of(stored: Stored, kept: Kept, owner: str) -> StoryView:
    """Return a story to read at the desk: what was told, and what others read."""
    view = story_view(stored, kept, owner, latest_date())
    steps = [step_of_journey(one.step) for one in kept.told.moments]

    def named(moments: Sequence[MomentView]) -> list[MomentView]:
        return [
            replace(one, step=step) for one, step in zip(moments, steps, strict=False)
        ]

    edited = view.edited
    return replace(
        view,
        title=WORDS["kinds"][kept.told.kind],
        moments=named(view.moments),
        edited=replace(edited, moments=named(edited.moments)) if edited else None,
    )


def audience_of(kept: Kept, owner: str) -> str:
    """Say who may read a story's words now, by the very rule that lets them."""
    level = held_consent(kept, latest_date()).level
    if may_read(level, kept.moderation, None, owner) == "read":
        return "public"
    is_shared = may_read(level, kept.moderation, A_VIEWER, owner) == "read"
    return "partners" if is_shared else "team"
