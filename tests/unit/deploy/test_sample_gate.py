"""The disclosure rule as the sample's expectations have it."""

from __future__ import annotations

from deploy.local.sample.gate import (
    SUPPRESSED,
    Cell,
    count_figures,
    percent,
    rate_figures,
    share_figures,
    shown_row,
    wait_figures,
)


def test_the_gate_hides_a_second_cell() -> None:
    assert shown_row({"A": 3, "B": 12, "C": 48}) == {
        "A": SUPPRESSED,
        "B": SUPPRESSED,
        "C": 50,
    }
    assert shown_row({"A": 1, "B": 2, "C": 48, "D": 20}) == {
        "A": SUPPRESSED,
        "B": SUPPRESSED,
        "C": 50,
        "D": SUPPRESSED,
    }


def test_the_gate_hides_zero_and_rounds_percentages_half_up() -> None:
    assert count_figures({None: Cell()})[0]["value"] == SUPPRESSED
    assert percent(25, 200) == 13
    assert percent(4, 50) == SUPPRESSED
    assert percent(48, 50) == SUPPRESSED
    assert percent(50, 50) == 100
    [rate] = rate_figures({None: Cell(3, 40)})
    assert rate["numerator"] == rate["value"] == SUPPRESSED
    assert rate["denominator"] == 40


def test_the_gate_gives_shares_of_the_whole_row_and_nearest_ranks() -> None:
    shares = share_figures({"A": Cell(20), "B": Cell(30), "C": Cell(50)})
    assert [share["value"] for share in shares] == [20, 30, 50]
    assert {share["denominator"] for share in shares} == {100}
    [wait] = wait_figures({None: Cell(days=[*range(1, 21)])})
    assert (wait["value"], wait["p90"], wait["within_28"]) == (10, 18, 100)
    [wait] = wait_figures({None: Cell(days=[*range(1, 11)])})
    assert (wait["value"], wait["p90"], wait["within_28"]) == (5, SUPPRESSED, 100)
