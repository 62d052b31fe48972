"""What is published of an assessment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.measures.queries import assessment_entry, new_assessment
from services.measures.rules.assessments import (
    corrected,
    withdrawn,
)
from services.measures.schemas import AssessmentIn, KeptAssessment, WithdrawalIn
from shared.events import AssessmentState
from shared.identity import Identity
from shared.problems import InvalidContent
from tests.unit.measures.definitions import INSTRUMENTS
from tests.unit.measures.stating import assessment_state

IDENTITY = Identity(b"x" * 32, "k")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def an_assessment(**changes: Any) -> AssessmentIn:  # noqa: ANN401
    usual: dict[str, Any] = {
        "reference": "A-1",
        "referral": "LW-0001",
        "instrument": "reqol10",
        "completed_on": "2026-03-10",
        "completed_by": "person",
        "responses": {"items": [1, 2, 2, 3, 1, 4, 2, 1, 2, 1], "physical_health": 2},
    }
    return AssessmentIn.model_validate(usual | changes)


def state_of(
    body: AssessmentIn, withdrawal: WithdrawalIn | None = None
) -> AssessmentState:
    kept = KeptAssessment(recorded=body, withdrawal=withdrawal)
    return assessment_state(kept, "RTEST", IDENTITY, INSTRUMENTS, NOW)


def test_an_assessment_is_published_with_scores_and_without_references() -> None:
    state = state_of(an_assessment())
    assert state.scores == {
        "n_missing": 0,
        "total": 19.0,
        "physical_health": 2,
        "range": "clinical",
    }
    assert state.snomed_code == "1091071000000100"
    assert state.referral == IDENTITY.entity_id("RTEST", "referral", "LW-0001")
    assert "A-1" not in state.model_dump_json()
    assert "LW-0001" not in state.model_dump_json()


def test_how_it_was_answered_is_published_only_where_that_is_a_known_code() -> None:
    assert state_of(an_assessment(mode="phone")).mode == "phone"
    assert state_of(an_assessment(mode="Zanzibar")).mode == "UNKNOWN"
    assert state_of(an_assessment()).mode is None


def test_choices_are_published_as_item_scores() -> None:
    choices = [4, 0, 3, 1, 1, 4, 0, 1, 3, 1]
    answers = {"choices": choices, "reverse_items": [1, 3, 6, 9]}
    assert state_of(an_assessment(responses=answers)).items == [
        0, 0, 1, 1, 1, 0, 0, 1, 1, 1,
    ]  # fmt: skip


def test_too_many_gaps_are_published_without_a_total() -> None:
    state = state_of(an_assessment(responses={"items": [None, None, *[2] * 8]}))
    assert state.status == "not_scorable"
    assert state.scores["total"] is None
    assert state.scores["reason"] == "too_many_missing"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"instrument": "horoscope"}, "/instrument"),
        ({"instrument": "gbo"}, "/instrument"),
        ({"instrument": "gas"}, "/instrument"),
        ({"completed_on": "2026-06-03"}, "/completed_on"),
        ({"responses": {"items": [5, *[1] * 9]}}, "/responses/items/0"),
        ({"responses": {"items": [1] * 9}}, "/responses/items"),
        ({"responses": {"items": [1] * 10, "wording": 1}}, "/responses"),
    ],
)
def test_an_assessment_that_cannot_be_is_refused_with_a_pointer(
    change: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidContent) as refused:
        state_of(an_assessment(**change))
    assert [field.pointer for field in refused.value.errors] == [pointer]


def test_tomorrow_is_allowed_because_clocks_differ() -> None:
    state = state_of(an_assessment(completed_on="2026-06-02"))
    assert state.completed_on == date(2026, 6, 2)


def test_a_withdrawn_assessment_keeps_its_scores() -> None:
    state = state_of(an_assessment(), WithdrawalIn())
    assert state.is_withdrawn
    assert state.scores["total"] == 19.0


def test_correcting_to_the_same_changes_nothing() -> None:
    kept = KeptAssessment(recorded=an_assessment())
    assert corrected(kept, an_assessment(), INSTRUMENTS) is None


def test_a_correction_leaves_a_withdrawal_in_place() -> None:
    kept = KeptAssessment(recorded=an_assessment(), withdrawal=WithdrawalIn())
    after = corrected(kept, an_assessment(mode="phone"), INSTRUMENTS)
    assert after is not None
    assert after.withdrawal == WithdrawalIn()


def test_withdrawing_twice_changes_nothing() -> None:
    kept = KeptAssessment(recorded=an_assessment(), withdrawal=WithdrawalIn())
    assert withdrawn(kept, WithdrawalIn(), NOW.date()) is None


def test_mansa_is_published_with_its_ratings_and_then_its_facts() -> None:
    ratings, facts = [4, 5, None, 4, 5, 6, 4, 3, 5, 4, 4, 3], [1, None, 0, 1]
    answers = {"satisfaction": ratings, "yes_no": facts}
    state = state_of(an_assessment(instrument="mansa", responses=answers))
    assert state.items == [*ratings, *facts]
    assert state.snomed_code is None


def test_dialog_is_published_with_all_items_and_no_code_of_one_score() -> None:
    items = [3, 8, 2, None, 4, 5, 6, 5, 5, 8, 6]
    answers = {"items": items}
    state = state_of(an_assessment(instrument="dialog", responses=answers))
    assert state.items == items
    assert state.snomed_code is None
    assert state.scores["n_declined"] == 2


@pytest.mark.parametrize(
    ("code", "count", "snomed"),
    [
        ("reqol20", 20, "1091081000000103"),
        ("phq9", 9, "720433000"),
        ("gad7", 7, "445455005"),
        ("swemwbs", 7, "718466001"),
    ],
)
def test_a_score_is_published_with_its_code_as_text(
    code: str, count: int, snomed: str
) -> None:
    answers = {"items": [2] * count}
    state = state_of(an_assessment(instrument=code, responses=answers))
    assert state.snomed_code == snomed
    assert f'"snomed_code":"{snomed}"' in state.model_dump_json()


@pytest.mark.parametrize("items", [[1, 2, 2, 3, 1, 4, 2, 1, 2, 1], [None] * 10])
def test_a_new_assessment_is_written_as_its_models_would_write_it(
    items: list[int | None],
) -> None:
    sent = an_assessment(responses={"items": items, "physical_health": 2})
    new = new_assessment(sent, "RTEST", IDENTITY, INSTRUMENTS)
    kept = KeptAssessment(recorded=sent)
    slow = assessment_entry(kept, "RTEST", IDENTITY, INSTRUMENTS)
    assert (new.id, new.reference, new.kept) == (slow.id, slow.reference, slow.kept)
    assert KeptAssessment.model_validate_json(new.kept) == kept
    assert AssessmentState.model_validate_json(new.state).items == items
