"""An open question is kept in the person's words, coded later, and never scored."""

from __future__ import annotations

from typing import Any

import pytest

from services.measures.rules.assessments import (
    assessment_state,
    coded,
    corrected,
    withdrawn,
)
from services.measures.rules.change import compared
from services.measures.rules.pairing import Period
from services.measures.schemas import (
    AssessmentIn,
    CodingIn,
    KeptAssessment,
    WithdrawalIn,
)
from shared.events import AssessmentState
from shared.problems import InvalidContent
from tests.unit.measures.definitions import INSTRUMENTS
from tests.unit.measures.test_assessments import IDENTITY, NOW, an_assessment

TEXT = "I feel safe at my sister's, and not on the stairs at night."
CODING = CodingIn(codes=["at-home", "at-night"], coder="C-7")


def an_answer(text: Any = TEXT, **changes: Any) -> AssessmentIn:  # noqa: ANN401
    return an_assessment(instrument="safety", responses={"text": text}, **changes)


def state_of(kept: KeptAssessment) -> AssessmentState:
    return assessment_state(kept, "RTEST", IDENTITY, INSTRUMENTS, NOW)


def test_what_is_published_of_an_answer_has_codes_and_no_word_of_it() -> None:
    kept = coded(KeptAssessment(recorded=an_answer()), CODING, INSTRUMENTS)
    assert kept is not None
    assert kept.recorded.responses == {"text": TEXT}
    state = state_of(kept)
    assert state.codes == ["at-home", "at-night"]
    assert (state.status, state.items) == ("not_scorable", [])
    assert state.scores == {"reason": "open_question"}
    assert state.snomed_code is None
    said = state.model_dump_json()
    assert not any(word in said for word in ("sister", "stairs", "night.", "C-7"))


def test_the_same_codes_again_change_nothing_and_others_replace_them() -> None:
    kept = coded(KeptAssessment(recorded=an_answer()), CODING, INSTRUMENTS)
    assert kept is not None
    assert coded(kept, CODING, INSTRUMENTS) is None
    other = CodingIn(codes=[], coder="C-8")
    after = coded(kept, other, INSTRUMENTS)
    assert after is not None
    assert state_of(after).codes == []


def test_codes_are_of_the_very_words_they_were_given_to() -> None:
    kept = KeptAssessment(recorded=an_answer(), coding=CODING)
    other_day = corrected(kept, an_answer(completed_on="2026-03-11"), INSTRUMENTS)
    assert other_day is not None
    assert other_day.coding == CODING
    other_words = corrected(kept, an_answer("I feel safe."), INSTRUMENTS)
    assert other_words is not None
    assert other_words.coding is None


def test_a_withdrawn_answer_keeps_its_codes_and_says_so() -> None:
    kept = KeptAssessment(recorded=an_answer(), coding=CODING)
    after = withdrawn(kept, WithdrawalIn(), NOW.date())
    assert after is not None
    state = state_of(after)
    assert state.is_withdrawn
    assert state.codes == CODING.codes


def test_only_open_questions_are_coded() -> None:
    with pytest.raises(InvalidContent) as refused:
        coded(KeptAssessment(recorded=an_assessment()), CODING, INSTRUMENTS)
    assert [field.pointer for field in refused.value.errors] == ["/codes"]


@pytest.mark.parametrize(
    "responses",
    [
        {},
        {"items": [1]},
        {"text": TEXT, "items": [1]},
        {"text": ""},
        {"text": "  \n"},
        {"text": None},
        {"text": 7},
        {"text": "a\0b"},
        {"text": "\ud800"},
        {"text": "a" * 20_001},
    ],
)
def test_an_answer_that_is_no_text_is_refused(responses: dict[str, Any]) -> None:
    body = an_assessment(instrument="safety", responses=responses)
    with pytest.raises(InvalidContent) as refused:
        state_of(KeptAssessment(recorded=body))
    assert [field.pointer for field in refused.value.errors] == ["/responses/text"]
    assert "sister" not in str(refused.value)


def test_answers_to_an_open_question_are_never_paired() -> None:
    answers = [
        KeptAssessment(recorded=an_answer(completed_on=on))
        for on in ("2026-03-10", "2026-04-10")
    ]
    assert compared(INSTRUMENTS, answers, Period()) == []
