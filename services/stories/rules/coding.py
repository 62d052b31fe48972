"""What coders put on a story, and what of it is said about the story."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.stories.problems import StoryWithdrawn
from services.stories.rules.codebook import Books, carried_over
from services.stories.schemas import Kept, StoryIn
from services.stories.schemas.codebook import Coding, CodingIn, MeaningIn
from shared.problems import FieldProblem, InvalidContent, Unavailable, sentence

MOST_CODINGS = 100


def refuse_strange_coding(coding: CodingIn, books: Books) -> None:
    """Refuse a coding by a codebook or with themes that there are not.

    Raises:
        InvalidContent: 422, it points at what is unknown.
    """
    book = books.get(coding.codebook)
    if book is None:
        fault = FieldProblem(
            pointer="/codebook",
            detail=f"The newest version is {max(books, default=0)}.",
        )
        raise InvalidContent(sentence(1), [fault])
    known = {theme.code for theme in book.themes}
    _refuse_strange(coding.themes, known, "/themes")


def refuse_strange_meaning(told: StoryIn, known: Collection[str]) -> None:
    """Refuse a meaning with themes that no version of the codebook ever had.

    Raises:
        InvalidContent: 422, it points at what is unknown.
    """
    if told.meaning:
        _refuse_strange(told.meaning.themes, known, "/meaning/themes")


def _refuse_strange(themes: Sequence[str], known: Collection[str], where: str) -> None:
    faults = [
        FieldProblem(
            pointer=f"{where}/{place}", detail="The codebook has no such theme."
        )
        for place, theme in enumerate(themes)
        if theme not in known
    ]
    if faults:
        raise InvalidContent(sentence(len(faults)), faults)


def coded(kept: Kept, coding: CodingIn, books: Books) -> Kept | None:
    """Return the story with a coding, or None if that is how it was coded already.

    A coder's other coding by the same codebook is replaced; what it was at first is
    kept.

    Raises:
        StoryWithdrawn: 410, consent was withdrawn.
        InvalidContent: 422, it has as many codings as a story can have.
        Unavailable: 503, a codebook was published while this was asked for.
    """
    if kept.moderation == "withdrawn":
        raise StoryWithdrawn("Consent was withdrawn. Delete any copy that you hold.")
    if any(one.codebook not in books for one in kept.codings):
        raise Unavailable("A new codebook came in between. Nothing was stored.")
    themes = sorted(set(coding.themes))
    held = next((one for one in kept.codings if _is_of(one, coding)), None)
    if held and held.themes == themes:
        return None
    if not held and len(kept.codings) >= MOST_CODINGS:
        raise InvalidContent(f"A story has {MOST_CODINGS} codings at most.")
    new = Coding(coder=coding.coder, codebook=coding.codebook, themes=themes)
    if held:
        new.first = held.themes if held.first is None else held.first
    codings = [*(one for one in kept.codings if one is not held), new]
    return kept.model_copy(
        update={"codings": codings, "themes": agreed_themes(codings, books)}
    )


def _is_of(held: Coding, sent: CodingIn) -> bool:
    return (held.coder, held.codebook) == (sent.coder, sent.codebook)


def agreed_themes(codings: Sequence[Coding], books: Books) -> list[str]:
    """Return the themes that at least half of the coders who could say so put on it.

    They are codes of the newest codebook that it was coded by. Of each coder the
    newest coding counts, carried over by the crosswalks.
    """
    newest = max(one.codebook for one in codings)
    latest = {one.coder: one for one in sorted(codings, key=lambda one: one.codebook)}
    votes: dict[str, list[bool]] = {}
    for coding in latest.values():
        every = [theme.code for theme in books[coding.codebook].themes]
        said = {theme: theme in coding.themes for theme in every}
        for theme, is_there in carried_over(
            said, coding.codebook, newest, books
        ).items():
            votes.setdefault(theme, []).append(is_there)
    return sorted(
        theme for theme, said_so in votes.items() if 2 * sum(said_so) >= len(said_so)
    )


def codings(kept: Kept) -> list[Coding]:
    """Return what coders put on it; nothing after a withdrawal."""
    return [] if kept.moderation == "withdrawn" else kept.codings


def meaning(kept: Kept) -> MeaningIn | None:
    """Return what it is about to its teller; nothing after a withdrawal."""
    return None if kept.moderation == "withdrawn" else kept.told.meaning
