"""The codebook, what coders put on a story, and how far they agree."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field
from pydantic_core import core_schema

from shared.bodies import CODE_PATTERN, Checked, Code, FewWords, In

MOST_THEMES = 60
LAST_VERSION = 1_000_000

Version = Annotated[int, Field(ge=1, le=LAST_VERSION)]

# Of these a fault is told as one sentence: where a key is no code, it may be a text
# that nobody is to read in an error.
CODE = core_schema.str_schema(pattern=CODE_PATTERN, max_length=40, strict=True)
Crosswalk = Annotated[
    dict[str, list[str]],
    Checked(
        core_schema.dict_schema(
            CODE,
            core_schema.list_schema(CODE, max_length=MOST_THEMES, strict=True),
            max_length=MOST_THEMES,
        ),
        "a crosswalk has a list of new codes, perhaps an empty one, for each old code",
        {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    ),
]
Sliders = Annotated[
    dict[str, float | None],
    Checked(
        core_schema.dict_schema(
            CODE,
            core_schema.nullable_schema(
                core_schema.float_schema(ge=0, le=1, allow_inf_nan=False, strict=True)
            ),
            max_length=3,
        ),
        "there are 3 sliders at most, each a code with a number from 0 to 1 or null",
        {
            "type": "object",
            "additionalProperties": {"type": ["number", "null"]},
            "maxProperties": 3,
        },
    ),
]


class ThemeIn(In):
    """A theme: what it is called, and when a coder puts it on a story.

    Attributes:
        plain: What it is called to somebody who tells a story.
    """

    code: Code
    name: FewWords
    plain: FewWords
    definition: FewWords
    include: FewWords
    exclude: FewWords
    example: FewWords


class CodebookIn(In):
    """A version of the codebook as it is published; it is never changed after that."""

    source: FewWords = Field(description="Where its themes come from")
    themes: Annotated[list[ThemeIn], Field(min_length=1, max_length=MOST_THEMES)]
    crosswalk: Crosswalk = Field(
        default_factory=dict,
        description="What every theme of the version before became: one code or several"
        " of this version, or none where it was dropped",
    )


class Codebook(CodebookIn):
    """A published version of the codebook."""

    version: int
    published_by: str | None = Field(
        description="An organisation; null of a version that came with the system"
    )
    published_at: datetime


class CodingIn(In):
    """Which themes a coder found in a story; none is an answer, too.

    Attributes:
        coder: A pseudonym that the organisation gave, never a name.
    """

    coder: Code
    codebook: Version
    themes: Annotated[list[Code], Field(max_length=MOST_THEMES)]


class Coding(BaseModel):
    """What one coder put on a story by one version of the codebook.

    Attributes:
        first: What the coder had put on it at first, if that was changed since.
    """

    coder: str
    codebook: int
    themes: list[str]
    first: list[str] | None = None


class MeaningIn(In):
    """What a story is about to the person who told it; never merged with codings.

    Attributes:
        themes: As the teller picked them from the plain words of the codebook.
        sliders: How far something was so, from 0 to 1; null: it does not apply.
    """

    themes: Annotated[list[Code], Field(max_length=5)] = []
    sliders: Sliders = {}


class Figure(BaseModel):
    """A measure of agreement, or the reason why there is none."""

    value: float | None = Field(description="1 is perfect, 0 no better than chance")
    guide: str | None = Field(None, description="A rough guide to what it is worth")
    reason: str | None = Field(None, description="Why there is no value")


class ThemeAgreement(BaseModel):
    """How far coders agree on one theme."""

    theme: str
    kappa: Figure
    alpha: Figure


class Disagreement(BaseModel):
    """A theme that some coders put on a story and others did not."""

    reference: str
    theme: str
    yes: list[str]
    no: list[str]


class AgreementOut(BaseModel):
    """How far an organisation's coders agree, and what they may want to talk about."""

    codebook: int
    stories: int = Field(description="Coded by two coders or more with this version")
    coders: int
    is_complete: bool = Field(
        description="False: there are more stories, and these were taken by chance"
    )
    themes: list[ThemeAgreement]
    disagreements: list[Disagreement]
    next: str | None = Field(None, description="Value of `after` for the next page")
