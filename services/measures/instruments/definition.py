"""What an instrument's data file says: ranges, rules and thresholds, each sourced."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    computed_field,
    model_validator,
)

from services.measures.instruments.pieces import (
    Bands,
    Choices,
    Conversion,
    Correlation,
    CutOff,
    Direction,
    Flag,
    Items,
    Licence,
    LocalCodes,
    Missing,
    Partner,
    Range,
    ReferenceGroup,
    Scale,
    Snomed,
    Sourced,
    Threshold,
    YesNo,
)

Scoring = Literal["sum", "mean", "means", "table"]
NEEDED: dict[Scoring, tuple[str, ...]] = {
    "sum": ("total", "missing"),
    "mean": ("total", "missing"),
    "means": ("scales",),
    "table": ("total", "missing", "conversion"),
}


class Instrument(BaseModel):
    """What all instruments have."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+$")]
    name: str
    version: str
    scoring_version: str
    licence: Licence
    left_to_site: list[str] = Field(
        [], description="What a site may set in its own file; all else is fixed"
    )
    wording: dict[str, str] | None = Field(
        None, description="By item code; only where this site has a licence and says it"
    )


class OpenQuestion(Instrument):
    """A question answered in a person's own words; coded later, never scored."""

    kind: Literal["open_question"]
    answer: Sourced

    @computed_field
    def item_codes(self) -> list[str]:
        """Name of the question; its wording is each place's own."""
        return [f"{self.code}.q01"]


class ScoredInstrument(Instrument):
    """What all instruments with a score have."""

    direction: Direction
    cut_off: CutOff | None = None
    reliable_change: Threshold | None = None
    reference_group: ReferenceGroup | None = Field(
        None, description="Where there is no threshold: what one is computed from"
    )
    snomed: Snomed | None = None
    local_codes: LocalCodes | None = None


class Questionnaire(ScoredInstrument):
    """An instrument of items that are scored together."""

    kind: Literal["questionnaire"]
    scoring: Scoring
    items: Items
    choices: Choices | None = Field(
        None, description="Whether option indexes may be sent, and which are reversed"
    )
    yes_no: YesNo | None = Field(
        None, description="Facts beside the items: 1 is yes, 0 is no; never averaged"
    )
    separate_items: dict[str, Range] = Field(
        {}, description="Items reported alone, never part of the total"
    )
    total: Range | None = None
    missing: Missing | None = None
    scales: dict[str, Scale] = Field({}, description="Several scores of one form")
    conversion: Conversion | None = None
    bands: Bands | None = None
    flags: dict[str, Flag] = {}
    together_with: Partner | None = None

    @computed_field
    def item_codes(self) -> list[str]:
        """Names of the items, in order; their wording stays with the licensor."""
        count = self.items.count + (self.yes_no.count if self.yes_no else 0)
        return [f"{self.code}.q{n:02}" for n in range(1, count + 1)]

    @cached_property
    def answer_fields(self) -> frozenset[str]:
        """What `responses` may hold."""
        lists = {self.items.field} | ({"yes_no"} if self.yes_no else set())
        choices = {"choices", "reverse_items"} if self.choices else set()
        return frozenset(lists | choices | self.separate_items.keys())

    @model_validator(mode="after")
    def _is_scorable(self) -> Self:
        absent = [name for name in NEEDED[self.scoring] if not getattr(self, name)]
        if absent:
            msg = f"scoring by {self.scoring} needs {', '.join(absent)}"
            raise ValueError(msg)
        numbers = [
            *(self.choices.reverse_items or [] if self.choices else []),
            *(flag.item for flag in self.flags.values()),
            *(n for scale in self.scales.values() for n in (scale.first, scale.last)),
        ]
        if not all(1 <= number <= self.items.count for number in numbers):
            msg = f"items are numbered 1 to {self.items.count}"
            raise ValueError(msg)
        change = self.reliable_change
        if change is not None and (change.per == "item") != (self.scoring == "means"):
            msg = "only several scores of one form are compared item by item"
            raise ValueError(msg)
        if self.missing and self.missing.most >= self.items.count:
            msg = "a score needs at least one answer"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _totals_what_its_items_give(self) -> Self:
        if self.total is None:
            return self
        times = 1 if self.scoring == "mean" else self.items.count
        ends = (self.total.lowest, self.total.highest)
        if ends != (self.items.lowest * times, self.items.highest * times):
            msg = "the range of the total is not that of the items"
            raise ValueError(msg)
        span = ends[1] - ends[0] + 1
        if self.conversion and len(self.conversion.values) != span:
            msg = f"the conversion needs {span} values, one for each total"
            raise ValueError(msg)
        return self


class GoalMeasure(ScoredInstrument):
    """An instrument that follows a person's own goals, each rated on its own."""

    kind: Literal["goals"]
    rating: Range
    reliable_change: Threshold
    mean_change: Threshold


class AttainmentMeasure(ScoredInstrument):
    """An instrument that scales how far goals are attained, as one T-score."""

    kind: Literal["attainment"]
    rating: Range
    baseline: Range
    weights: Range
    correlation: Correlation


Definition = Annotated[
    Questionnaire | GoalMeasure | AttainmentMeasure | OpenQuestion,
    Field(discriminator="kind"),
]
