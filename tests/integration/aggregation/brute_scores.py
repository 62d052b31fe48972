"""What of assessments is compared, and which scores are ill, the plain way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from shared.events import AssessmentState


def is_ill(value: Any, sign: int, cut_off: int) -> bool:  # noqa: ANN401 (int or float)
    """Say whether a score is in the clinical range."""
    return bool(value < cut_off if sign > 0 else value >= cut_off)


def values_of(assessment: AssessmentState) -> Iterator[tuple[str, Any]]:
    """Yield what of a valid assessment is compared: a score, or DIALOG's items."""
    if assessment.instrument == "dialog":
        if assessment.status in {"scored", "partial", "prorated"}:
            for number, item in enumerate(assessment.items, 1):
                if item in {1, 2, 3, 4, 5, 6, 7}:
                    yield f"dialog_q{number:02}", item
    elif assessment.status in {"scored", "prorated"}:
        for name in ("total", "mean", "metric"):
            if name in assessment.scores:
                yield assessment.instrument, assessment.scores[name]


def scored(
    measure: str, scored_by: set[str], where: list[str]
) -> list[tuple[str, str, str, date, str, int]]:
    """Return the cells in which a pair counts for the rules that scored it."""
    begin = (f"scores:{measure}", "scored_by", date(1900, 1, 1))
    return [(begin[0], s, *begin[1:], rules, 0) for s in where for rules in scored_by]
