"""The errors that imports can answer with, beside those of `shared.problems`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from shared.problems import Problem


class NotCsv(Problem):
    """415: the body is not sent as `text/csv`."""

    status = 415
    title = "The body is not CSV"
    slug = "not-csv"


class TooManyImports(Problem):
    """429: the organisation has too many unfinished imports."""

    status = 429
    title = "Too many imports are unfinished"
    slug = "too-many-imports"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "30"}


class RejectedGone(Problem):
    """410: the refused rows are no longer kept."""

    status = 410
    title = "The refused rows are no longer kept"
    slug = "rejected-gone"
