"""The errors that aggregation can answer with, beside those of `shared.problems`."""

from __future__ import annotations

from collections.abc import Sequence

from shared.problems import (
    MOST_FIELD_ERRORS,
    FieldProblem,
    InvalidContent,
    NotFound,
    Unavailable,
)


class NoSuchIndicator(NotFound):
    """404: the catalogue has no such indicator, place or organisation."""

    slug = "no-such-indicator"
    title = "There is nothing of this name in the catalogue"


class BadQuestion(InvalidContent):
    """422: the figures cannot be asked for like this."""

    slug = "bad-question"
    title = "The figures cannot be asked for like this"


class NotCounted(Unavailable):
    """503: the system view is being counted; a partial figure is never shown."""

    slug = "not-counted"
    title = "The system view is being counted"


class NoSuchFramework(NotFound):
    """404: no framework, or version of it, has this name."""

    slug = "no-such-framework"
    title = "There is no such framework"


class FrameworkRefused(InvalidContent):
    """422: the framework cannot be published like this; `errors` says what is wrong."""

    slug = "framework-refused"
    title = "The framework cannot be published like this"

    @classmethod
    def of(cls, faults: Sequence[FieldProblem]) -> FrameworkRefused:
        """Make the problem of a list of faults."""
        count = len(faults)
        told = "One thing is" if count == 1 else f"{count} things are"
        detail = f"{told} not right. Nothing was published."
        return cls(detail, faults[:MOST_FIELD_ERRORS])


class NoSuchNote(NotFound):
    """404: there is no such note, or it is not the caller's."""

    slug = "no-such-note"
    title = "There is no such note"
