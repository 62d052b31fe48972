"""What is answered about frameworks: themselves, their versions, and their reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.aggregation.frameworks.definition import (
    FrameworkIn,
    MeasureIn,
    OutcomeIn,
    QuestionIn,
)
from services.aggregation.schemas import FiguresOut, MomentOut


class VersionOut(BaseModel):
    """A version, and when it is in effect; `in_effect_from` is null if it never is."""

    version: str
    in_effect_from: date | None
    in_effect_to: date | None
    published_at: datetime
    published_by: str | None = Field(
        description="An organisation; null of one that came with the installation"
    )


class FrameworkOut(BaseModel):
    """A published version of a framework, beside all its versions.

    Attributes:
        content: As it was sent: changed, it can be sent again.
    """

    version: str
    published_by: str | None
    published_at: datetime
    content: FrameworkIn
    versions: list[VersionOut]


class FrameworkSummary(BaseModel):
    """A framework in the list: what it is called now, and its versions."""

    id: str
    title: str
    site: str
    places: list[str]
    shared: str | None
    versions: list[VersionOut]


class FrameworkList(BaseModel):
    """All frameworks."""

    frameworks: list[FrameworkSummary]


class SharedOutcome(BaseModel):
    """An outcome of the shared framework."""

    code: str
    words: str


class MeasureReport(BaseModel):
    """An indicator with who asked for it and its figures, place by place.

    Attributes:
        title: As the catalogue calls it; null if it has no such indicator.
        figures: Of each place; none where it is not measured yet.
    """

    measure: MeasureIn
    title: str | None
    figures: list[FiguresOut]


class OutcomeReport(BaseModel):
    """An outcome with all that is known of it.

    Attributes:
        matches: The shared outcomes that say the same; null if it is not compared.
    """

    outcome: OutcomeIn
    matches: list[SharedOutcome] | Literal["no match"] | None
    indicators: list[MeasureReport]


class AimReport(BaseModel):
    """An aim with its outcomes."""

    words: str
    outcomes: list[OutcomeReport]


class PartReport(BaseModel):
    """The months of a report that one version answers for.

    Attributes:
        unmatched: Shared outcomes that have no counterpart here.
        places_without_partners: Places of which nobody has registered.
        moments: What people told in these months, under the same filter.
    """

    version: str
    title: str
    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="to")
    aims: list[AimReport]
    questions: list[QuestionIn]
    question_budget: int
    unmatched: list[SharedOutcome]
    places_without_partners: list[str]
    moments: list[MomentOut]


class GapOut(BaseModel):
    """Months for which no version holds."""

    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="to")


class ReportOut(BaseModel):
    """A framework with its figures: each month under the version of its time."""

    id: str
    title: str
    site: str
    places: list[str]
    shared: str | None
    shared_title: str
    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="to")
    parts: list[PartReport]
    without_a_version: list[GapOut]
