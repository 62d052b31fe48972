"""What keeps a framework from being published, all of it in one list.

Pure functions: no database, no clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from services.aggregation.frameworks.definition import (
    NO_MATCH,
    FrameworkIn,
    MeasureIn,
    OutcomeIn,
)
from services.aggregation.frameworks.versions import Version, spans_of
from shared.problems import FieldProblem, pointer

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What a framework is held against.

    Attributes:
        indicators: Codes of the catalogue.
        versions: Of this framework, in order of publication.
        shared: Codes of the shared framework's outcomes; None if there is no such one.
    """

    indicators: Collection[str]
    versions: Sequence[Version]
    shared: Collection[str] | None
    today: date


class Fault(NamedTuple):
    """What is wrong, and where."""

    at: Path
    sentence: str


def faults_of(sent: FrameworkIn, known: Known) -> list[FieldProblem]:
    """Return all that is wrong with a framework; nothing, if it can be published."""
    found = [
        *_of_dates(sent, known),
        *_of_questions(sent),
        *_of_crosswalk(sent, known),
        *_of_outcomes(sent, known),
    ]
    return [FieldProblem(pointer=pointer(one.at), detail=one.sentence) for one in found]


def _of_dates(sent: FrameworkIn, known: Known) -> Iterator[Fault]:
    begin, end = sent.valid_from, sent.valid_to
    if begin.day != 1:
        said = "It begins on the first day of a month: figures are counted by month."
        yield Fault(("valid_from",), said)
    if end is not None and (end + timedelta(days=1)).day != 1:
        said = "It ends on the last day of a month: figures are counted by month."
        yield Fault(("valid_to",), said)
    if end is not None and end < begin:
        yield Fault(("valid_to",), "It ends before it begins.")
    if overlap := _overlap(sent, known):
        yield Fault(("valid_from",), overlap)


def _overlap(sent: FrameworkIn, known: Known) -> str | None:
    """Return why it cannot begin when it says, if another version holds then."""
    begin = sent.valid_from
    for span in reversed(spans_of(known.versions)):
        if _differ_only_in_their_end(sent, span.version.content):
            continue
        if begin <= span.first <= known.today:
            return (
                f"Another version has been in effect since {span.first}: begin later."
            )
        agreed = span.version.content.valid_to
        if span.first < begin and agreed is not None and begin <= agreed == span.last:
            return (
                f"Another version is agreed until {agreed}. Begin later, or first"
                " publish that one again with an earlier valid_to."
            )
    return None


def _differ_only_in_their_end(one: FrameworkIn, other: FrameworkIn) -> bool:
    return one.model_copy(update={"valid_to": None}) == other.model_copy(
        update={"valid_to": None}
    )


def _of_questions(sent: FrameworkIn) -> Iterator[Fault]:
    yield from _twice([one.code for one in sent.questions], "questions", "question")
    needed = {code for measure in sent.measures() for code in measure.asks}
    for number, question in enumerate(sent.questions):
        if question.code not in needed:
            yield Fault(("questions", number), "No indicator needs this question.")
    asked = sum(one.count for one in sent.questions if one.serves == "system")
    if asked > sent.question_budget:
        said = (
            f"People would be asked {asked} questions for the system's sake;"
            f" {sent.question_budget} were agreed."
        )
        yield Fault(("question_budget",), said)


def _twice(codes: Sequence[str], where: str, what: str) -> Iterator[Fault]:
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield Fault((where, number), f"This {what} is there twice.")


def _of_crosswalk(sent: FrameworkIn, known: Known) -> Iterator[Fault]:
    if sent.shared is not None and (known.shared is None or sent.shared == sent.id):
        yield Fault(("shared",), "There is no such framework to compare with.")
    for at, outcome in _outcomes(sent):
        yield from _of_matches((*at, "matches"), outcome, sent, known)


def _of_matches(
    at: Path, outcome: OutcomeIn, sent: FrameworkIn, known: Known
) -> Iterator[Fault]:
    if sent.shared is None:
        if outcome.matches is not None:
            yield Fault(at, "Say in `shared` which framework is compared with.")
    elif outcome.matches is None:
        said = f"Say which shared outcomes it is like, or {NO_MATCH}."
        yield Fault(at, said)
    elif outcome.matches != NO_MATCH and known.shared is not None:
        for number, code in enumerate(outcome.matches):
            if code not in known.shared:
                yield Fault((*at, number), "The shared framework has no such outcome.")


def _of_outcomes(sent: FrameworkIn, known: Known) -> Iterator[Fault]:
    codes: set[str] = set()
    questions = {question.code for question in sent.questions}
    for at, outcome in _outcomes(sent):
        if outcome.code in codes:
            yield Fault((*at, "code"), "Another outcome has this code.")
        codes.add(outcome.code)
        if not outcome.indicators:
            said = "An outcome needs an indicator: name at least one."
            yield Fault((*at, "indicators"), said)
        measures = [measure.code for measure in outcome.indicators]
        for number, measure in enumerate(outcome.indicators):
            here = (*at, "indicators", number)
            if measure.code in measures[:number]:
                yield Fault(here, "This indicator is there twice.")
            yield from _of_catalogue(here, measure, known)
            yield from _of_asking(here, measure, known.today)
            for place, code in enumerate(measure.asks):
                if code not in questions:
                    said = "`questions` has no such question."
                    yield Fault((*here, "asks", place), said)


def _of_catalogue(at: Path, measure: MeasureIn, known: Known) -> Iterator[Fault]:
    is_known = measure.code in known.indicators
    if not is_known and measure.not_measured_yet is None:
        said = (
            "The catalogue has no such indicator (GET /indicators). If nobody measures"
            " it yet, say in `not_measured_yet` what is missing."
        )
        yield Fault((*at, "code"), said)
    if is_known and measure.not_measured_yet is not None:
        said = "The catalogue has this indicator: it is measured."
        yield Fault((*at, "not_measured_yet"), said)


def _of_asking(at: Path, measure: MeasureIn, today: date) -> Iterator[Fault]:
    if not measure.statutory:
        if measure.asked_by is None:
            said = "Nobody asked for this. Say who did, or that it is statutory."
            yield Fault((*at, "asked_by"), said)
        if measure.asked_on is None:
            yield Fault((*at, "asked_on"), "Say on which day it was asked for.")
    if measure.asked_on is not None and measure.asked_on > today:
        yield Fault((*at, "asked_on"), "This day has not come yet.")


def _outcomes(sent: FrameworkIn) -> Iterator[tuple[Path, OutcomeIn]]:
    for number, aim in enumerate(sent.aims):
        for place, outcome in enumerate(aim.outcomes):
            yield ("aims", number, "outcomes", place), outcome
