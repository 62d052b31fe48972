"""The disclosure gate: the published vectors, and what nobody can work out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregation.disclosure import SUPPRESSED, About, Counted, Figure, Gate
from services.aggregation.indicators.definition import Kind

WHOLE = About(month=None, completeness=None)
GATE = Gate()
ROWS = st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(0, 60), min_size=1)
# Counts, zero is hidden, secondary, cells shown, total, hidden first, hidden second.
VECTORS: list[tuple[dict[str, int], bool, bool, str, int, str, str]] = [
    ({"A": 3, "B": 12, "C": 48}, False, False, "* 10 50", 65, "A", ""),
    ({"A": 3, "B": 12, "C": 48}, False, True, "* * 50", 65, "A", "B"),
    ({"A": 3, "B": 4, "C": 48}, False, True, "* * 50", 55, "AB", ""),
    ({"A": 1, "B": 2, "C": 48, "D": 20}, False, True, "* * 50 *", 70, "AB", "D"),
    ({"A": 0, "B": 12, "C": 48}, False, True, "0 10 50", 60, "", ""),
    ({"A": 0, "B": 12, "C": 7}, True, False, "* 10 5", 20, "A", ""),
]


@pytest.mark.parametrize(
    ("counts", "hides_zero", "secondary", "shown", "total", "first", "second"), VECTORS
)
def test_the_row_rule_gives_what_the_vectors_say(
    counts: dict[str, int],
    hides_zero: bool,
    secondary: bool,
    shown: str,
    total: int,
    first: str,
    second: str,
) -> None:
    gate = Gate(5, 5, suppress_zero=hides_zero)
    row = gate.row(counts, with_secondary=secondary)
    cells = ["*" if cell == SUPPRESSED else str(cell) for cell in row.cells.values()]
    assert " ".join(cells) == shown
    assert list(row.cells) == list(counts)
    assert row.total == total
    assert row.primary == tuple(first)
    assert row.secondary == tuple(second)


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"),
    [
        (4, 50, SUPPRESSED),
        (25, 200, 13),
        (0, 50, SUPPRESSED),
        (5, 1_000, 1),
        (5, 100, 5),
        (50, 50, 100),
        (49, 50, SUPPRESSED),
        (46, 50, SUPPRESSED),
        (45, 50, 90),
        (8, 16, 60),
        (6, 16, 40),
        (26, 52, 50),
        (22, 52, 40),
        (5, 97, 10),
        (7, 98, 5),
        (7, 198, 3),
        (27, 203, 12),
        (0, 0, SUPPRESSED),
        (995, 1_000, 100),
        (5, 2_000, 0),
    ],
)
def test_a_percentage_is_rounded_half_up_or_hidden(
    numerator: int, denominator: int, value: object
) -> None:
    assert GATE.percent(numerator, denominator) == value


@given(st.integers(5, 10_000), st.integers(0, 10_000))
def test_a_percentage_is_that_of_the_counts_as_they_are_shown(
    numerator: int, rest: int
) -> None:
    denominator = numerator + rest
    value = GATE.percent(numerator, denominator)
    above, below = GATE.rounded(numerator), GATE.rounded(denominator)
    steps = ((50, 20), (100, 10), (200, 5))
    step = next((step for limit, step in steps if below < limit), 1)
    if 0 < rest < 5:
        assert value == SUPPRESSED
    else:
        assert isinstance(value, int)
        assert value % step == 0
        off = (value * below - 100 * above) / below
        assert -step < 2 * off <= step


@given(ROWS)
def test_no_hidden_cell_can_be_worked_out_from_what_is_shown(
    counts: dict[str, int],
) -> None:
    """Even if nothing were rounded: the shown true counts and the true total."""
    row = GATE.row(counts)
    hidden = [label for label, cell in row.cells.items() if cell == SUPPRESSED]
    if not hidden or row.total == SUPPRESSED:
        return
    known = sum(n for label, n in counts.items() if label not in hidden)
    left = sum(counts.values()) - known
    assert len(hidden) >= 2
    assert left >= 5, "the sum of the hidden is itself no small number"
    assert all(0 <= counts[label] <= left for label in hidden)


@given(ROWS)
def test_small_counts_are_hidden_and_others_are_multiples_of_5(
    counts: dict[str, int],
) -> None:
    row = GATE.row(counts)
    for label, cell in row.cells.items():
        if counts[label] < 5:
            assert cell == SUPPRESSED
        elif cell != SUPPRESSED:
            assert cell % 5 == 0
            assert abs(cell - counts[label]) <= 2
            assert cell >= 5
    if sum(counts.values()) < 5:
        assert row.total == SUPPRESSED


@given(ROWS)
def test_nothing_is_hidden_without_need(counts: dict[str, int]) -> None:
    row = GATE.row(counts)
    hidden = {label for label, cell in row.cells.items() if cell == SUPPRESSED}
    if row.secondary:
        last = max(row.secondary, key=lambda label: (counts[label], label))
        fewer = hidden - {last}
        assert len(fewer) < 2 or sum(counts[label] for label in fewer) < 5
    assert hidden == {*row.primary, *row.secondary}


@given(ROWS)
def test_the_smallest_that_remain_are_hidden_ties_by_name(
    counts: dict[str, int],
) -> None:
    row = GATE.row(counts)
    order = sorted(
        set(counts) - set(row.primary), key=lambda label: (counts[label], label)
    )
    assert list(row.secondary) == order[: len(row.secondary)]


CELLS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=7, max_size=7
)


def cells_of(pairs: list[tuple[int, int]]) -> dict[str | None, Counted]:
    """Return cells with a numerator, a denominator, and waits of 0, 10, 20… days."""
    return {
        group: Counted(
            above, above + rest, tuple((10 * d, 1) for d in range(above + rest))
        )
        for group, (above, rest) in zip("ABCDEFG", pairs, strict=True)
    }


def everything(cells: dict[str | None, Counted]) -> dict[str, list[Figure]]:
    return {
        "counts": GATE.counts(cells, WHOLE),
        "rates": GATE.rates(cells, WHOLE),
        "shares": GATE.shares(cells, WHOLE),
        "waits": GATE.waits(cells, WHOLE),
    }


@given(CELLS)
def test_hidden_is_never_zero_and_never_nothing(pairs: list[tuple[int, int]]) -> None:
    cells = cells_of(pairs)
    for kind, figures in everything(cells).items():
        assert [figure.group for figure in figures] == list(cells)
        for figure in figures:
            assert figure.numerator == SUPPRESSED or figure.numerator >= 5
            assert figure.denominator == SUPPRESSED or figure.denominator >= 5
            if SUPPRESSED in (figure.numerator, figure.denominator):
                assert figure.value == SUPPRESSED
            if kind == "waits" and figure.value == SUPPRESSED:
                assert figure.p90 == SUPPRESSED
                assert figure.within_28 == SUPPRESSED


@given(CELLS)
def test_a_rate_is_hidden_with_either_of_its_counts(
    pairs: list[tuple[int, int]],
) -> None:
    cells = cells_of(pairs)
    above = GATE.row({g or "": c.numerator for g, c in cells.items()}).cells
    below = GATE.row({g or "": c.denominator for g, c in cells.items()}).cells
    for figure in GATE.rates(cells, WHOLE):
        group = figure.group or ""
        cell = cells[group]
        if SUPPRESSED in (above[group], below[group]):
            assert figure.value == SUPPRESSED
        else:
            assert figure.value == GATE.percent(cell.numerator, cell.denominator)
        assert figure.denominator == below[group]


@given(st.integers(0, 60))
def test_a_single_count_is_hidden_only_if_it_is_small(count: int) -> None:
    [figure] = GATE.counts({None: Counted(count, count)}, WHOLE)
    assert (figure.value == SUPPRESSED) == (count < 5)
    assert figure.value == GATE.count(count)


def test_a_wait_is_told_by_nearest_rank() -> None:
    days = ((1, 2), (7, 3), (28, 4), (29, 1))
    [figure] = GATE.waits({None: Counted(10, 10, days)}, WHOLE)
    expected: dict[str, Any] = {"value": 7, "p90": SUPPRESSED, "within_28": SUPPRESSED}
    assert figure.model_dump(include=set(expected)) == expected
    [figure] = GATE.waits({None: Counted(15, 15, ((3, 13), (4, 2)))}, WHOLE)
    assert (figure.value, figure.p90, figure.within_28) == (3, 4, 100)
    [figure] = GATE.waits({None: Counted(7, 7, ((3, 7),))}, WHOLE)
    assert (figure.value, figure.p90, figure.within_28) == (SUPPRESSED,) * 2 + (100,)


@pytest.mark.parametrize(
    ("organisations", "people", "median"),
    [(3, 7, SUPPRESSED), (3, 8, 20), (2, 14, SUPPRESSED), (2, 15, 20)],
)
def test_a_median_of_few_organisations_is_told_of_twice_as_many(
    organisations: int, people: int, median: int | str
) -> None:
    rule = GATE.about("place:Riverside", organisations)
    [wait] = rule.waits({None: Counted(people, people, ((20, people),))}, WHOLE)
    assert wait.value == median


@pytest.mark.parametrize(
    ("scope", "organisations", "own", "least"),
    [
        ("system", 1, None, 5),
        ("place:Riverside", 3, None, 5),
        ("place:Riverside", 2, None, 9),
        ("organisation:T01", 1, None, 9),
        ("organisation:T01", 1, "T02", 9),
        ("organisation:T01", 1, "T01", 5),
    ],
)
def test_few_organisations_are_told_more_coarsely_but_for_those_who_work_there(
    scope: str, organisations: int, own: str | None, least: int
) -> None:
    rule = Gate(own=own).about(scope, organisations)
    assert rule.count(least - 1) == SUPPRESSED
    assert rule.count(least) == (5 if least == 5 else 10)
    assert rule.count(27) == (25 if least == 5 else 30)


def test_a_small_cohort_has_no_percentages_no_groups_and_no_medians_under_10() -> None:
    gate = Gate(small_cohorts=frozenset({"place:Riverside"}))
    rule = gate.about("place:Riverside", 3)
    [count] = rule.publish("count", {None: Counted(9, 9)}, WHOLE)
    assert count.value == 10
    [rate] = rule.publish("rate", {None: Counted(9, 12)}, WHOLE)
    assert (rate.value, rate.denominator) == (SUPPRESSED, 10)
    assert rule.completeness(120, 120) == SUPPRESSED
    for people, median in ((7, SUPPRESSED), (12, 3)):
        counted = Counted(people, people, ((3, people),))
        [wait] = rule.publish("wait", {None: counted}, WHOLE)
        assert (wait.value, wait.within_28) == (median, SUPPRESSED)
    assert len(rule.notes) == 2
    elsewhere = gate.about("place:Hillside", 3)
    assert elsewhere.percent(100, 200) == 50
    assert len(elsewhere.notes) == 1


@pytest.mark.parametrize("kind", ["count", "stock", "rate", "share", "wait", "mix"])
def test_a_small_cohort_has_no_groups(kind: Kind) -> None:
    rule = Gate(small_cohorts=frozenset({"system"})).about("system", 3)
    groups: dict[str | None, Counted] = {"male": Counted(12, 12)}
    if kind == "mix":
        groups[None] = Counted(20, 20)
    [figure] = rule.publish(kind, groups, WHOLE)
    assert figure.group == "male"
    assert figure.value == figure.numerator == figure.denominator == SUPPRESSED


@pytest.mark.parametrize(
    ("count", "base", "rounded"), [(7, 5, 5), (8, 5, 10), (5, 10, 10), (4, 1, 4)]
)
def test_counts_are_rounded_to_the_nearest(count: int, base: int, rounded: int) -> None:
    assert Gate(5, base).rounded(count) == rounded
