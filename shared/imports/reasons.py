"""Why a row was refused, as sentences that name its columns and quote no value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from shared.problems import ProblemDocument

# What the checks of bodies say, for people who have never seen a regular expression.
PLAIN_WORDS = (
    (re.compile(r"^Value error, "), ""),
    (re.compile(r"^Field required$"), "is missing"),
    (
        re.compile(r"^String should match pattern .*$"),
        "has a character that is not allowed here, or is too long",
    ),
    (re.compile(r"^String should have at most (\d+) character.*$"), "is too long"),
    (re.compile(r"^List should have at most (\d+) item.*$"), "has more than \\1 parts"),
    (re.compile(r"^Input should be (.*)$"), "should be \\1"),
)
MOST_SENTENCES = 10


def plain_words(detail: str) -> str:
    """Return what a check says, without the words of programmers."""
    for pattern, words in PLAIN_WORDS:
        detail = pattern.sub(words, detail)
    return detail


def reason_of(problem: ProblemDocument, column_of: Callable[[str], str]) -> str:
    """Return a problem as one line: each column with what is wrong with it."""
    if not problem.errors:
        return problem.detail
    return sentences(
        (column_of(error.pointer), plain_words(error.detail))
        for error in problem.errors
    )


def sentences(found: Iterable[tuple[str, str]]) -> str:
    """Join columns and what is wrong with each."""
    parts = [f"{name}: {what}" if name else what for name, what in found]
    return "; ".join(dict.fromkeys(parts[:MOST_SENTENCES]))
