"""Editing at the desk: what was told, what others will read, and what may tell of whom.

A suggestion is shown in the words and does nothing until a person ticks it; words may
be edited by hand as well. What was told is never touched.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, get_args

from pydantic import ValidationError
from starlette.responses import HTMLResponse, Response

from services.stories.pages import words
from services.stories.pages.desk.frame import desk_router, step_of_journey
from services.stories.pages.desk.story import OpenStory, ThisStory
from services.stories.rules import redaction
from services.stories.rules.suggestions import places_in
from services.stories.rules.tell_form import Fields
from services.stories.schemas import Kept
from services.stories.schemas.redaction import Reason, Redaction
from shared.problems import InvalidContent, Problem, invalid

# Three times what a call may carry: a form writes one letter of many scripts as six.
MOST_FORM_BYTES = 3_000_000
REASONS: tuple[Reason, ...] = get_args(Reason)
NO_WORDS = "Leave some words of the story, or do not let it travel."
NO_REASON = "Say what was edited: tick at least one reason."
TOO_LONG = "Make it shorter: a story has 100,000 letters at most, a moment 20,000."
NOTHING_EDITED = "Nothing was edited. Tick a suggestion, or change the words by hand."

router = desk_router()


class Piece(NamedTuple):
    """A piece of the words; of a suggestion, with what it may tell and its key."""

    words: str
    category: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The narrative or one moment: as told, as others read it now, as it is typed.

    Attributes:
        name: What its fields are called in the form.
        told: None where it was told without words: there is nothing to edit.
    """

    name: str
    kind: str
    step: str
    told: str | None
    shared: str
    typed: str
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Draft:
    """The words of each part as they are typed, what is ticked in them, and why."""

    typed: Sequence[str | None]
    ticked: Collection[str]
    reasons: Collection[str]


@router.get("/stories/{story_id}/words")
async def show_words(story: ThisStory) -> HTMLResponse:
    """Show what was told beside what others read, with suggestions in the latter."""
    return await _words_page(story)


@router.post("/stories/{story_id}/words", max_body_size=MOST_FORM_BYTES)
async def edit(story: ThisStory) -> Response:
    """Store what others read, by the very rule of `PUT …/redaction`."""
    form = await story.form()
    kept = (await story.read()).kept
    draft = draft_of(form, kept)
    try:
        body = await asyncio.to_thread(redaction_of, draft, kept)
        await story.change(
            form, "moderated", lambda kept: redaction.redacted(kept, body)
        )
    except Problem as refused:
        return await _words_page(story, draft, refused)
    return story.back_to("", "edited")


def parts_told(kept: Kept) -> list[str | None]:
    """Return the words of each part as they were told."""
    return [kept.told.text, *(one.text for one in kept.told.moments)]


def parts_shared(kept: Kept) -> list[str | None]:
    """Return the words of each part as others read them."""
    moments = redaction.shared_moments(kept)
    return [redaction.shared_text(kept), *(one.text for one in moments)]


def draft_of(form: Fields, kept: Kept) -> Draft:
    """Return what was typed; a part that was not sent is as others read it."""
    told, shared = parts_told(kept), parts_shared(kept)
    held = kept.redaction.reasons if kept.redaction else ()
    if "undo" in form:
        return Draft(told, (), form.get("reason", held))
    return Draft(
        typed=[
            words_of(form.get(f"words-{place}", ()), was_told, is_now)
            for place, (was_told, is_now) in enumerate(zip(told, shared, strict=True))
        ],
        ticked=frozenset(map(of_a_form, form.get("hide", ()))),
        reasons=form.get("reason", ()),
    )


def words_of(
    sent: Sequence[str], was_told: str | None, is_now: str | None
) -> str | None:
    """Return the words of a part as they were typed; None where they do not travel.

    A form ends lines in its own way: words that only differ by that are the same.
    """
    if not sent or was_told is None:
        return is_now
    typed = of_a_form(sent[0])
    for known in (is_now, was_told):
        if known is not None and of_a_form(known) == typed:
            return known
    return typed or None


def of_a_form(text: str) -> str:
    """Return a text whose lines end as those of a form do here."""
    return re.sub("\r\n?", "\n", text)


def redaction_of(draft: Draft, kept: Kept) -> Redaction:
    """Return what is stored: what was typed, without the places that were ticked.

    Raises:
        InvalidContent: 422, nothing was edited, or no reason is given.
    """
    said = words.texts().reasons
    edited: list[str | None] = []
    reasons = set(draft.reasons)
    for place, text in enumerate(draft.typed):
        pieces = list(pieces_of(text or "", place))
        hidden = [one for one in pieces if one.key in draft.ticked]
        reasons |= {one.category for one in hidden}
        without = (
            f"[{said[one.category]}]" if one in hidden else one.words for one in pieces
        )
        edited.append(None if text is None else "".join(without))
    if kept.redaction is None and edited == parts_told(kept):
        raise InvalidContent(NOTHING_EDITED)
    body = {
        "text": edited[0] or "",
        "moments": edited[1:],
        "reasons": [one for one in REASONS if one in reasons],
    }
    try:
        return Redaction.model_validate(body)
    except ValidationError as error:
        problem = invalid(error)
        raise InvalidContent(
            _plainly(problem, bool(edited[0])), problem.errors
        ) from error


def _plainly(problem: Problem, has_words: bool) -> str:
    said = {"/text": TOO_LONG if has_words else NO_WORDS, "/reasons": NO_REASON}
    return " ".join(
        dict.fromkeys(said.get(one.pointer, TOO_LONG) for one in problem.errors)
    )


def pieces_of(text: str, place: int) -> Iterator[Piece]:
    """Return a text in pieces, in order: suggestions, and what is between them.

    A suggestion's key says in which part it is, what it may tell, and which of those
    with the same words it is: it is found again after an edit elsewhere.
    """
    done = 0
    seen: Counter[str] = Counter()
    for found in places_in(text):
        said = text[found.start : found.end]
        seen[said] += 1
        if done < found.start:
            yield Piece(text[done : found.start])
        key = f"{place}/{found.category}/{seen[said]}/{of_a_form(said)}"
        yield Piece(said, found.category, key)
        done = found.end
    if done < len(text):
        yield Piece(text[done:])


async def _words_page(
    story: OpenStory, draft: Draft | None = None, refused: Problem | None = None
) -> HTMLResponse:
    seen = await story.read()
    kept = seen.kept
    if draft is None:
        held = kept.redaction.reasons if kept.redaction else []
        draft = Draft(parts_shared(kept), (), held)
    # In a thread: a long text may take a second.
    parts = await asyncio.to_thread(parts_of, kept, draft)
    return story.page(
        "desk_words.html",
        seen,
        refused,
        parts=parts,
        ticked=draft.ticked,
        chosen=draft.reasons,
        reasons=words.texts().reasons,
        is_edited=redaction.is_redacted(kept),
    )


def parts_of(kept: Kept, draft: Draft) -> list[Part]:
    """Return the parts of a story to be edited; of one that was withdrawn, none."""
    if kept.moderation == "withdrawn":
        return []
    told, shared = parts_told(kept), parts_shared(kept)
    titles = [("", ""), *((m.kind, step_of_journey(m.step)) for m in kept.told.moments)]
    return [
        Part(
            name=str(place),
            kind=titles[place][0],
            step=titles[place][1],
            told=told[place],
            shared=shared[place] or "",
            typed=typed or "",
            pieces=list(pieces_of(typed or "", place)),
        )
        for place, typed in enumerate(draft.typed)
    ]
