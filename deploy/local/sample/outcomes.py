"""The sample's assessments: each organisation asks in its own way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from deploy.local.sample.answers import filled_in
from deploy.local.sample.chances import pick
from deploy.local.sample.courses import Asking, Course
from deploy.local.sample.forms import SAFETY
from deploy.local.sample.records import LAST_DAY, Assessment
from deploy.local.sample.words import read_words

COMMON = "reqol10"
WITHDRAWN = 0.004
SENT_TWICE = 0.004
NOT_HANDED_BACK = 0.06
HANDED_IN_LATER = 0.12
CODED = 0.3
COMPLETED_BY = {"person": 82, "together": 14, "practitioner": 3, "carer": 1}
MODES = {"in_person": 66, "online": 20, "phone": 14}


@dataclass(frozen=True, slots=True)
class Habit:
    """Instruments that an organisation asks together, and of what share of people.

    Attributes:
        in_place: Whether they are asked in place of the common one.
    """

    instruments: tuple[str, ...]
    share: float
    in_place: bool = False


# A trust follows national practice; a hub takes its time; a council asks about the
# whole life; surgeries are brief, and measure low mood and worry in a few; the last is
# a talking therapies service.
HABITS: Mapping[str, tuple[Habit, ...]] = {
    "X0A0N": (Habit(("dialog",), 0.8),),
    "X0B0V": (Habit(("reqol20",), 0.4, in_place=True), Habit((SAFETY,), 0.35)),
    "X0C0L": (Habit(("mansa",), 0.75), Habit((SAFETY,), 0.2)),
    "X0D0P": (
        Habit(("swemwbs",), 0.7),
        Habit(("phq9",), 0.14),
        Habit(("gad7",), 0.1),
    ),
    "X0E0V": (Habit(("phq9", "gad7"), 0.9),),
}


def make_assessments(courses: Sequence[Course], rng: Random) -> tuple[Assessment, ...]:
    """Return all assessments; two of one instrument and day are the same sent twice."""
    made = [assessment for course in courses for assessment in _asked(course, rng)]
    return tuple(
        replace(assessment, reference=f"AS-{number:05}")
        for number, assessment in enumerate(made, 1)
    )


def _asked(course: Course, rng: Random) -> Iterator[Assessment]:
    habits = [
        habit
        for habit in HABITS[course.referral.organisation]
        if rng.random() < habit.share
    ]
    if not any(habit.in_place for habit in habits):
        yield from _followed(course, COMMON, course.askings, rng)
    for habit in habits:
        askings = [_handed_in(asking, rng) for asking in course.askings]
        for instrument in habit.instruments:
            kept = [one for one in askings if rng.random() > NOT_HANDED_BACK]
            yield from _followed(course, instrument, kept, rng)


def _handed_in(asking: Asking, rng: Random) -> Asking:
    """Return when a form came back that is asked beside the common one."""
    late = rng.randint(1, 3) if rng.random() < HANDED_IN_LATER else 0
    return replace(asking, day=asking.day + timedelta(days=late))


def _followed(
    course: Course, instrument: str, askings: Sequence[Asking], rng: Random
) -> Iterator[Assessment]:
    for asking in askings:
        if asking.day <= LAST_DAY:
            assessment = _assessment(course, instrument, asking, rng)
            yield assessment
            if rng.random() < SENT_TWICE:
                yield assessment


def _assessment(
    course: Course, instrument: str, asking: Asking, rng: Random
) -> Assessment:
    assessment = Assessment(
        reference="",
        referral=course.referral,
        instrument=instrument,
        completed_on=asking.day,
        completed_by=pick(rng, COMPLETED_BY),
        mode=pick(rng, MODES),
        is_withdrawn=rng.random() < WITHDRAWN,
    )
    if instrument == SAFETY:
        answer = rng.choice(read_words("words")["safety"])
        codes = tuple(answer["codes"]) if rng.random() < CODED else ()
        return replace(assessment, words=answer["words"], codes=codes)
    return filled_in(assessment, asking.level, rng)
