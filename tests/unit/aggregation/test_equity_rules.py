"""Groups compared: the published vector, and what hidden counts do to it."""

from __future__ import annotations

from math import isclose, prod, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregation.disclosure import SUPPRESSED, Figure, Hidden
from services.aggregation.equity import (
    REFERENCES,
    compare_rates,
    compare_shares,
    rate_gap,
    rate_ratio,
    shares,
)
from services.aggregation.rules import GROUPS, rounded
from services.aggregation.voice import difference

# Numerator and denominator of a group and of the reference; ratio, interval, gap.
VECTOR = ((30, 200), (60, 800), (2.0, 1.33, 3.01), 7.5)
COUNTS = st.integers(1, 400).map(lambda n: 5 * n)
RATES = st.tuples(COUNTS, COUNTS).map(lambda pair: (min(pair), max(pair)))
SHOWN = st.one_of(st.just(SUPPRESSED), COUNTS)


def a_figure(group: str, above: int | Hidden, below: int | Hidden) -> Figure:
    value: int | Hidden = SUPPRESSED
    if above != SUPPRESSED and below != SUPPRESSED:
        value = round(100 * above / max(below, 1))
    return Figure(group=group, value=value, numerator=above, denominator=below)


def by_gender(*counts: tuple[int | Hidden, int | Hidden]) -> list[Figure]:
    pairs = zip(GROUPS["gender"], counts, strict=False)
    return [a_figure(group, above, below) for group, (above, below) in pairs]


def test_the_ratio_its_interval_and_the_gap_are_those_of_the_vector() -> None:
    group, reference, ratio, gap = VECTOR
    assert rate_ratio(*group, reference) == ratio
    assert rate_gap(*group, reference) == gap


def test_every_breakdown_has_a_reference_group_of_its_own() -> None:
    assert REFERENCES.keys() == GROUPS.keys()
    assert all(group in GROUPS[by] for by, group in REFERENCES.items())


@given(RATES, RATES)
def test_a_ratio_lies_in_its_interval_and_its_inverse_in_the_inverse(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    ratio, inverse = rate_ratio(*one, other), rate_ratio(*other, one)
    assert ratio.low <= ratio.value <= ratio.high
    exact = one[0] * other[1] / (one[1] * other[0])
    assert isclose(ratio.value, exact, abs_tol=0.0051)
    # The interval is symmetric in the logarithm.
    if min(*ratio, *inverse) > 1:
        assert isclose(sqrt(prod(ratio[1:])), exact, rel_tol=0.01)
    assert rate_gap(*one, other) == -rate_gap(*other, one)


@given(RATES)
def test_the_same_rate_has_ratio_1_and_no_gap(rate: tuple[int, int]) -> None:
    assert rate_ratio(*rate, rate).value == 1
    assert rate_gap(*rate, rate) == 0


def test_groups_are_compared_with_the_reference_and_it_has_no_ratio() -> None:
    male, female, other, _ = compare_rates(
        by_gender((60, 800), (30, 200), (10, 100), (SUPPRESSED, 50), (90, 100)), "male"
    )
    assert (male.is_reference, male.ratio, male.gap) == (True, None, None)
    assert (female.ratio, female.gap, female.is_clear) == (2.0, 7.5, True)
    assert (other.ratio, other.is_clear) == (1.33, False)


def test_who_was_not_asked_or_declined_is_in_no_comparison() -> None:
    figures = by_gender(*[(20, 100)] * 6)
    known = ["male", "female", "non_binary", "other"]
    assert [one.group for one in compare_rates(figures, "male")] == known
    assert [one.group for one in compare_shares(figures, "male", 120)] == known


@given(st.lists(st.tuples(SHOWN, SHOWN), min_size=6, max_size=6))
def test_what_rests_on_a_hidden_count_is_hidden_and_never_0(
    counts: list[tuple[int | Hidden, int | Hidden]],
) -> None:
    figures = [
        a_figure(group, *sorted(pair, key=lambda n: (n == SUPPRESSED, n)))
        for group, pair in zip(GROUPS["gender"], counts, strict=True)
    ]
    reference, *others = compare_rates(figures, "male")
    for one in others:
        is_hidden = SUPPRESSED in (
            one.figure.numerator,
            one.figure.denominator,
            reference.figure.numerator,
            reference.figure.denominator,
        )
        found = {one.ratio, one.ratio_low, one.ratio_high, one.gap, one.is_clear}
        assert (SUPPRESSED in found) == is_hidden
        assert not is_hidden or found == {SUPPRESSED}
        assert one.ratio is not None
    for one in compare_shares(figures, "male", 8_000):
        assert (one.share == SUPPRESSED) == (one.figure.numerator == SUPPRESSED)
    assert set(shares(figures, SUPPRESSED).values()) == {SUPPRESSED}


def test_a_count_that_was_rounded_to_nothing_is_not_divided_by() -> None:
    _, female = compare_rates(by_gender((10, 100), (0, 100)), "male")
    assert female.ratio == SUPPRESSED
    _, female = compare_rates(by_gender((0, 0), (10, 100)), "male")
    assert female.ratio == SUPPRESSED


@pytest.mark.parametrize(
    ("coverage", "everyone", "share"),
    [
        (100, 200, 15),
        (50, 200, 30),
        (None, 200, 15),
        (SUPPRESSED, 200, 15),
        (67, 60, 75),
        (100, 25, 100),
        (100, 0, SUPPRESSED),
        (0, 200, SUPPRESSED),
        (100, SUPPRESSED, SUPPRESSED),
    ],
)
def test_a_share_is_of_all_whose_group_is_known(
    coverage: int | Hidden | None, everyone: int | Hidden, share: int | Hidden
) -> None:
    """Also of those whose group is hidden, or it would seem larger than it is."""
    figures = [
        figure.model_copy(update={"completeness": coverage})
        for figure in by_gender((30, 30), (SUPPRESSED, SUPPRESSED), (50, 50))
    ]
    assert shares(figures, everyone)["male"] == share
    assert shares(figures, everyone)["female"] == SUPPRESSED


@pytest.mark.parametrize(
    ("share", "served", "points"),
    [(10, 25, -15), (25, 10, 15), (SUPPRESSED, 10, SUPPRESSED), (10, SUPPRESSED, None)],
)
def test_a_difference_is_hidden_with_either_share(
    share: int | Hidden, served: int | Hidden, points: int | Hidden | None
) -> None:
    assert difference(share, served) == (SUPPRESSED if points is None else points)


@pytest.mark.parametrize(
    ("value", "decimals", "told"),
    [(0.125, 2, 0.13), (-0.125, 2, -0.13), (2.5, 0, 3), (-2.5, 0, -3), (1.04, 1, 1.0)],
)
def test_numbers_are_rounded_half_away_from_zero(
    value: float, decimals: int, told: float
) -> None:
    assert rounded(value, decimals) == told
