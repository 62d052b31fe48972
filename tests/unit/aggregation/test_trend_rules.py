"""XmR charts: what is unusual, what is not, and where nothing can be said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregation.disclosure import SUPPRESSED, Figure, Hidden
from services.aggregation.trend import Trend, trend_of

LATER = datetime(2030, 1, 1, tzinfo=UTC)
HAND_WORKED = (10, 12, 11, 13, 12, 11, 10, 12, 13, 11, 12, 30)
VALUES = st.lists(st.integers(0, 300), min_size=12, max_size=40)
WITH_GAPS = st.lists(
    st.one_of(st.just(SUPPRESSED), st.integers(5, 300)), min_size=1, max_size=40
)


def months_of(count: int) -> list[str]:
    return [f"{2025 + n // 12}-{n % 12 + 1:02}" for n in range(count)]


def a_trend(
    values: Sequence[int | Hidden], unit: str = "people", as_of: datetime = LATER
) -> Trend:
    figures = [
        Figure(month=month, value=value, numerator=value, denominator=value)
        for month, value in zip(months_of(len(values)), values, strict=True)
    ]
    return trend_of(figures, unit, as_of)


def told(trend: Trend) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.side, one.first, one.last) for one in trend.signals]


def test_mean_and_limits_are_those_worked_out_by_hand() -> None:
    """Ranges 2 1 2 1 1 1 2 1 2 1 18 of mean 32/11; 157/12 ± 2.66 × 32/11."""
    trend = a_trend(HAND_WORKED)
    assert (trend.points, trend.mean, trend.low, trend.high) == (12, 13.1, 5.3, 20.8)
    assert told(trend)[0] == ("outside", "above", "2025-12", "2025-12")
    assert "December 2025 lies above what is usual." in trend.sentence


@pytest.mark.parametrize("points", [0, 1, 11])
def test_fewer_than_12_points_are_no_trend_and_it_says_why(points: int) -> None:
    trend = a_trend(HAND_WORKED[:points])
    assert (trend.points, trend.mean, trend.low, trend.high) == (
        points,
        None,
        None,
        None,
    )
    assert trend.signals == []
    assert "from 12 on" in trend.sentence


def test_a_hidden_month_is_no_point() -> None:
    assert a_trend([*HAND_WORKED[:11], SUPPRESSED, SUPPRESSED]).mean is None
    assert a_trend([*HAND_WORKED[:11], SUPPRESSED, 12]).mean is not None


def test_a_range_is_taken_only_between_neighbours_that_are_shown() -> None:
    """Across the gap the figure rose by 100; that is not how far it usually goes."""
    trend = a_trend([*[10, 11] * 4, SUPPRESSED, *[110, 111] * 4])
    assert trend.mean == 60.5
    assert trend.low == 57.8
    assert trend.high == 63.2


def test_months_that_have_no_neighbours_have_no_limits() -> None:
    trend = a_trend([10, SUPPRESSED] * 12)
    assert (trend.points, trend.mean, trend.signals) == (12, None, [])
    assert "beside each other" in trend.sentence


def test_eight_in_a_row_on_one_side_are_a_signal_and_seven_are_none() -> None:
    eight = a_trend([20, 24] * 4 + [16, 12] * 4)
    assert told(eight) == [
        ("run", "above", "2025-01", "2025-08"),
        ("run", "below", "2025-09", "2026-04"),
    ]
    assert "January 2025 to August 2025 lies above the mean." in eight.sentence
    seven = a_trend([20] * 7 + [10] * 7)
    assert [one.kind for one in seven.signals if one.kind == "run"] == []


def test_many_signals_are_told_in_one_sentence() -> None:
    rising = a_trend([2 * n for n in range(24)])
    assert len(rising.signals) > 3
    assert rising.sentence.startswith("Much was different: ")
    assert "2 times 8 months or more lie on one side" in rising.sentence
    assert len(rising.sentence) < 200


def test_a_hidden_month_and_one_on_the_mean_end_a_run() -> None:
    ends: tuple[int | Hidden, ...] = (SUPPRESSED, 15)
    for between in ends:
        trend = a_trend([*[20] * 7, between, *[20] * 7, *[10] * 14])
        assert trend.mean == 15
        assert [one.side for one in trend.signals if one.kind == "run"] == ["below"]


def test_a_month_that_is_not_over_is_no_point() -> None:
    in_december = datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert a_trend(HAND_WORKED, as_of=in_december).points == 11
    assert a_trend(HAND_WORKED, as_of=datetime(2026, 1, 1, tzinfo=UTC)).points == 12


def test_limits_are_clipped_where_they_are_told_and_not_where_they_are_used() -> None:
    values = [100, 40] * 6
    percent, days = a_trend(values, "percent"), a_trend(values, "days")
    assert (percent.low, percent.high) == (0, 100)
    assert (days.low, days.high) == (0, 229.6)
    assert told(percent) == told(days) == []


@given(VALUES)
def test_a_month_is_outside_just_where_the_limits_say(values: list[int]) -> None:
    ranges = [abs(a - b) for a, b in pairwise(values)]
    middle, reach = mean(values), 2.66 * mean(ranges)
    distances = [abs(value - middle) - reach for value in values]
    if any(abs(distance) < 1e-9 for distance in distances):
        return
    months = months_of(len(values))
    outside = [one.first for one in a_trend(values).signals if one.kind == "outside"]
    far = zip(months, distances, strict=True)
    assert outside == [month for month, distance in far if distance > 0]


@given(st.integers(0, 100), st.integers(12, 40))
def test_what_never_changes_is_ordinary(value: int, count: int) -> None:
    trend = a_trend([value] * count)
    assert (trend.mean, trend.low, trend.high) == (value, value, value)
    assert trend.signals == []
    assert "ordinary" in trend.sentence


@given(WITH_GAPS)
def test_there_is_a_sentence_and_no_signal_about_a_hidden_month(
    values: list[int | Hidden],
) -> None:
    trend = a_trend(values)
    by_month = dict(zip(months_of(len(values)), values, strict=True))
    assert trend.sentence
    assert trend.points == sum(value != SUPPRESSED for value in values)
    for one in trend.signals:
        between = [m for m in by_month if one.first <= m <= one.last]
        assert SUPPRESSED not in [by_month[month] for month in between]
        assert one.kind == "outside" or len(between) >= 8
