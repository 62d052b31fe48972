"""What the sample's people tick on a form, gaps and declined questions included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from deploy.local.sample.chances import clamp, pick
from deploy.local.sample.forms import DECLINED, FORMS, Form
from deploy.local.sample.records import Assessment

FEW_MISSING = 0.035
MANY_MISSING = 0.015
DECLINES = 0.03
PHYSICAL_HEALTH = ("reqol10", "reqol20")
FACTS = 4


@dataclass(frozen=True, slots=True)
class Ticking:
    """An item's usual answer at the start, what a step changes, and how it scatters."""

    usual: float
    step: float
    scatter: float


TICKING: Mapping[str, Ticking] = {
    "reqol10": Ticking(1.65, 0.5, 0.8),
    "reqol20": Ticking(1.65, 0.5, 0.8),
    "mansa": Ticking(3.7, 0.5, 1.1),
    "swemwbs": Ticking(2.6, 0.45, 0.8),
    "phq9": Ticking(1.6, -0.7, 0.6),
    "gad7": Ticking(1.65, -0.7, 0.6),
    "dialog": Ticking(3.9, 0.75, 0.8),
}


def filled_in(assessment: Assessment, level: float, rng: Random) -> Assessment:
    """Return an assessment of a form with its items.

    Args:
        level: How the person is; see `courses.Asking`.
    """
    form, ticking = FORMS[assessment.instrument], TICKING[assessment.instrument]
    middle = ticking.usual + ticking.step * level
    items: list[int | None] = [
        clamp(rng.gauss(middle, ticking.scatter), form.lowest, form.highest)
        for _ in range(form.count)
    ]
    if assessment.instrument == "dialog":
        items = [DECLINED if rng.random() < DECLINES else item for item in items]
    for place in rng.sample(range(form.count), _missing(form, rng)):
        items[place] = None
    has_physical = assessment.instrument in PHYSICAL_HEALTH and rng.random() < 0.9
    return replace(
        assessment,
        items=tuple(items),
        physical_health=rng.randint(0, 4) if has_physical else None,
        facts=_facts(rng) if assessment.instrument == "mansa" else (),
    )


def _missing(form: Form, rng: Random) -> int:
    """Return how many items are missing: mostly none, rarely too many."""
    few = rng.randint(1, max(form.most_missing, 1))
    many = form.most_missing + rng.randint(1, 3)
    chances = {few: FEW_MISSING, many: MANY_MISSING}
    return pick(rng, {0: 1 - FEW_MISSING - MANY_MISSING, **chances})


def _facts(rng: Random) -> tuple[int | None, ...]:
    return tuple(pick(rng, {1: 60, 0: 36, None: 4}) for _ in range(FACTS))
