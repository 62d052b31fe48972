"""The errors that aggregation can answer with, beside those of `shared.problems`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

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


class TooManyExports(Unavailable):
    """503: as many files are being written as one process may write at once."""

    slug = "too-many-exports"
    title = "Too many files are being written"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "30"}
