"""What is kept of a story that was told, and what is published of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.stories.rules.codes import ASPIRATIONS, STEPS, STRENGTHS, travelling
from services.stories.rules.consent import day_of, held_consent
from services.stories.rules.reading import SHARED_LEVELS
from services.stories.rules.replies import answering_days
from services.stories.schemas import Kept, StoryIn
from shared.events import Moment, StoryState


@dataclass(frozen=True, slots=True)
class StoryAddress:
    """Which story: its id, its owner, and where its text can be asked for."""

    id: UUID
    organisation: str
    text_url: str


def told(body: StoryIn, referral_id: UUID | None) -> Kept:
    """Return what is kept of a story that was told."""
    consents = [body.consent] if body.consent else []
    return Kept(told=body, referral_id=referral_id, consents=consents)


def story_state(kept: Kept, address: StoryAddress, recorded_at: datetime) -> StoryState:
    """Derive what is published from what is kept: codes and dates, no words.

    While consent is `none` or `internal`, only that there is a story. A code of no
    list may be a name: it stays home.
    """
    sent, consent = kept.told, held_consent(kept, day_of(recorded_at))
    state = StoryState(
        id=address.id,
        organisation=address.organisation,
        recorded_at=recorded_at,
        kind=sent.kind,
        told_on=sent.told_on,
        consent=consent,
        moderation=kept.moderation,
    )
    if consent.level not in SHARED_LEVELS:
        return state
    return state.model_copy(
        update={
            "referral": kept.referral_id,
            "moments": [_travelling(moment) for moment in moment_states(sent)],
            "themes": kept.themes,
            "strengths": travelling(sent.strengths, STRENGTHS),
            "aspirations": travelling(sent.aspirations, ASPIRATIONS),
            "dataref": address.text_url,
            **answering_days(kept),
        }
    )


def moment_states(sent: StoryIn) -> list[Moment]:
    """Return a story's moments without their words."""
    return [Moment(kind=moment.kind, step=moment.step) for moment in sent.moments]


def _travelling(moment: Moment) -> Moment:
    [step] = travelling([moment.step], STEPS)
    return moment.model_copy(update={"step": step})
