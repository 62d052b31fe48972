"""Coding at the desk: the codebook beside the words, then what others found in them.

What the teller and other coders say of a story would lead a coder: it is shown to who
has coded it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.responses import HTMLResponse, Response

from services.stories import codebook_queries
from services.stories.pages.desk.frame import desk_router
from services.stories.pages.desk.story import OpenStory, ThisStory
from services.stories.rules import coding
from services.stories.rules.codebook import Books
from services.stories.rules.tell_form import Fields, first
from services.stories.schemas import Kept
from services.stories.schemas.codebook import Codebook, Coding, CodingIn
from shared.access import Caller
from shared.identity import Identity
from shared.problems import InvalidContent, Problem

MOST_FORM_BYTES = 10_000
DIGITS = 8
NO_CODEBOOK = "These themes are of no codebook that there is. Load the page again."

router = desk_router()


@dataclass(frozen=True, slots=True)
class Found:
    """A theme, and who says that the story is about it."""

    name: str
    is_tellers: bool
    coders: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sides:
    """What the teller says a story is about, beside what its coders say.

    Attributes:
        sliders: What it was about, and how far from 0 to 100; None: not at all.
        agreed: What is said of the story: what at least half of its coders found.
    """

    found: Sequence[Found]
    coders: Sequence[str]
    sliders: Sequence[tuple[str, int | None]]
    has_meaning: bool
    agreed: Sequence[str]


@router.get("/stories/{story_id}/coding")
async def show_coding(story: ThisStory) -> HTMLResponse:
    """Show the words beside the codebook; and how it was coded, to who has coded it."""
    return await _coding_page(story)


@router.post("/stories/{story_id}/coding", max_body_size=MOST_FORM_BYTES)
async def code(story: ThisStory) -> Response:
    """Store the coder's themes, by the very rule of `POST …/codings`."""
    form = await story.form()
    coder = coder_of(story.moderator, story.request.app.state.identity)
    books = await codebook_queries.codebooks(story.database)
    try:
        body = coding_of(form, coder, books)
        await story.change(form, "coded", lambda kept: coding.coded(kept, body, books))
    except Problem as refused:
        return await _coding_page(story, form.get("theme", ()), refused)
    return story.back_to("/coding", "coded")


def coding_of(form: Fields, coder: str, books: Books) -> CodingIn:
    """Return the coding that a form sends.

    Raises:
        InvalidContent: 422, its themes are of no codebook.
    """
    version = first(form, "codebook")
    body = {
        "coder": coder,
        "codebook": int(version) if re.fullmatch("[0-9]{1,7}", version) else 0,
        "themes": list(form.get("theme", ())),
    }
    try:
        sent = CodingIn.model_validate(body)
        coding.refuse_strange_coding(sent, books)
    except (ValidationError, InvalidContent) as error:
        raise InvalidContent(NO_CODEBOOK) from error
    return sent


def coder_of(moderator: Caller, identity: Identity) -> str:
    """Return the pseudonym under which somebody codes at the desk: always the same."""
    made = identity.entity_id(moderator.organisation, "coder", moderator.subject)
    return f"desk-{made.hex[:DIGITS]}"


async def _coding_page(
    story: OpenStory,
    ticked: Sequence[str] | None = None,
    refused: Problem | None = None,
) -> HTMLResponse:
    seen = await story.read()
    books = await codebook_queries.codebooks(story.database)
    newest = books[max(books)]
    coder = coder_of(story.moderator, story.request.app.state.identity)
    own = own_coding(seen.kept, coder, newest)
    if ticked is None:
        ticked = own.themes if own else []
    return story.page(
        "desk_coding.html",
        seen,
        refused,
        book=newest,
        coder=coder,
        ticked=ticked,
        sides=sides_of(seen.kept, books, coder) if own else None,
    )


def own_coding(kept: Kept, coder: str, book: Codebook) -> Coding | None:
    """Return how a coder coded a story by a codebook, if so."""
    found = (one for one in coding.codings(kept) if one.coder == coder)
    return next((one for one in found if one.codebook == book.version), None)


def sides_of(kept: Kept, books: Books, coder: str) -> Sides:
    """Return what the teller and the coders say, side by side and never merged."""
    names = names_in(books)
    meaning = coding.meaning(kept)
    tellers = meaning.themes if meaning else []
    latest = {one.coder: one for one in sorted(kept.codings, key=_version)}
    others = sorted(latest.keys() - {coder})
    said = {"you": latest[coder], **{one: latest[one] for one in others}}
    by_theme: dict[str, list[str]] = {theme: [] for theme in tellers}
    for who, one in said.items():
        for theme in one.themes:
            by_theme.setdefault(theme, []).append(who)
    return Sides(
        found=[
            Found(names.get(theme, theme), theme in tellers, coders)
            for theme, coders in sorted(by_theme.items(), key=lambda one: one[0])
        ],
        coders=list(said),
        sliders=[
            (name.replace("_", " "), None if far is None else round(100 * far))
            for name, far in (meaning.sliders if meaning else {}).items()
        ],
        has_meaning=meaning is not None,
        agreed=[names.get(theme, theme) for theme in kept.themes],
    )


def _version(one: Coding) -> int:
    return one.codebook


def names_in(books: Books) -> Mapping[str, str]:
    """Return what themes are called: as the newest codebook that has them says."""
    return {
        theme.code: theme.name
        for _, book in sorted(books.items())
        for theme in book.themes
    }
