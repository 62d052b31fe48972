"""How figures of months and of a whole period are put together, and said in words."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregation import view
from services.aggregation.disclosure import (
    SUPPRESSED,
    About,
    Counted,
    Figure,
    Gate,
)
from services.aggregation.indicators import INDICATORS
from services.aggregation.indicators.definition import Unit
from services.aggregation.pages import words
from services.aggregation.pages.cards import bars_of
from services.aggregation.pages.everyone import SHOWN
from services.aggregation.queries import Counts
from services.aggregation.rules import GROUPS
from services.aggregation.schemas import MomentOut, Question

WHOLE = About(month=None, completeness=None)
JANUARYS = About(month="2026-01", completeness=100)
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


def a_question(code: str, breakdown: str | None = None) -> Question:
    return Question(INDICATORS[code], "system", [], breakdown, JANUARY, MARCH, None)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(-3, 40))
def test_months_between_are_all_months_of_both_ends(first: date, count: int) -> None:
    index = first.year * 12 + first.month - 1 + count
    last = date(index // 12, index % 12 + 1, 28)
    months = list(view.months_between(first, last))
    assert len(months) == max(0, count + 1)
    assert months == sorted(set(months))
    assert all(month.day == 1 for month in months)
    if months:
        assert months[0] == first.replace(day=1)
        assert months[-1] == last.replace(day=1)


def test_every_month_and_group_has_a_cell() -> None:
    counts: Counts = {FEBRUARY: {"male": Counted(3, 7)}}
    question = a_question("pairing_rate", "gender")
    found = view.spread(question, counts, [JANUARY, FEBRUARY])
    assert list(found) == [JANUARY, FEBRUARY]
    assert all(tuple(cells) == GROUPS["gender"] for cells in found.values())
    assert found[FEBRUARY]["male"] == Counted(3, 7)
    assert found[JANUARY]["male"] == Counted()


def test_a_stock_is_what_came_minus_what_left_from_the_beginning() -> None:
    counts: Counts = {
        date(2025, 11, 1): {None: Counted(9, 9)},
        JANUARY: {None: Counted(-2, -2)},
        MARCH: {None: Counted(4, 4)},
        date(2026, 4, 1): {None: Counted(100, 100)},
    }
    question = a_question("still_waiting")
    found = view.spread(question, counts, [JANUARY, FEBRUARY, MARCH])
    assert [cells[None].numerator for cells in found.values()] == [7, 7, 11]
    assert view.whole_period(question, found) == {None: Counted(11, 11)}


def test_a_whole_period_adds_months_but_not_of_a_stock() -> None:
    by_month: Counts = {
        JANUARY: {None: Counted(1, 2, ((3, 1), (9, 1)))},
        FEBRUARY: {None: Counted(2, 3, ((1, 1), (3, 2)))},
    }
    added = view.whole_period(a_question("wait_days"), by_month)
    assert added == {None: Counted(3, 5, ((1, 1), (3, 3), (9, 1)))}
    stock = view.whole_period(a_question("still_waiting"), by_month)
    assert stock == by_month[FEBRUARY]


@pytest.mark.parametrize("code", ["access_count", "still_waiting"])
def test_of_no_months_there_is_nothing(code: str) -> None:
    assert view.whole_period(a_question(code), {}) == {None: Counted()}


def test_the_whole_period_is_more_than_its_hidden_months() -> None:
    question = a_question("access_count")
    counts: Counts = {month: {None: Counted(4, 4)} for month in (JANUARY, FEBRUARY)}
    by_month = view.spread(question, counts, [JANUARY, FEBRUARY])
    [january] = view.publish(Gate(), question, by_month[JANUARY], JANUARYS)
    [total] = view.publish(
        Gate(), question, view.whole_period(question, by_month), WHOLE
    )
    assert (january.value, total.value) == (SUPPRESSED, 10)
    assert (january.month, total.month) == ("2026-01", None)


def test_completeness_is_the_share_whose_group_is_known() -> None:
    def share(male: int, not_stated: int, not_known: int) -> object:
        cells: dict[str | None, Counted] = {g: Counted() for g in GROUPS["gender"]}
        counts = {"male": male, "not_stated": not_stated, "not_known": not_known}
        cells |= {group: Counted(n, n) for group, n in counts.items()}
        return view.known_share(Gate(), cells)

    assert share(300, 50, 50) == 75
    assert share(300, 0, 0) == 100
    assert share(300, 1, 0) == 100, "300 of 301, as far as rounded counts tell"
    assert share(100, 28, 0) == 80, "of 130 in steps of 20 percent"
    assert share(250, 0, 0) == share(245, 8, 0) == 100
    assert share(60, 15, 0) == 80
    assert share(60, 7, 0) == SUPPRESSED, "of 65 a step would be too fine"
    assert share(4, 300, 300) == SUPPRESSED
    assert share(0, 0, 0) == SUPPRESSED


def a_moment(kind: str, number: int) -> MomentOut:
    return MomentOut.model_validate(
        {
            "story_id": UUID(int=number),
            "position": 0,
            "kind": kind,
            "step": "support",
            "month": "2026-03",
            "organisation": "RX1",
            "dataref": None,
            "sequence": 1,
        }
    )


@given(st.lists(st.sampled_from(["magic", "miserable", "mixed"]), max_size=20))
def test_moments_are_few_and_never_only_magic_where_others_are(
    kinds: list[str],
) -> None:
    moments = [a_moment(kind, number) for number, kind in enumerate(kinds)]
    found = view.balanced(moments)
    shown = [moment.kind for moment in found]
    others = len(kinds) - kinds.count("magic")
    assert shown.count("magic") == min(3, kinds.count("magic"))
    assert len(shown) - shown.count("magic") == min(3, others)
    if others:
        assert shown[0] != "magic"
    assert all(moment in moments for moment in found)


def a_figure(value: object, **changes: object) -> Figure:
    values = {"value": value, "numerator": value, "denominator": value}
    return Figure.model_validate(values | changes)


def test_a_month_is_said_in_words() -> None:
    assert words.month("2026-03") == "March 2026"
    assert words.month("2026-12") == "December 2026"


@pytest.mark.parametrize("unit", ["people", "percent", "days"])
def test_what_is_hidden_is_said_and_is_not_zero(unit: Unit) -> None:
    assert words.value(SUPPRESSED, unit) == "too few to show"


def test_a_value_has_its_unit() -> None:
    said = [words.value(1_250, "people"), words.value(50, "percent")]
    assert [*said, words.value(14, "days")] == ["1,250", "50%", "14 days"]


@pytest.mark.parametrize("code", SHOWN)
def test_every_indicator_on_the_page_is_said_in_a_sentence(code: str) -> None:
    said = words.sentence(code, a_figure(50, denominator=200, p90=30))
    assert "50" in said or "200" in said
    assert "{" not in said
    assert said.endswith(".")
    for hidden in (a_figure(SUPPRESSED), a_figure(50, denominator=SUPPRESSED)):
        assert "not zero" in words.sentence(code, hidden)


def test_every_source_is_said_in_words() -> None:
    assert set(words.SOURCES) == set(GROUPS["source"])


def test_a_step_is_said_in_words_even_one_that_nobody_foresaw() -> None:
    assert words.step("first_contact") == "The first contact"
    assert words.step("a_new_step") == "A new step"


def test_bars_start_at_zero_and_hidden_ones_have_no_height() -> None:
    figures = [a_figure(v, month="2026-03") for v in (100, 50, SUPPRESSED, 1, 0)]
    assert [bar.height for bar in bars_of(figures)] == [40, 20, None, 1, 1]
    assert [bar.height for bar in bars_of([a_figure(SUPPRESSED, month="2026-03")])] == [
        None
    ]
    assert bars_of([]) == []
