"""Valid objects in one call."""

from __future__ import annotations

import itertools
from typing import Any

_numbers = itertools.count(1)


def an_organisation(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the body of a partner."""
    return {
        "name": "Riverside Together",
        "kind": "vcse",
        "nation": "england",
        "place": "Riverside",
        **changes,
    }


def a_reference(prefix: str = "T") -> str:
    """Return a reference that nobody used before."""
    return f"{prefix}-{next(_numbers):06}"


def a_referral(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the body of a referral of a person of our own."""
    reference = a_reference("R")
    return {
        "reference": reference,
        "person": {"local_id": f"P{reference}"},
        "received_on": "2026-03-02",
        "source": "B1",
        "reasons": ["loneliness", "money"],
        "primary_reason": "05",
        "priority": "3",
        "age": 34,
        "ethnicity": "M",
        "gender": "2",
        "disabilities": ["NN"],
        "language": "en",
        "imd_decile": 2,
        "strengths": ["good with people"],
        "own_words": "I would like to get out more.",
        **changes,
    }


def an_assessment(referral: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the body of a ReQoL-10 assessment with a total of 19."""
    return {
        "reference": a_reference("A"),
        "referral": referral,
        "instrument": "reqol10",
        "completed_on": "2026-03-10",
        "completed_by": "person",
        "mode": "in_person",
        "responses": {"items": [1, 2, 2, 3, 1, 4, 2, 1, 2, 1], "physical_health": 2},
        **changes,
    }


def a_goal(referral: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the body of a goal."""
    return {
        "reference": a_reference("G"),
        "referral": referral,
        "kind": "gbo",
        "words": "Cook for my sister once a week",
        "set_on": "2026-03-10",
        "baseline": 2,
        **changes,
    }


def a_story(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the body of a story with a magic and a miserable moment."""
    return {
        "reference": a_reference("S"),
        "kind": "story",
        "told_on": "2026-04-20",
        "text": "At first nobody rang. Then Sunday lunch happened.",
        "language": "en",
        "moments": [
            {"kind": "magic", "step": "support", "text": "Sunday lunch together."},
            {"kind": "miserable", "step": "introduction", "text": "Nobody rang."},
        ],
        "consent": {"level": "partners", "given_on": "2026-04-20"},
        **changes,
    }
