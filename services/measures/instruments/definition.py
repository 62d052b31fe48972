"""What an instrument's data file says: ranges, rules and thresholds, each sourced."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    computed_field,
    model_validator,
)

Source = Annotated[str, StringConstraints(pattern=r"^(verified|unverified|chosen): .+")]
Exact = Annotated[Fraction, PlainSerializer(float, return_type=float)]
SnomedCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,18}$")]


class Sourced(BaseModel):
    """A piece of a definition, with where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Source


class Licence(Sourced):
    """Who may use the instrument."""

    note: str


class Direction(Sourced):
    """Which way is better."""

    better: Literal["higher"]


class Range(Sourced):
    """Whole numbers from lowest to highest, both included."""

    lowest: int
    highest: int


class Items(Range):
    """Items that make up a score."""

    count: int


class Missing(Sourced):
    """How many items may be missing, and what stands in for them."""

    most: int
    rule: Literal["prorate"]


class CutOff(Sourced):
    """Where the clinical range ends; the value itself is outside it."""

    value: Exact
    below: str
    otherwise: str


class Threshold(Sourced):
    """The smallest change that is reliable; the value itself is reliable."""

    threshold: Exact


class Snomed(Sourced):
    """SNOMED CT codes, as text: 16 digits do not fit a float."""

    codes: list[SnomedCode]


class Instrument(BaseModel):
    """What all instruments have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+$")]
    name: str
    version: str
    scoring_version: str
    licence: Licence
    direction: Direction
    reliable_change: Threshold
    cut_off: CutOff | None = None
    snomed: Snomed


class Questionnaire(Instrument):
    """An instrument of items that are scored together."""

    kind: Literal["questionnaire"]
    scoring: Literal["sum"]
    items: Items
    separate_items: dict[str, Range] = Field(
        {}, description="Items reported alone, never part of the total"
    )
    total: Range
    missing: Missing

    @computed_field
    def item_codes(self) -> list[str]:
        """Names of the items, in order; their wording stays with the licensor."""
        return [f"{self.code}.q{n:02}" for n in range(1, self.items.count + 1)]

    @model_validator(mode="after")
    def _totals_what_its_items_give(self) -> Self:
        span = (self.items.lowest, self.items.highest)
        if [self.items.count * end for end in span] != [
            self.total.lowest,
            self.total.highest,
        ]:
            msg = "the range of the total is not that of the items"
            raise ValueError(msg)
        return self


class GoalMeasure(Instrument):
    """An instrument that follows a person's own goals, each rated on its own."""

    kind: Literal["goals"]
    scoring: Literal["goal_change"]
    rating: Range
    mean_change: Threshold


Definition = Annotated[Questionnaire | GoalMeasure, Field(discriminator="kind")]
