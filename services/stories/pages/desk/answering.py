"""Answering back at the desk: you said, we did, and what was answered already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from starlette.responses import HTMLResponse, Response

from services.stories.api.telling import latest_date
from services.stories.pages.desk.frame import desk_router
from services.stories.pages.desk.story import OpenStory, ThisStory
from services.stories.problems import ReplyDiffers
from services.stories.rules import replies
from services.stories.rules.tell_form import Fields, first, new_reference
from services.stories.schemas import Kept
from services.stories.schemas.replies import ReplyIn
from shared.problems import InvalidContent, NotFound, Problem, invalid

MOST_FORM_BYTES = 300_000
# What of a reply is wrong, in plain words, by the field that it is wrong in.
FAULTS = {
    "/text": "Write what you answer, in 20,000 letters or fewer.",
    "/replied_on": "Say on which day you answered: not before the story was told, and"
    " no day to come.",
    "/change/what": "Say what changed, in 500 letters or fewer; or leave out its day.",
    "/change/changed_on": "Say on which day it changed: not before the story was told,"
    " and no day to come.",
}
OTHER = "This form is not complete. Load the page again."

router = desk_router()


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as it is typed; `is_new` unless it corrects one that is there."""

    reference: str
    replied_on: str
    text: str = ""
    what: str = ""
    changed_on: str = ""
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was given, and whether the public reads it with the story."""

    reply: ReplyIn
    is_published: bool


@router.get("/stories/{story_id}/answers")
async def show_answers(story: ThisStory, correct: str = "") -> HTMLResponse:
    """Show what was answered, and the form for one answer more or a correction."""
    return await _answers_page(story, correct=correct)


@router.post("/stories/{story_id}/answers", max_body_size=MOST_FORM_BYTES)
async def answer(story: ThisStory) -> Response:
    """Store, correct or take back an answer, by the very rules of `…/replies`."""
    form = await story.form()
    if "take_back" in form:
        return await _take_back(story, form)
    draft = draft_of(form)
    latest = latest_date()
    try:
        reply = reply_of(draft)
        rule = replies.replied if draft.is_new else replies.reply_corrected
        await story.change(form, "replied", lambda kept: rule(kept, reply, latest))
    except ReplyDiffers as refused:
        # Typed again after it was saved: it may be saved as one more.
        draft = replace(draft, reference=new_reference())
        return await _answers_page(story, draft, refused)
    except Problem as refused:
        return await _answers_page(story, draft, plainly(refused))
    return story.back_to("/answers", "answered")


async def _take_back(story: OpenStory, form: Fields) -> Response:
    reference = first(form, "reference")
    try:
        await story.change(
            form, "replied", lambda kept: replies.reply_taken_back(kept, reference)
        )
    except Problem as refused:
        return await _answers_page(story, refused=refused)
    return story.back_to("/answers", "taken-back")


def draft_of(form: Fields) -> Draft:
    """Return an answer as it was typed."""
    return Draft(
        reference=first(form, "reference"),
        replied_on=first(form, "replied_on"),
        text=first(form, "text"),
        what=first(form, "what"),
        changed_on=first(form, "changed_on"),
        is_new=not first(form, "correcting"),
    )


def reply_of(draft: Draft) -> ReplyIn:
    """Return the reply that a form sends; without a change, if it says nothing of one.

    Raises:
        InvalidContent: 422, it points at each field.
    """
    change = {"what": draft.what, "changed_on": draft.changed_on}
    body: dict[str, Any] = {
        "reference": draft.reference,
        "replied_on": draft.replied_on,
        "text": draft.text,
        "change": change if any(change.values()) else None,
    }
    try:
        return ReplyIn.model_validate(body)
    except ValidationError as error:
        raise invalid(error) from error


def plainly(refused: Problem) -> Problem:
    """Return why an answer was refused, in the words of its form."""
    if not refused.errors:
        return refused
    said = dict.fromkeys(FAULTS.get(one.pointer, OTHER) for one in refused.errors)
    return InvalidContent(" ".join(said), refused.errors)


async def _answers_page(
    story: OpenStory,
    draft: Draft | None = None,
    refused: Problem | None = None,
    correct: str = "",
) -> HTMLResponse:
    seen = await story.read()
    return story.page(
        "desk_answers.html",
        seen,
        refused,
        answers=answers_to(seen.kept),
        draft=draft or draft_for(seen.kept, correct),
        wrong=wrong_in(refused),
        earliest=seen.kept.told.told_on.isoformat(),
        latest=latest_date().isoformat(),
    )


def draft_for(kept: Kept, reference: str) -> Draft:
    """Return an empty form; or an answer that was given, to be corrected.

    Raises:
        NotFound: 404, there is no such answer.
    """
    if not reference:
        return Draft(new_reference(), latest_date().isoformat())
    known = {one.reference: one for one in replies.replies_of(kept)}.get(reference)
    if known is None:
        raise NotFound("The story has no such answer.")
    return Draft(
        reference=reference,
        replied_on=known.replied_on.isoformat(),
        text=known.text,
        what=known.change.what if known.change else "",
        changed_on=known.change.changed_on.isoformat() if known.change else "",
        is_new=False,
    )


def answers_to(kept: Kept) -> Sequence[Answer]:
    """Return what was answered, by day."""
    return [
        Answer(one, kept.published.get(one.reference) == one)
        for one in replies.replies_of(kept)
    ]


def wrong_in(refused: Problem | None) -> Mapping[str, bool]:
    """Return the fields of the form that are wrong."""
    errors = refused.errors if refused else []
    return {one.pointer.rpartition("/")[2]: True for one in errors}
