"""What is said to have got worse in a year, and what is not sure enough to be said."""

from __future__ import annotations

from typing import Any

import pytest

from services.aggregation.disclosure import SUPPRESSED, Figure
from services.aggregation.pages.known import known_problems
from services.aggregation.pages.worse import said_of
from services.aggregation.schemas import FiguresOut
from tests.unit.aggregation.test_charts import CALM, Value, an_answer, shown


def a_year(code: str, total: Figure, **changes: Any) -> FiguresOut:  # noqa: ANN401
    return an_answer(CALM, code).model_copy(update={"totals": [total]} | changes)


def rate(above: int, below: int) -> Figure:
    return Figure(value=round(100 * above / below), numerator=above, denominator=below)


def wait(within_28: Value, people: Value) -> Figure:
    return Figure(
        value=20, numerator=people, denominator=people, within_28=within_28, p90=60
    )


def count(value: Value) -> Figure:
    return Figure(value=value, numerator=value, denominator=value)


def said(code: str, now: Figure, then: Figure, **changes: Any) -> str:  # noqa: ANN401
    return said_of(a_year(code, now, **changes), a_year(code, then))


def test_a_rate_that_fell_is_told_with_what_it_was_and_is() -> None:
    assert said("reliable_improvement", rate(400, 1_000), rate(500, 1_000)) == (
        "Quality of life reliably better. In the year to December 2025, 40 in 100. In"
        " the year before, 50 in 100. That is worse, and chance alone would seldom do"
        " it. The number does not say why."
    )


@pytest.mark.parametrize(
    ("code", "now", "then"),
    [
        ("reliable_improvement", rate(500, 1_000), rate(400, 1_000)),
        ("reliable_improvement", rate(470, 1_000), rate(500, 1_000)),
        ("reliable_improvement", rate(20, 100), rate(60, 100)),
        ("reliable_improvement", rate(4_930, 10_000), rate(4_930, 10_000)),
        ("ineligible_rate", rate(100, 1_000), rate(200, 1_000)),
        ("wait_days", wait(80, 1_000), wait(60, 1_000)),
        ("wait_days", wait(SUPPRESSED, 1_000), wait(60, 1_000)),
        ("still_waiting", count(40), count(30)),
        ("still_waiting", count(100), count(85)),
        ("still_waiting", count(SUPPRESSED), count(200)),
        ("access_count", count(900), count(800)),
        ("source_mix", rate(100, 1_000), rate(200, 1_000)),
    ],
)
def test_what_got_better_or_may_be_chance_or_rounding_is_not_told(
    code: str, now: Figure, then: Figure
) -> None:
    assert said(code, now, then) == ""


def test_a_rate_of_which_less_is_better_is_worse_when_it_rises() -> None:
    assert "20 in 100. In the year before, 10 in 100" in said(
        "ineligible_rate", rate(200, 1_000), rate(100, 1_000)
    )


def test_waits_are_compared_by_those_who_did_not_wait_long() -> None:
    told = said("wait_days", wait(50, 1_000), wait(60, 1_000))
    assert "50 in 100 took 28 days or less. In the year before, 60 in 100 did" in told


def test_counts_are_compared_where_partners_told_of_somebody_in_all_months() -> None:
    now = {"totals_first": "2025-12"}
    more = said("still_waiting", count(150), count(100), **now)
    assert "In December 2025 it was about 150. A year before it was about 100." in more
    fewer = said("access_count", count(1_000), count(1_250))
    assert "it was about 1,000. Before, it was about 1,250." in fewer
    silent = a_year("access_count", count(1_250))
    silent.figures[4].completeness = 60
    assert said_of(a_year("access_count", count(1_000)), silent) == ""


def test_where_there_is_no_year_nothing_is_compared() -> None:
    now = a_year("reliable_improvement", rate(400, 1_000))
    assert said_of(now, now.model_copy(update={"totals": []})) == ""


def test_what_got_worse_in_a_year_is_a_known_problem() -> None:
    [found] = known_problems(shown(wait_days=CALM), {"wait_days": "It got worse."})
    assert (found.kind, found.code) == ("worse", "wait_days")
    assert found.sentence == "It got worse."
