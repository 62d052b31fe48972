"""Who is served, who is measured, who is heard: the same groups side by side.

Like every comparison it is worked out from published figures alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from pydantic import BaseModel, Field

from services.aggregation.disclosure import SUPPRESSED, Figure, Hidden
from services.aggregation.equity import ROUNDED_NOTE, SHARES_NOTE, figure_of, shares
from services.aggregation.indicators import Indicator
from services.aggregation.rules import NOT_KNOWN, NOT_STATED
from services.aggregation.schemas import MomentOut, Question

SERVED: Final = "access_count"
MEASURED: Final = "measured_count"
HEARD: Final = "heard_count"
VOICES: Final = (SERVED, MEASURED, HEARD)
GAP_NOTE = (
    "Where a group's share of those asked how they are, or of the stories, is smaller"
    " than its share of those who are seen, the figures and the stories say less about"
    " it. People, pairs and stories are not the same people one by one."
)


class Voice(BaseModel):
    """Whom one of the three is about: coverage, and those in no comparison."""

    indicator: str
    title: str
    coverage: int | Hidden | None = Field(description="Percent whose group is known")
    not_known: Figure | None
    not_stated: Figure | None


class GroupVoice(BaseModel):
    """A group's share of each, in percent, and how far that is from being served."""

    group: str
    served: int | Hidden
    measured: int | Hidden
    heard: int | Hidden
    measured_gap: int | Hidden = Field(description="Percentage points over `served`")
    heard_gap: int | Hidden = Field(description="Percentage points over `served`")


class VoiceGapOut(BaseModel):
    """Who is served, measured and heard, by one breakdown."""

    breakdown: str
    scope: str
    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="to")
    as_of: datetime | None
    served: Voice
    measured: Voice
    heard: Voice
    groups: list[GroupVoice]
    notes: list[str]
    moments: list[MomentOut]


def difference(share: int | Hidden, served: int | Hidden) -> int | Hidden:
    """Return the percentage points between two shares; hidden with either."""
    if share == SUPPRESSED or served == SUPPRESSED:
        return SUPPRESSED
    return share - served


class Side(NamedTuple):
    """One of the three: a year's totals by group, and of all groups together."""

    indicator: Indicator
    figures: list[Figure]
    everyone: int | Hidden
    notes: list[str]


def voice_gap_of(
    question: Question,
    as_of: datetime | None,
    sides: Sequence[Side],
    moments: list[MomentOut],
) -> VoiceGapOut:
    """Return the groups' shares of a year's figures, side by side.

    Args:
        question: What was asked, about any of the three.
        as_of: The moment of the newest message.
        sides: Of those in `VOICES`, in that order.
        moments: What people told, under the same filter.
    """
    served, measured, heard = (shares(one.figures, one.everyone) for one in sides)
    voices = [_voice(side) for side in sides]
    beside = dict.fromkeys(note for side in sides for note in side.notes)
    return VoiceGapOut(
        breakdown=question.breakdown or "",
        scope=question.scope,
        first=question.first.strftime("%Y-%m"),
        last=question.last.strftime("%Y-%m"),
        as_of=as_of,
        served=voices[0],
        measured=voices[1],
        heard=voices[2],
        groups=[
            GroupVoice(
                group=group,
                served=share,
                measured=measured[group],
                heard=heard[group],
                measured_gap=difference(measured[group], share),
                heard_gap=difference(heard[group], share),
            )
            for group, share in served.items()
        ],
        notes=[*beside, ROUNDED_NOTE, SHARES_NOTE, GAP_NOTE],
        moments=moments,
    )


def _voice(side: Side) -> Voice:
    return Voice(
        indicator=side.indicator.code,
        title=side.indicator.title,
        coverage=side.figures[0].completeness,
        not_known=figure_of(side.figures, NOT_KNOWN),
        not_stated=figure_of(side.figures, NOT_STATED),
    )
