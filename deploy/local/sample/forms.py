"""The forms that the sample's people fill in, as numbers: items have no wording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """How many items a form has, the range of each, and how many may be missing."""

    count: int
    lowest: int
    highest: int
    most_missing: int


# DIALOG is two scales: how many of which may be missing is in `scores.SCALES`.
FORMS: Mapping[str, Form] = {
    "reqol10": Form(10, 0, 4, most_missing=1),
    "reqol20": Form(20, 0, 4, most_missing=2),
    "mansa": Form(12, 1, 7, most_missing=2),
    "swemwbs": Form(7, 1, 5, most_missing=0),
    "phq9": Form(9, 0, 3, most_missing=2),
    "gad7": Form(7, 0, 3, most_missing=2),
    "dialog": Form(11, 1, 7, most_missing=3),
}
SAFETY = "safety"
DECLINED = 8
