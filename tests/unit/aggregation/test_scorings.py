"""Which scores are behind an indicator, and which of their versions are told."""

from __future__ import annotations

import pytest

from services.aggregation.disclosure import Gate
from services.aggregation.indicators import INDICATORS
from services.aggregation.rules import scored_by
from services.aggregation.scorings import MEASURES, measures_of, shown
from tests.integration.aggregation.states import an_assessment

GATE = Gate()
ITEMS = tuple(f"dialog_q{number:02}" for number in range(1, 12))


@pytest.mark.parametrize(
    ("code", "measures"),
    [
        ("reliable_improvement", ("reqol10",)),
        ("reliable_recovery_phq9", ("phq9",)),
        ("reliable_deterioration_dialog_q03", ("dialog_q03",)),
        ("pairing_rate_mansa", ("mansa",)),
        ("pairing_rate_dialog", ITEMS),
        ("talking_therapies_recovery", ("phq9", "gad7")),
        ("measured_count", MEASURES),
        ("goals_attained", ()),
        ("wait_days", ()),
    ],
)
def test_an_indicator_names_the_scores_that_it_counts(
    code: str, measures: tuple[str, ...]
) -> None:
    assert measures_of(INDICATORS[code]) == measures


def test_every_indicator_of_assessments_is_of_known_scores() -> None:
    for indicator in INDICATORS.values():
        found = measures_of(indicator)
        assert bool(found) == ("assessments" in indicator.source)
        assert set(found) <= set(MEASURES)


def test_items_of_one_questionnaire_are_told_once_and_few_pairs_not_at_all() -> None:
    counted = {
        "dialog_q01": {"1/1": 20, "1/2": 4},
        "dialog_q02": {"1/1": 9, "2/1": 5},
        "phq9": {"1/1": 0},
    }
    told = shown(GATE, counted, [*ITEMS, "phq9", "gad7"])
    assert told == {"dialog": ["1/1", "2/1"]}


def test_what_is_no_version_is_not_passed_on() -> None:
    assert scored_by(an_assessment(scoring_version="1+site.9b1c04de")) == (
        "1/1+site.9b1c04de"
    )
    for text in ("Jo Bloggs", "", "1/2", "x" * 41):
        assert scored_by(an_assessment(scoring_version=text)) == "1/UNKNOWN"
