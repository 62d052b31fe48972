"""Who is served, who is measured, who is heard: the same groups side by side.

Like every comparison it is worked out from published figures alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from pydantic import BaseModel, Field

from services.aggregation.disclosure import SUPPRESSED, Figure, Hidden
from services.aggregation.equity import ROUNDED_NOTE, SHARES_NOTE, figure_of, shares
from services.aggregation.rules import NOT_KNOWN, NOT_STATED
from services.aggregation.schemas import FiguresOut, MomentOut

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


class Counted(NamedTuple):
    """One of the three: its answer by groups, and how many there were in all."""

    answer: FiguresOut
    everyone: int | Hidden


def voice_gap_of(served: Counted, measured: Counted, heard: Counted) -> VoiceGapOut:
    """Return the groups' shares of a year's figures, side by side."""
    of_served, of_measured, of_heard = (
        shares(one.answer.totals, one.everyone) for one in (served, measured, heard)
    )
    every = (served.answer, measured.answer, heard.answer)
    beside = [note for answer in every for note in answer.notes]
    return VoiceGapOut(
        breakdown=heard.answer.breakdown or "",
        scope=heard.answer.scope,
        first=heard.answer.first,
        last=heard.answer.last,
        as_of=heard.answer.as_of,
        served=_voice(served.answer),
        measured=_voice(measured.answer),
        heard=_voice(heard.answer),
        groups=[
            GroupVoice(
                group=group,
                served=share,
                measured=of_measured[group],
                heard=of_heard[group],
                measured_gap=difference(of_measured[group], share),
                heard_gap=difference(of_heard[group], share),
            )
            for group, share in of_served.items()
        ],
        notes=[*dict.fromkeys(beside), ROUNDED_NOTE, SHARES_NOTE, GAP_NOTE],
        moments=heard.answer.moments,
    )


def _voice(answer: FiguresOut) -> Voice:
    return Voice(
        indicator=answer.indicator,
        title=answer.title,
        coverage=answer.totals[0].completeness,
        not_known=figure_of(answer.totals, NOT_KNOWN),
        not_stated=figure_of(answer.totals, NOT_STATED),
    )
