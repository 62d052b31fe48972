"""A new referral is stored as the rules would have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.intake import rules
from services.intake.queries import referral_entry
from services.intake.schemas import Kept, ReferralIn
from shared.events import ReferralState
from shared.identity import Identity
from tests.builders import a_referral

IDENTITY = Identity(bytes(range(32)), "test-1")
RECORDED_AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def test_what_is_written_is_what_the_rules_derive() -> None:
    several: tuple[dict[str, Any], ...] = (
        {},
        {"own_words": 'She said "no"\n\\'},
        {"reasons": [], "age": None},
    )
    for changes in several:
        body = ReferralIn.model_validate(a_referral(**changes))
        entry = referral_entry(body, "G7H8J", IDENTITY, RECORDED_AT)
        kept = Kept(received=rules.received(body, "G7H8J", IDENTITY))
        state = rules.referral_state(kept, entry.id, "G7H8J", RECORDED_AT)
        assert Kept.model_validate_json(entry.kept) == kept
        assert ReferralState.model_validate_json(entry.state) == state
