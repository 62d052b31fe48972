"""Answers of aggregation, and the question that a figure answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.aggregation.disclosure import Figure
from services.aggregation.indicators import Indicator
from services.aggregation.indicators.definition import Unit
from services.aggregation.trend import Trend


@dataclass(frozen=True, slots=True)
class Question:
    """Which figures are asked for.

    Attributes:
        scope: `system`, `place:NAME` or `organisation:CODE`.
        members: Codes of the organisations in it.
        first: First day of the first month.
        last: First day of the last month.
        release: Which release is asked; None is what is counted now.
    """

    indicator: Indicator
    scope: str
    members: list[str]
    breakdown: str | None
    first: date
    last: date
    release: int | None


class MomentOut(BaseModel):
    """A moment that its teller agreed to share; `dataref` is where its words are."""

    story_id: UUID
    position: int = Field(description="Which of the story's moments, from 0")
    kind: Literal["magic", "miserable", "mixed"]
    step: str
    month: str
    organisation: str
    dataref: str | None
    sequence: int = Field(exclude=True)


class IndicatorOut(BaseModel):
    """An indicator of the catalogue."""

    code: str
    title: str
    unit: Unit
    direction: Literal["higher", "lower", "neither"]
    caveat: str
    breakdowns: list[str]


class Catalogue(BaseModel):
    """All indicators, and what they can be asked by."""

    indicators: list[IndicatorOut]
    places: list[str]


class AskedFor(BaseModel):
    """Why a figure is looked at: the outcome it speaks for, and who asked for it.

    Attributes:
        version: Of the framework, which held in these months.
    """

    framework: str
    version: str
    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="to")
    outcome: str
    words: str
    asked_by: str | None
    asked_on: date | None
    statutory: bool


class Answered(BaseModel):
    """What was asked, as of when, and what stands beside every answer to it."""

    indicator: str
    title: str
    unit: Unit
    direction: Literal["higher", "lower", "neither"]
    breakdown: str | None
    scope: str
    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="to")
    as_of: datetime | None
    release: int | None = Field(
        description="GET /releases/{number}; null where it is of this moment"
    )
    definition_version: str
    notes: list[str]
    moments: list[MomentOut]


class Provenance(BaseModel):
    """What made a figure, beside its definition and its release.

    Attributes:
        frameworks: Versions in effect in these months that ask for it, by framework.
        scorings: By instrument, `version of it/version of its scoring rules` of all
            pairs of scores there; a version with a part in few pairs is left out.
        offsets: By topic, the offset to be read next of each partition, from 0 on; none
            where figures are of this moment.
    """

    frameworks: dict[str, list[str]]
    scorings: dict[str, list[str]]
    offsets: dict[str, list[int]]


class FiguresOut(Answered):
    """Figures of one indicator, with moments under the same filter beside them."""

    figures: list[Figure]
    totals: list[Figure] = Field(description="Of a year within the period, if any is")
    totals_first: str | None = Field(
        serialization_alias="totals_from",
        description="Month in which that year begins; it ends with a quarter",
    )
    totals_last: str | None = Field(serialization_alias="totals_to")
    trend: Trend | None = Field(description="Null where asked by groups")
    made_of: Provenance | None = Field(
        None, description="Beside `definition_version` and `release`"
    )
    pairing: dict[str, list[Figure]] = Field(
        {},
        description="Beside outcomes, by indicator: of those whose support ended, how"
        " many were asked at least twice; totals of the same year and groups",
    )
    asked_for: list[AskedFor] = Field([], description="By the framework asked with")
