"""What to mind of a referral is said, and nothing is refused for it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.aggregation.rules import BREAKDOWNS, NOT_KNOWN, groups_of
from services.intake import quality, rules
from services.intake.schemas import (
    CircumstanceIn,
    ClosureIn,
    ContactIn,
    DecisionIn,
    Kept,
    WithdrawalIn,
)
from shared.events import QualityFlag
from tests.unit.intake.test_rules import a_contact, kept, state

NAME = "Zanzibar"


def with_journey(**changes: Any) -> Kept:  # noqa: ANN401
    """Return a referral received on 2 March 2026 with what happened to it."""
    return kept().model_copy(update=changes)


def a_decision(**changes: Any) -> DecisionIn:  # noqa: ANN401
    values = {"outcome": "not_for_us", "decided_on": "2026-03-04", "reason": "02"}
    return DecisionIn.model_validate(values | changes)


def contacts(*several: ContactIn) -> dict[str, ContactIn]:
    return {contact.reference: contact for contact in several}


WHOLE = {
    "decision": a_decision(),
    "contacts": contacts(a_contact()),
    "circumstances": [
        CircumstanceIn.model_validate(
            {"recorded_on": "2026-03-04", "accommodation": "02", "employment": "ZZ"}
        )
    ],
    "closure": ClosureIn.model_validate({"closed_on": "2026-06-30", "reason": "02"}),
}
ODD = CircumstanceIn.model_validate(
    {"recorded_on": "2026-04-01", "accommodation": NAME, "employment": f"{NAME}2"}
)


def test_a_referral_with_known_codes_in_order_of_days_has_no_flag() -> None:
    assert state(with_journey(**WHOLE)).quality == []


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"decision": a_decision(reason=NAME)}, ["unknown_code:decision_reason"]),
        (
            {"circumstances": [ODD]},
            ["unknown_code:accommodation", "unknown_code:employment"],
        ),
        (
            {
                "closure": ClosureIn.model_validate(
                    {"closed_on": "2026-03-10", "reason": NAME}
                )
            },
            ["unknown_code:closure_reason"],
        ),
        (
            {"contacts": contacts(a_contact(contact_on="2026-03-01"))},
            ["contact_before_received"],
        ),
        (
            {"decision": a_decision(decided_on="2026-03-01")},
            ["decision_before_received"],
        ),
        (
            {"closure": ClosureIn.model_validate({"closed_on": "2026-03-01"})},
            ["closure_before_received"],
        ),
        (
            {
                "closure": ClosureIn.model_validate({"closed_on": "2026-03-15"}),
                "contacts": contacts(a_contact(contact_on="2026-03-16")),
            },
            ["contact_after_closure"],
        ),
    ],
    ids=range(7),
)
def test_what_does_not_fit_is_flagged_and_no_unknown_code_is_published(
    changes: dict[str, Any], flags: list[str]
) -> None:
    published = state(with_journey(**changes))
    assert published.quality == flags
    assert NAME not in published.model_dump_json()
    for flag in flags:
        TypeAdapter(QualityFlag).validate_python(flag)
        if flag.startswith("unknown_code:"):
            assert "UNKNOWN" in published.model_dump_json()


def test_what_was_missed_is_no_contact_before_it_was_received() -> None:
    missed = a_contact(contact_on="2026-03-01", attended=False)
    assert state(with_journey(contacts=contacts(missed))).quality == []


def test_all_that_happens_on_one_day_fits() -> None:
    day = "2026-03-02"
    changes = {
        "decision": a_decision(decided_on=day),
        "contacts": contacts(a_contact(contact_on=day)),
        "closure": ClosureIn.model_validate({"closed_on": day}),
    }
    assert state(with_journey(**changes)).quality == []


def test_the_owner_keeps_an_unknown_code_as_it_was_sent() -> None:
    before = kept(source=NAME, reasons=["money", NAME, f"{NAME}2"])
    assert before.received.source == NAME
    assert before.received.reasons == ["money", NAME, f"{NAME}2"]
    published = state(before)
    assert published.source == "UNKNOWN"
    assert published.reasons == ["money", "UNKNOWN"]
    assert published.quality == ["unknown_code:source", "unknown_code:reasons"]


def test_aggregation_counts_an_unknown_code_as_not_known_in_every_breakdown() -> None:
    strange = kept(
        source="Friend", ethnicity="Ahmed", gender="1x", disabilities=["01x"]
    )
    groups = dict(zip(BREAKDOWNS, groups_of(state(strange)), strict=True))
    for breakdown in ("source", "ethnicity", "gender", "disability"):
        assert groups[breakdown] == NOT_KNOWN


def test_a_withdrawal_is_published_without_its_reason() -> None:
    withdrawal = WithdrawalIn.model_validate(
        {"withdrawn_on": "2026-03-05", "reason": f"It was {NAME}'s, not ours."}
    )
    withdrawn = rules.withdrawn(kept(), withdrawal)
    assert withdrawn is not None
    assert state(withdrawn).is_withdrawn
    assert NAME not in state(withdrawn).model_dump_json()
    assert rules.withdrawn(withdrawn, withdrawal) is None
    assert not state(kept()).is_withdrawn


def test_every_coded_field_of_a_body_is_a_field_of_what_is_kept_and_published() -> None:
    fields = [*quality.CODED, *quality.CODED_MANY]
    assert set(fields) <= state(kept()).model_dump().keys()
    assert all(re.fullmatch(r"[a-z_]+", field) for field in fields)
