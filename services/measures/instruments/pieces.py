"""The pieces that definitions are made of, each with where it comes from."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

Number = int | Fraction
SourceText = Annotated[
    str, StringConstraints(pattern=r"^(verified|unverified|chosen): .+")
]
SnomedCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,18}$")]


def exactly(value: object) -> Number:
    """Return a number as it was written: whole numbers as int, others as fraction.

    Raises:
        ValueError: it is no number, or endless.
    """
    if isinstance(value, bool) or not isinstance(
        value, int | float | Decimal | Fraction
    ):
        msg = "a number is needed"
        raise ValueError(msg)
    try:
        exact = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    except OverflowError as error:
        msg = "a number is needed that ends"
        raise ValueError(msg) from error
    return exact.numerator if exact.denominator == 1 else exact


Exact = Annotated[
    int | Fraction,
    BeforeValidator(exactly),
    PlainSerializer(float, return_type=float),
]


class Sourced(BaseModel):
    """A piece of a definition, with where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    source: SourceText


class Licence(Sourced):
    """Who may use the instrument."""

    note: str


class Direction(Sourced):
    """Which way is better."""

    better: Literal["higher", "lower"]


class Range(Sourced):
    """Whole numbers from lowest to highest, both included."""

    lowest: int
    highest: int


class Items(Range):
    """Items that make up a score, and the field of `responses` they are sent in."""

    count: int = Field(ge=1)
    field: str = "items"
    declined: int | None = Field(
        None, description="A code for a question not answered; it counts as missing"
    )


class YesNo(Sourced):
    """Facts that are reported and never scored."""

    count: int = Field(ge=1)


class Choices(Sourced):
    """Option indexes as printed on the form, instead of scores."""

    reverse_items: list[int] | None = Field(
        None, description="Which are turned round, by the licensed form; 1 is the first"
    )


class Missing(Sourced):
    """How many items may be missing, and what stands in for them."""

    most: int = Field(ge=0)
    rule: Literal["prorate", "mean_of_answered", "all_needed"]

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.rule == "all_needed" and self.most:
            msg = "where all items are needed, none may be missing"
            raise ValueError(msg)
        return self


class Scale(Sourced):
    """One of several scores of a form: the mean of some neighbouring items."""

    first: int
    last: int
    missing: Missing

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        if self.missing.most > self.last - self.first:
            msg = "a mean needs at least one answer"
            raise ValueError(msg)
        return self


class CutOff(Sourced):
    """Where the clinical range ends (or begins, where lower is better).

    The value itself is `otherwise`.
    """

    field: str
    value: Exact
    below: str | bool
    otherwise: str | bool
    is_always_told: bool = Field(
        False, description="Whether the field is there, null, where there is no score"
    )


class Band(BaseModel):
    """A name for scores from here to the next band."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    at_least: Exact | None = None
    above: Exact | None = None

    @model_validator(mode="after")
    def _begins_somewhere(self) -> Self:
        if (self.at_least is None) == (self.above is None):
            msg = "a band begins `at_least` at or `above` a score"
            raise ValueError(msg)
        return self

    def holds(self, score: Number) -> bool:
        """Say whether a score is in this band or a higher one."""
        if self.at_least is not None:
            return score >= self.at_least
        return self.above is not None and score > self.above

    @property
    def begins(self) -> Number:
        """Where the band begins."""
        return self.at_least if self.at_least is not None else (self.above or 0)


class Bands(Sourced):
    """Names for ranges of the score, from the lowest to the highest."""

    field: str
    steps: list[Band] = Field(min_length=2)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        bounds = [band.begins for band in self.steps]
        if bounds != sorted(set(bounds)):
            msg = "each band begins higher than the one before"
            raise ValueError(msg)
        return self

    def name_of(self, score: Number) -> str:
        """Return the name of the band that an unrounded score is in."""
        found = self.steps[0].name
        for band in self.steps:
            if not band.holds(score):
                break
            found = band.name
        return found


class Flag(Sourced):
    """An item that is told on its own: whether it is at least this; null if missing."""

    item: int
    at_least: int


class Conversion(Sourced):
    """What each possible total becomes, from the lowest to the highest."""

    values: list[Exact]


class Threshold(Sourced):
    """The smallest change that is reliable; the value itself is reliable."""

    threshold: Exact = Field(gt=0)
    per: Literal["score", "item", "goal"] = "score"


class ReferenceGroup(Sourced):
    """What a reliable change index is computed from (Jacobson and Truax)."""

    sd: Exact = Field(gt=0, description="Standard deviation at baseline")
    reliability: Exact = Field(gt=0, lt=1)
    reliability_kind: Literal["test_retest", "alpha"]


class Partner(Sourced):
    """The instrument whose change is judged together with this one's."""

    instrument: str


class Snomed(Sourced):
    """SNOMED CT codes, as text: 16 digits do not fit a float."""

    codes: list[SnomedCode] = Field(min_length=1)
    per: Literal["score", "item", "goal"] = "score"
    older: list[SnomedCode] = Field([], description="Codes of before, still seen")


class LocalCodes(Sourced):
    """Codes of our own, by score, where SNOMED CT has none."""

    codes: dict[str, str]


class Correlation(Sourced):
    """The assumed correlation between goals."""

    rho: Exact = Field(ge=0, lt=1)
