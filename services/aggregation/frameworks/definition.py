"""What a framework says: aims, outcomes, indicators, and what is asked of people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from shared.bodies import CalendarDate, Code, FewWords, In

ID_PATTERN: Final = r"^[a-z][a-z0-9-]{0,39}$"
NO_MATCH: Final = "no match"
MOST_AIMS = 12
MOST_OUTCOMES = 30
MOST_INDICATORS = 30
MOST_QUESTIONS = 60
MOST_PLACES = 20

FrameworkId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Place = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")
]


class MeasureIn(In):
    """An indicator that a framework looks at, and who asked for it.

    Attributes:
        code: Of the catalogue (`GET /indicators`).
        asked_by: A group or a role, never a person's name.
        asks: Codes of the questions that people are asked for it; none, where it is
            counted from what is written down anyway.
        not_measured_yet: Of an indicator that the catalogue does not have: what is
            missing. It is shown as a gap instead of being left out.
    """

    code: Code
    asked_by: FewWords | None = None
    asked_on: CalendarDate | None = None
    statutory: bool = False
    asks: Annotated[list[Code], Field(max_length=MOST_QUESTIONS)]
    not_measured_yet: FewWords | None = None


class OutcomeIn(In):
    """What should become better, for a person or for the system around them.

    Attributes:
        big_three: Which of the Lambeth Big Three it serves, if any.
        matches: Outcomes of the shared framework that say the same, or `no match`.
    """

    code: Code
    words: FewWords
    level: Literal["person", "system"]
    big_three: Literal[1, 2, 3] | None = None
    source: FewWords | None = None
    matches: (
        Annotated[list[Code], Field(min_length=1, max_length=MOST_OUTCOMES)]
        | Literal["no match"]
        | None
    ) = None
    indicators: Annotated[list[MeasureIn], Field(max_length=MOST_INDICATORS)]


class AimIn(In):
    """What all of it is for."""

    words: FewWords
    outcomes: Annotated[list[OutcomeIn], Field(min_length=1, max_length=MOST_OUTCOMES)]


class QuestionIn(In):
    """Something that people are asked.

    Attributes:
        count: How many questions it is to the person who answers.
        serves: `person` where the answers are used with the person who gave them;
            `system` where only others look at them.
    """

    code: Code
    words: FewWords
    count: Annotated[int, Field(ge=1, le=500)]
    serves: Literal["person", "system"]


class FrameworkIn(In):
    """A framework as it is published; it is never changed after that.

    Attributes:
        places: Whose figures it looks at; none for the whole system.
        valid_from: The first day of a month: figures are counted by month.
        valid_to: The last day of a month; nothing where no end was agreed.
        question_budget: How many questions people may be asked for the system's sake.
        shared: The framework whose outcomes are the shared ones of its crosswalk.
    """

    id: FrameworkId
    title: FewWords
    site: FewWords
    source: FewWords | None = None
    places: Annotated[list[Place], Field(max_length=MOST_PLACES)] = []
    valid_from: CalendarDate
    valid_to: CalendarDate | None = None
    question_budget: Annotated[int, Field(ge=0, le=500)]
    shared: FrameworkId | None = None
    questions: Annotated[list[QuestionIn], Field(max_length=MOST_QUESTIONS)] = []
    aims: Annotated[list[AimIn], Field(min_length=1, max_length=MOST_AIMS)]

    def outcomes(self) -> Iterator[OutcomeIn]:
        """Yield the outcomes of all aims, in order."""
        for aim in self.aims:
            yield from aim.outcomes

    def measures(self) -> Iterator[MeasureIn]:
        """Yield the indicators of all outcomes, in order."""
        for outcome in self.outcomes():
            yield from outcome.indicators
