"""The errors that measures can answer with, beside those of `shared.problems`."""

from __future__ import annotations

from shared.problems import Differs, FieldProblem, InvalidContent, sentence


class AssessmentDiffers(Differs):
    """409: this reference is stored with other content; PUT it to correct it."""

    slug = "assessment-differs"
    title = "This assessment is stored with other content"


class GoalDiffers(Differs):
    """409: this reference is stored with other content; PUT it to correct it."""

    slug = "goal-differs"
    title = "This goal is stored with other content"


def invalid_at(pointer: str, detail: str) -> InvalidContent:
    """Make the problem of one field that breaks a rule."""
    return InvalidContent(sentence(1), [FieldProblem(pointer=pointer, detail=detail)])
