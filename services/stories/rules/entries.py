"""A new story as it is stored and published, written in one go."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_json

from services.stories.rules.codes import ASPIRATIONS, STEPS, STRENGTHS, travelling
from services.stories.rules.consent import consent_on, day_of
from services.stories.rules.reading import SHARED_LEVELS
from services.stories.rules.states import StoryAddress
from services.stories.schemas import Kept, StoryIn
from shared.events import StoryState
from shared.records import Entry, joined

_write = StoryIn.__pydantic_serializer__.to_json
ALWAYS = {"id", "organisation", "recorded_at", "kind", "told_on", "consent"}
WHEN_SHARED = {"referral", "moments", "strengths", "aspirations", "dataref"}


def untouched(model: type[BaseModel], written: set[str]) -> bytes:
    """Return as JSON what a record is before anybody works on it, but for `written`."""
    fields = {n: f for n, f in model.model_fields.items() if n not in written}
    return to_json(
        {
            name: field.get_default(call_default_factory=True, validated_data={})
            for name, field in fields.items()
            if not field.is_required()
        }
        | ({"moderation": "submitted"} if "moderation" in fields else {})
    )


KEPT = untouched(Kept, {"told", "referral_id", "consents"})
SHARED = untouched(StoryState, ALWAYS | WHEN_SHARED)
NOT_SHARED = untouched(StoryState, ALWAYS)


def story_entry(
    body: StoryIn, referral_id: UUID | None, address: StoryAddress, at: datetime
) -> Entry:
    """Return a story that was told at a moment.

    It is what `states.told` and `states.story_state` say (a test holds them equal),
    written without building either.
    """
    given = {
        "referral_id": referral_id,
        "consents": [body.consent] if body.consent else [],
    }
    kept = joined(b'{"told":' + _write(body) + b"}", to_json(given), KEPT)
    consent = consent_on(day_of(at), body.consent, body.told_on)
    state = {
        "id": address.id,
        "organisation": address.organisation,
        "recorded_at": at,
        "kind": body.kind,
        "told_on": body.told_on,
        "consent": consent,
    }
    rest = NOT_SHARED
    if consent.level in SHARED_LEVELS:
        state |= _shared(body, referral_id, address)
        rest = SHARED
    return Entry(
        address.id,
        body.reference,
        kept.decode(),
        joined(to_json(state), rest).decode(),
        referral_id,
        found_by(body, referral_id),
    )


def _shared(
    body: StoryIn, referral_id: UUID | None, address: StoryAddress
) -> dict[str, Any]:
    return {
        "referral": referral_id,
        "moments": [
            {"kind": one.kind, "step": travelling([one.step], STEPS)[0]}
            for one in body.moments
        ],
        "strengths": travelling(body.strengths, STRENGTHS),
        "aspirations": travelling(body.aspirations, ASPIRATIONS),
        "dataref": address.text_url,
    }


def found_by(body: StoryIn, referral_id: UUID | None) -> tuple[Any, ...]:
    """Return what a story is found by: day, referral, end of consent, its words."""
    moments = [one.text for one in body.moments if one.text is not None]
    words = "\n".join([body.text, *moments, *body.recommendations])
    expires_on = body.consent.expires_on if body.consent else None
    return body.told_on, referral_id, expires_on, words
