"""The errors that aggregation can answer with, beside those of `shared.problems`."""

from __future__ import annotations

from shared.problems import InvalidContent, NotFound, Unavailable


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


class NoSuchNote(NotFound):
    """404: there is no such note, or it is not the caller's."""

    slug = "no-such-note"
    title = "There is no such note"
