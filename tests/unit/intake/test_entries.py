"""A new referral is stored as the rules would have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.intake import rules
from services.intake.codes import KNOWN
from services.intake.queries import referral_entry
from services.intake.schemas import Kept, ReferralIn
from shared.events import ReferralState
from shared.identity import Identity
from tests.builders import a_referral

IDENTITY = Identity(bytes(range(32)), "test-1")
RECORDED_AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
STRANGE = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_-]{0,39}\Z")


def some(name: str) -> st.SearchStrategy[str]:
    """Return codes of a list, and codes that may be in none."""
    return st.sampled_from(sorted(KNOWN[name])) | STRANGE


CODED = {
    "source": some("source"),
    "primary_reason": st.none() | some("primary_reason"),
    "priority": st.none() | some("priority"),
    "ethnicity": st.none() | some("ethnicity"),
    "gender": st.none() | some("gender"),
    "language": st.none() | some("language"),
    "reasons": st.lists(some("reasons"), max_size=4),
    "disabilities": st.lists(some("disability"), max_size=4),
}


def check(changes: dict[str, Any]) -> ReferralState:
    """Check that what is written is what the rules derive; return the state."""
    body = ReferralIn.model_validate(a_referral(**changes))
    entry = referral_entry(body, "G7H8J", IDENTITY, RECORDED_AT)
    kept = Kept(received=rules.received(body, "G7H8J", IDENTITY))
    state = rules.referral_state(kept, entry.id, "G7H8J", RECORDED_AT)
    assert Kept.model_validate_json(entry.kept) == kept
    assert ReferralState.model_validate_json(entry.state) == state
    return state


def test_what_is_written_is_what_the_rules_derive() -> None:
    several: tuple[dict[str, Any], ...] = (
        {},
        {"own_words": 'She said "no"\n\\'},
        {"reasons": [], "age": None},
    )
    for changes in several:
        assert check(changes).quality == []


@given(changes=st.fixed_dictionaries(CODED))
def test_whatever_the_codes_it_is_what_the_rules_derive(
    changes: dict[str, Any],
) -> None:
    state = check(changes)
    for field, sent in changes.items():
        name = "disability" if field == "disabilities" else field
        known = KNOWN[name] | {"UNKNOWN"}
        published = getattr(state, field)
        if not isinstance(sent, list):
            sent, published = [sent], [published]
        assert known.issuperset(code for code in published if code is not None)
        is_strange = not (KNOWN[name] | {None}).issuperset(sent)
        assert (f"unknown_code:{field}" in state.quality) == is_strange
        if not is_strange:
            assert published == sent
