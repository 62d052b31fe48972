"""Whether a rule that was quoted is one that the organisation has published."""

from __future__ import annotations

import pytest

from services.intake import rules
from services.intake.rules import criteria
from services.intake.schemas import DecisionIn, Kept, OrganisationIn, ReferralIn
from shared.identity import Identity
from tests.builders import a_referral, an_organisation

IDENTITY = Identity(bytes(range(32)), "test-1")
RULE = "We don't see people who live outside of the district."
CRITERIA = ["Age: 18 or over.", RULE]
REFUSED = {"outcome": "not_for_us", "decided_on": "2026-03-04", "reason": "02"}


def kept() -> Kept:
    body = ReferralIn.model_validate(a_referral())
    return Kept(received=rules.received(body, "RX1", IDENTITY))


def a_decision(rule: str | None = RULE, **changes: object) -> DecisionIn:
    return DecisionIn.model_validate({**REFUSED, "rule_quoted": rule, **changes})


def decided(before: Kept, decision: DecisionIn, published: list[str]) -> Kept:
    after = rules.decided(before, decision, published)
    assert after
    return after


@pytest.mark.parametrize(
    ("quoted", "is_published"),
    [
        (RULE, True),
        ("we don\u2019t see people, who live outside of the DISTRICT", True),
        ("  We don't see people\n who live\toutside-of-the district!!", True),
        ("\uff37e don't see people who live outside of the district", True),
        ("Age 18 or over", True),
        ("Age: 19 or over.", False),
        ("We don't see people.", False),
        ("Outside of the district", False),
    ],
)
def test_case_white_space_and_punctuation_make_no_other_rule(
    quoted: str, is_published: bool
) -> None:
    assert criteria.rule_published(a_decision(quoted), CRITERIA) is is_published


def test_signs_that_mean_something_make_another_rule() -> None:
    assert criteria.rule_published(a_decision("PHQ-9 > 15"), ["PHQ9 < 15"]) is False
    assert criteria.rule_published(a_decision("PHQ-9 > 15"), ["PHQ9 >15."]) is True


def test_nothing_is_said_where_nothing_was_quoted_or_nothing_is_published() -> None:
    assert criteria.rule_published(a_decision(None), CRITERIA) is None
    assert criteria.rule_published(a_decision(), []) is None
    assert criteria.rule_published(a_decision(outcome="accepted"), CRITERIA) is None


def test_a_rule_is_judged_by_what_is_published_when_it_is_first_quoted() -> None:
    once = decided(kept(), a_decision(), ["Something else."])
    assert once.rule_published is False
    again = decided(once, a_decision(onward_received=True), CRITERIA)
    assert again.rule_published is False, "criteria that change later change nothing"
    assert rules.decided(again, a_decision(onward_received=True), CRITERIA) is None
    another = decided(again, a_decision("Age 18 or over"), CRITERIA)
    assert another.rule_published is True
    none = decided(another, a_decision(None), CRITERIA)
    assert none.rule_published is None


def test_criteria_are_few_words_each_and_not_many() -> None:
    for rejected in ([""], ["x" * 501], ["x"] * 51, "x", [1]):
        with pytest.raises(ValueError, match="criteria"):
            OrganisationIn.model_validate(an_organisation(criteria=rejected))
