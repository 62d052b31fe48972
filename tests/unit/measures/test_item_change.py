"""DIALOG changes item by item; other scores by threshold, by index, or not at all."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.measures.instruments.change import (
    classify_by_index,
    compare,
    reliable_change_index,
)
from services.measures.instruments.pieces import ReferenceGroup
from services.measures.rules.change import compared_of, counted, together, told
from services.measures.rules.pairing import Period
from services.measures.schemas import KeptAssessment
from services.measures.schemas.change import InstrumentChange
from tests.unit.measures.definitions import QUESTIONNAIRES

DIALOG, MANSA, PHQ9 = (QUESTIONNAIRES[code] for code in ("dialog", "mansa", "phq9"))


def an_assessment(reference: str, on: str, code: str, items: Any) -> KeptAssessment:  # noqa: ANN401
    return KeptAssessment.model_validate(
        {
            "recorded": {
                "reference": reference,
                "referral": "LW-1",
                "instrument": code,
                "completed_on": on,
                "completed_by": "person",
                "responses": {QUESTIONNAIRES[code].items.field: items},
            }
        }
    )


def by_item(*assessments: KeptAssessment) -> dict[str | None, InstrumentChange]:
    changes = [told(one) for one in compared_of(DIALOG, assessments, Period())]
    return {change.item: change for change in changes}


def test_each_item_of_dialog_is_paired_and_classified_on_its_own() -> None:
    items = by_item(
        an_assessment("a", "2026-01-10", "dialog", [4, 8, 4, 8, 5, *[4] * 6]),
        an_assessment("b", "2026-02-10", "dialog", [5, 3, 3, 8, 5, *[4] * 6]),
        an_assessment("c", "2026-03-10", "dialog", [6, 5, 8, 4, 5, *[None] * 6]),
    )
    assert len(items) == 11
    told = {
        name: (one.baseline_id, one.followup_id, one.change, one.change_class)
        for name, one in items.items()
    }
    assert told["dialog.q01"] == ("a", "c", 2.0, "reliable_improvement")
    assert told["dialog.q02"] == ("b", "c", 2.0, "reliable_improvement")
    assert told["dialog.q03"] == ("a", "b", -1.0, "reliable_deterioration")
    assert told["dialog.q04"] == ("c", None, None, "not_paired")
    assert told["dialog.q05"] == ("a", "c", 0.0, "no_reliable_change")
    assert told["dialog.q06"] == ("a", "b", 0.0, "no_reliable_change")
    declined = [use.used_as for use in items["dialog.q02"].assessments]
    assert declined == ["not_scorable", "baseline", "followup"]


def test_items_are_paired_even_where_no_mean_can_be_scored() -> None:
    items = by_item(
        an_assessment("a", "2026-01-10", "dialog", [2, *[None] * 10]),
        an_assessment("b", "2026-02-10", "dialog", [3, *[8] * 10]),
    )
    assert items["dialog.q01"].change_class == "reliable_improvement"


def test_counts_have_their_own_denominators() -> None:
    changes = compared_of(
        DIALOG,
        [
            an_assessment("a", "2026-01-10", "dialog", [4, 4, 4, *[8] * 8]),
            an_assessment("b", "2026-02-10", "dialog", [5, 3, 4, *[8] * 8]),
        ],
        Period(),
    )
    [found] = counted(changes)
    assert (found.n_measures, found.n_paired, found.n_classified) == (11, 3, 3)
    assert (found.n_improved, found.n_deteriorated) == (1, 1)
    assert (found.n_recovery_eligible, found.n_recovered) == (0, 0)


def test_recovery_is_counted_of_those_who_began_as_a_case() -> None:
    changes = compared_of(
        PHQ9,
        [
            an_assessment("a", "2026-01-10", "phq9", [2] * 9),
            an_assessment("b", "2026-02-10", "phq9", [1] * 9),
        ],
        Period(),
    )
    [found] = counted(changes)
    assert (found.n_recovery_eligible, found.n_recovered) == (1, 1)
    assert together(changes) is None


def test_a_change_without_threshold_and_group_is_not_classified() -> None:
    changes = compared_of(
        MANSA,
        [
            an_assessment("a", "2026-01-10", "mansa", [1] * 12),
            an_assessment("b", "2026-02-10", "mansa", [7] * 12),
        ],
        Period(),
    )
    change = told(changes[0])
    assert (change.change, change.change_class) == (6.0, "not_classifiable")
    assert change.reliable_change is None
    [found] = counted(changes)
    assert (found.n_paired, found.n_classified, found.n_improved) == (1, 0, 0)


def a_group(sd: str, reliability: str) -> ReferenceGroup:
    return ReferenceGroup(
        sd=Fraction(sd),
        reliability=Fraction(reliability),
        reliability_kind="alpha",
        source="chosen: for a test",
    )


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("5.08", "no_reliable_change"),
        ("5.09", "reliable_improvement"),
        ("2.92", "no_reliable_change"),
        ("2.91", "reliable_deterioration"),
    ],
)
def test_an_index_beyond_1_96_is_reliable(last: str, expected: str) -> None:
    instrument = MANSA.model_copy(update={"reference_group": a_group("0.9", "0.81")})
    change = compare(4, Fraction(last), instrument)
    assert change.change_class == expected


def test_an_index_of_exactly_1_96_is_not_reliable() -> None:
    """SD 1 and r 0.5 make a standard error of the difference of exactly 1."""
    assert classify_by_index(Fraction("1.96"), a_group("1", "0.5")) == (
        "no_reliable_change"
    )
    assert classify_by_index(Fraction("-1.97"), a_group("1", "0.5")) == (
        "reliable_deterioration"
    )


@given(
    st.fractions(min_value=Fraction(1, 100), max_value=20),
    st.fractions(min_value=Fraction(1, 100), max_value=Fraction(99, 100)),
    st.fractions(min_value=-60, max_value=60),
)
def test_comparing_squares_says_what_the_threshold_says(
    sd: Fraction, reliability: Fraction, gain: Fraction
) -> None:
    threshold = reliable_change_index(sd, reliability).threshold
    group = a_group(str(sd), str(reliability))
    is_reliable = classify_by_index(gain, group) != "no_reliable_change"
    assert is_reliable == (abs(gain) > threshold)
