"""What a new version of the codebook has to say, and how codes are carried over."""

from __future__ import annotations

from collections.abc import Mapping

from services.stories.problems import CodebookDiffers, CodebookOutOfTurn
from services.stories.schemas.codebook import Codebook, CodebookIn
from shared.problems import FieldProblem, InvalidContent, NotFound, pointer, sentence

Books = Mapping[int, Codebook]


def known_book(version: int, books: Books) -> Codebook:
    """Return a version of the codebook.

    Raises:
        NotFound: 404, it was never published.
    """
    if version not in books:
        raise NotFound(f"The newest version of the codebook is {max(books)}.")
    return books[version]


def refuse_difference(published: Codebook, sent: CodebookIn) -> None:
    """Refuse other content under a version that is published.

    Raises:
        CodebookDiffers: 409, it says in which fields.
    """
    fields = [name for name, value in sent if getattr(published, name) != value]
    if fields:
        raise CodebookDiffers(
            f"Version {published.version} is published with another value of"
            f" {', '.join(fields)}. Publish your changes as the next version.",
            [
                FieldProblem(pointer=f"/{name}", detail="Published with another value.")
                for name in fields
            ],
        )


def refuse_version(version: int, sent: CodebookIn, books: Books) -> None:
    """Refuse what cannot be the next version.

    Raises:
        CodebookOutOfTurn: 409, another version is the next one.
        InvalidContent: 422, a code is there twice, or the crosswalk has gaps.
    """
    newest = max(books, default=0)
    if version != newest + 1:
        raise CodebookOutOfTurn(f"The next version to be published is {newest + 1}.")
    before = [theme.code for theme in books[newest].themes] if books else []
    faults = [*faults_of_themes(sent), *faults_of_crosswalk(sent, before)]
    if faults:
        raise InvalidContent(sentence(len(faults)), faults)


def faults_of_themes(sent: CodebookIn) -> list[FieldProblem]:
    """Return where a code is given to a second theme."""
    codes = [theme.code for theme in sent.themes]
    return [
        FieldProblem(
            pointer=f"/themes/{place}/code", detail="Another theme has this code."
        )
        for place, code in enumerate(codes)
        if code in codes[:place]
    ]


def faults_of_crosswalk(sent: CodebookIn, before: list[str]) -> list[FieldProblem]:
    """Return what is wrong with a crosswalk from the codes of the version before."""
    codes = {theme.code for theme in sent.themes}
    missing = [
        FieldProblem(pointer="/crosswalk", detail=f"Say what became of {code}.")
        for code in before
        if code not in sent.crosswalk
    ]
    unknown = [
        FieldProblem(
            pointer=pointer(("crosswalk", old)),
            detail="The version before has no such theme.",
        )
        for old in sent.crosswalk
        if old not in before
    ]
    nowhere = [
        FieldProblem(
            pointer=pointer(("crosswalk", old, place)),
            detail="This version has no such theme.",
        )
        for old, became in sent.crosswalk.items()
        for place, new in enumerate(became)
        if new not in codes
    ]
    return [*missing, *unknown, *nowhere]


def carried_over(
    said: Mapping[str, bool], start: int, end: int, books: Books
) -> dict[str, bool]:
    """Return what a coder said of each theme, in the words of a later version.

    Where that cannot be known it is left out: of a theme that is new, and of the parts
    of one that was split, if the coder had put it on the story.
    """
    carried = dict(said)
    for version in range(start + 1, end + 1):
        carried = _step(carried, books[version])
    return carried


def _step(said: Mapping[str, bool], book: Codebook) -> dict[str, bool]:
    sources: dict[str, list[str]] = {}
    for old, became in book.crosswalk.items():
        for new in set(became):
            sources.setdefault(new, []).append(old)
    carried: dict[str, bool] = {}
    for new, olds in sources.items():
        is_sure = [old for old in olds if len(set(book.crosswalk[old])) == 1]
        if any(said.get(old) for old in is_sure):
            carried[new] = True
        elif all(said.get(old) is False for old in olds):
            carried[new] = False
    return carried
