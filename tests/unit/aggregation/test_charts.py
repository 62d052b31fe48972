"""What charts show of figures, and what pages say of them in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from services.aggregation.charts.specification import (
    by_group,
    by_month,
    label,
    unusual_months,
    wrapped,
)
from services.aggregation.disclosure import SUPPRESSED, Figure
from services.aggregation.indicators import INDICATORS
from services.aggregation.indicators.definition import Unit
from services.aggregation.pages import easy, words
from services.aggregation.pages.about import (
    said_of_groups,
    said_of_months,
    without_beginning,
)
from services.aggregation.pages.known import known_problems
from services.aggregation.rules import GROUPS
from services.aggregation.schemas import FiguresOut
from services.aggregation.trend import trend_of

NOW = datetime(2026, 1, 15, tzinfo=UTC)
Value = int | Literal["suppressed"]
CALM: list[Value] = [20, 25, 20, 25, 20, 25, 20, 25, 20, 25, 20, 25]


def figure(value: Value, **more: Any) -> Figure:  # noqa: ANN401
    values = {"value": value, "numerator": value, "denominator": value}
    return Figure(**values | more)


def an_answer(values: list[Value], code: str = "access_count") -> FiguresOut:
    indicator = INDICATORS[code]
    months = [f"{2025 + nth // 12}-{nth % 12 + 1:02}" for nth in range(len(values))]
    figures = [
        figure(value, month=month, completeness=100)
        for value, month in zip(values, months, strict=True)
    ]
    return FiguresOut(
        indicator=code,
        title=indicator.title,
        unit=indicator.unit,
        direction=indicator.direction,
        breakdown=None,
        scope="system",
        first=months[0],
        last=months[-1],
        as_of=NOW,
        release=None,
        definition_version=indicator.version,
        figures=figures,
        totals=[figure(values[-1])],
        totals_first=months[0],
        totals_last=months[-1],
        trend=trend_of(figures, indicator.unit, NOW),
        notes=[indicator.caveat],
        moments=[],
    )


def by_age(values: list[Value], code: str = "wait_days") -> FiguresOut:
    answer = an_answer(CALM, code)
    groups = GROUPS["age"]
    totals = [figure(v, group=g) for g, v in zip(groups, values, strict=True)]
    return answer.model_copy(
        update={"breakdown": "age", "totals": totals, "trend": None}
    )


def layers_of(specification: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = specification["layer"]
    return [layer for layer in layers if layer["mark"]["type"] == mark]


def test_a_hidden_month_is_a_gap_and_never_zero() -> None:
    specification = by_month(an_answer([20, SUPPRESSED, 30]))
    assert [row["value"] for row in specification["data"]["values"]] == [20, None, 30]
    [cross] = layers_of(specification, "text")
    assert cross["transform"] == [{"filter": "datum.value === null"}]


def test_lines_of_the_usual_are_drawn_where_a_trend_can_be_told() -> None:
    assert layers_of(by_month(an_answer(CALM[:11])), "rule") == []
    lines = layers_of(by_month(an_answer(CALM)), "rule")
    heights = [line["encoding"]["y"]["datum"] for line in lines]
    assert heights == [22.5, 9.2, 35.8]


def test_an_unusual_month_and_one_that_is_not_over_are_drawn_as_such() -> None:
    answer = an_answer([20, 90, 20, 90, 20, 90, 20, 90, 90, 20, 90, 400, 5])
    assert unusual_months(answer) == {"2025-12"}
    kinds = [row["kind"] for row in by_month(answer)["data"]["values"]]
    assert kinds == ["usual"] * 11 + ["unusual", "not over yet"]


def test_groups_stay_in_the_order_of_their_list_and_a_hidden_one_has_no_bar() -> None:
    answer = by_age([SUPPRESSED, 20, 30, 40, 5, 5, 60, SUPPRESSED])
    rows = by_group(answer, words.group_name)["data"]["values"]
    assert [row["group"] for row in rows][:2] == ["Under 18", "18 to 24"]
    assert rows[0] == {"group": "Under 18", "value": None, "label": "too few to show"}


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (SUPPRESSED, "people", "too few to show"),
        (0, "percent", "under 1"),
        (1_250, "people", "1,250"),
    ],
)
def test_what_stands_beside_a_bar(value: Value, unit: Unit, said: str) -> None:
    assert label(figure(value), unit) == said


def test_a_long_name_is_two_lines_at_most() -> None:
    assert wrapped("White") == "White"
    assert wrapped("People themselves, carers and relatives").count("\n") == 1
    assert wrapped("word " * 30).endswith(" …")


def test_months_before_a_system_began_are_left_out_down_to_twelve() -> None:
    hidden: list[Value] = [SUPPRESSED]
    assert len(without_beginning(an_answer(hidden * 8 + CALM * 1)).figures) == 12
    assert len(without_beginning(an_answer(hidden * 2 + CALM * 2)).figures) == 24
    assert len(without_beginning(an_answer(hidden * 20)).figures) == 12


def test_a_chart_is_said_in_words() -> None:
    said = said_of_months(an_answer([20, SUPPRESSED, 30]))
    assert said == (
        "People seen for the first time, month by month: from 20 in January 2025 to 30"
        " in March 2025. 1 month is hidden, with a cross instead of a point."
    )
    assert "hidden" in said_of_months(an_answer([SUPPRESSED, SUPPRESSED]))
    groups = said_of_groups(by_age([SUPPRESSED, 20, 30, 40, 5, 5, 60, SUPPRESSED]))
    assert "by age: Under 18 too few to show, 18 to 24 20 days" in groups


def shown(**values: list[Value]) -> dict[str, FiguresOut]:
    found = {"access_count": an_answer(CALM), "pairing_rate": an_answer([90] * 12)}
    found |= {code: an_answer(given, code) for code, given in values.items()}
    return found


def test_nothing_is_wrong_where_nothing_is() -> None:
    assert known_problems(shown(), {}) == []


def test_few_pairs_are_a_known_problem() -> None:
    [found] = known_problems(shown(pairing_rate=[40] * 12), {})
    assert (found.kind, found.code) == ("missing", "pairing_rate")
    assert found.sentence.startswith("Only 40 in 100 people")


def test_partners_that_are_not_heard_are_a_known_problem() -> None:
    answers = shown()
    answers["access_count"].figures[3].completeness = 50
    [found] = known_problems(answers, {})
    assert found.kind == "missing"
    assert "in April 2025" in found.sentence


def test_only_the_bad_side_of_a_signal_is_a_known_problem() -> None:
    [found] = known_problems(shown(wait_days=[*CALM[:11], 200]), {})
    assert found.kind == "worse"
    assert "In December 2025 it was higher than usual" in found.sentence
    assert known_problems(shown(access_count=[*CALM[:11], 200]), {}) == []


def test_a_run_that_has_ended_is_no_problem_any_more() -> None:
    low: list[Value] = [10, 12, 10, 12, 10, 12, 10, 12]
    high: list[Value] = [40, 42, 40, 42, 40, 42, 40, 42]
    assert known_problems(shown(access_count=low[:4] + low[:4] + high[:4]), {}) == []
    found = known_problems(shown(access_count=high[:4] + low), {})
    assert "From May 2025 to December 2025 it stayed lower" in found[-1].sentence


def test_what_is_hidden_is_a_known_problem() -> None:
    [found] = known_problems(shown(wait_days=[*CALM[:11], SUPPRESSED]), {})
    assert found.kind == "hidden"
    assert "We do not show Days until the first contact" in found.sentence
    [found] = known_problems(shown(wait_days=[SUPPRESSED, *CALM[:11]]), {})
    assert found.sentence.startswith("Of single months we hide 1 figure:")


@pytest.mark.parametrize("code", easy.SENTENCES)
def test_easy_words_say_the_same_figure_and_of_a_hidden_one_none(code: str) -> None:
    part = easy.part_of(an_answer([45] * 12, code))
    assert "45" in part.value
    assert any("45" in sentence for sentence in part.sentences)
    hidden = easy.part_of(an_answer([SUPPRESSED] * 12, code))
    assert (hidden.value, hidden.tenths) == ("", None)
    assert hidden.sentences == easy.TOO_FEW


def test_ten_people_are_drawn_of_a_hundred() -> None:
    tenths = [
        easy.part_of(an_answer([value], "magic_rate")).tenths for value in (0, 45, 100)
    ]
    assert tenths == [0, 5, 10]


@pytest.mark.parametrize("breakdown", [*GROUPS, "reason", "theme", "half_year"])
def test_every_breakdown_and_group_has_a_name(breakdown: str) -> None:
    assert words.BREAKDOWNS[breakdown]
    names = [words.group_name(group) for group in GROUPS.get(breakdown, ())]
    assert len(set(names)) == len(names)
    assert not any("_" in name for name in names)


def test_names_are_listed_as_people_say_them() -> None:
    said = [words.listed(["a", "b", "c"][:count]) for count in range(4)]
    assert said == ["", "a", "a and b", "a, b and c"]
