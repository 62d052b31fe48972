"""What a person reads of their own goals and scores, in plain words."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.measures.instruments import Instruments, read
from services.measures.instruments.definition import OpenQuestion
from services.measures.pages import pages, words
from services.measures.pages.chart import HEIGHT, WIDTH, Scale, Value, chart
from services.measures.pages.own_goals import goal_view, goals_of
from services.measures.pages.own_scores import (
    InstrumentView,
    answers_of,
    instruments_of,
    score_fields,
)
from services.measures.schemas import KeptAssessment, KeptGoal
from tests.unit.measures.definitions import INSTRUMENTS, QUESTIONNAIRES

FIRST = date(2026, 3, 10)
JARGON = [
    "clinical",
    "caseness",
    "severity",
    "depress",
    "score",
    "reliable",
    "baseline",
]


def an_assessment(
    instrument: str, on: str, responses: dict[str, Any], **more: object
) -> KeptAssessment:
    recorded = {
        "reference": f"A-{on}",
        "referral": "LW-1",
        "instrument": instrument,
        "completed_on": on,
        "completed_by": "person",
        "responses": responses,
    }
    return KeptAssessment.model_validate({"recorded": recorded, **more})


def a_goal(kind: str, baseline: int | None, *ratings: int, **more: object) -> KeptGoal:
    goal = {
        "reference": "G-1",
        "referral": "LW-1",
        "kind": kind,
        "words": "Sing again",
        "set_on": FIRST.isoformat(),
        "baseline": baseline,
    }
    given = [
        {"rated_on": (FIRST + timedelta(days=30 * n)).isoformat(), "value": value}
        for n, value in enumerate(ratings, 1)
    ]
    return KeptGoal.model_validate({"goal": goal, "ratings": given, **more})


def the_one(
    *assessments: KeptAssessment, of: Instruments = INSTRUMENTS
) -> InstrumentView:
    [found] = instruments_of(of, assessments)
    return found


def reqol(on: str, *items: int | None, **more: object) -> KeptAssessment:
    return an_assessment("reqol10", on, {"items": list(items)}, **more)


NINETEEN = (1, 2, 2, 3, 1, 4, 2, 1, 2, 1)
TWENTY_SEVEN = (3, 2, 2, 3, 3, 4, 2, 3, 2, 3)


def test_first_and_latest_are_told_with_their_days() -> None:
    [score] = the_one(
        reqol("2026-07-01", *TWENTY_SEVEN), reqol("2026-03-10", *NINETEEN)
    ).scores
    assert score.first
    assert score.last
    assert (score.first.number, score.first.on) == ("19", "10 March 2026")
    assert (score.last.number, score.last.on) == ("27", "1 July 2026")
    assert "8 higher" in score.sentence
    assert "for the better" in score.sentence


def test_a_small_change_is_told_as_chance() -> None:
    [score] = the_one(
        reqol("2026-03-10", *NINETEEN), reqol("2026-04-10", *NINETEEN[:-1], 3)
    ).scores
    assert "2 higher" in score.sentence
    assert "changes under 5 points often are" in score.sentence


def test_down_is_good_where_lower_is_better() -> None:
    [score] = the_one(
        an_assessment("gad7", "2026-03-10", {"items": [2] * 7}),
        an_assessment("gad7", "2026-05-10", {"items": [1] * 7}),
    ).scores
    assert "7 lower" in score.sentence
    assert "for the better" in score.sentence


def test_what_got_harder_is_told_kindly() -> None:
    [score] = the_one(
        reqol("2026-03-10", *TWENTY_SEVEN), reqol("2026-07-01", *NINETEEN)
    ).scores
    assert "not your fault" in score.sentence


def test_too_few_answers_are_no_number_and_never_a_nought() -> None:
    [score] = the_one(reqol("2026-03-10", None, None, *NINETEEN[2:])).scores
    assert score.first is None
    assert [row.number for row in score.rows] == ["not enough answers"]
    assert score.chart is None


def test_a_scale_of_its_own_may_have_too_few_answers() -> None:
    items = [3, 4, 2, 5, 4, 5, 6, 5, None, None, 8]
    life, support = the_one(
        an_assessment("dialog", "2026-03-10", {"items": items})
    ).scores
    assert life.first
    assert life.first.number == "4.3"
    assert support.first is None


def test_a_withdrawn_assessment_is_not_shown() -> None:
    withdrawn = reqol("2026-07-01", *TWENTY_SEVEN, withdrawal={})
    [score] = the_one(reqol("2026-03-10", *NINETEEN), withdrawn).scores
    assert score.last is None
    assert instruments_of(INSTRUMENTS, [withdrawn]) == []


def test_items_are_shown_only_in_words_the_site_may_show(tmp_path: Path) -> None:
    assessment = an_assessment("phq9", "2026-03-10", {"items": [1] * 8 + [3]})
    assert the_one(assessment).items == []
    wording = tmp_path / "wording.toml"
    wording.write_text(
        "\n".join(f'"phq9.q{n:02}" = "Made-up question {n}"' for n in range(1, 10))
    )
    items = the_one(assessment, of=read(None, wording)).items
    assert [item.wording for item in items] == [
        f"Made-up question {n}" for n in range(1, 9)
    ]


def test_thoughts_of_self_harm_are_never_told() -> None:
    low = an_assessment("phq9", "2026-03-10", {"items": [1] * 8 + [0]})
    high = an_assessment("phq9", "2026-03-10", {"items": [1] * 7 + [0, 1]})
    assert the_one(low) == the_one(high)


@pytest.mark.parametrize("code", QUESTIONNAIRES)
def test_every_instrument_is_explained_without_jargon(code: str) -> None:
    instrument = QUESTIONNAIRES[code]
    said = words.texts().instruments[code]
    assert said.scores.keys() == {field for field, _ in score_fields(instrument)}
    field, count = instrument.items.field, instrument.items.count
    view = the_one(
        an_assessment(code, "2026-03-10", {field: [instrument.items.highest] * count})
    )
    assert view.scores[0].first
    told = f"{said.title} {said.means} {view.means_not} {view.chance}".lower()
    assert "{" not in told
    assert [word for word in JARGON if word in told] == []
    direction = "higher" if instrument.direction.better == "higher" else "lower"
    assert said.means.startswith(f"A {direction} number means")


def test_every_open_question_has_a_title() -> None:
    questions = {
        code
        for code, one in INSTRUMENTS.answered.items()
        if isinstance(one, OpenQuestion)
    }
    assert words.texts().questions.keys() == questions


def test_answers_in_own_words_are_shown_as_they_are_the_latest_first() -> None:
    found = answers_of(
        INSTRUMENTS,
        [
            an_assessment("safety", "2026-03-10", {"text": "Not at night."}),
            an_assessment("safety", "2026-05-10", {"text": "<b>Yes</b>"}),
            an_assessment("safety", "2026-06-10", {"text": "No."}, withdrawal={}),
        ],
    )
    assert [one.text for one in found] == ["<b>Yes</b>", "Not at night."]


def test_a_rated_goal_says_where_it_began_and_where_it_is() -> None:
    view = goal_view(a_goal("gbo", 2, 3, 6))
    assert view.words == "Sing again"
    assert view.sentence == (
        "You started at 2 out of 10, and said 6 on 9 May 2026: 4 closer."
    )
    assert [value.text for value in view.values] == ["2", "3", "6"]


def test_a_goal_without_a_rating_has_none() -> None:
    view = goal_view(a_goal("gbo", None))
    assert view.sentence == "You have not said yet how far you are."
    assert view.chart is None


def test_a_scaled_goal_is_told_in_words() -> None:
    view = goal_view(a_goal("gas", -1, 0, 2))
    assert view.sentence == (
        "You started at “less than expected”, and on 9 May 2026 you were at"
        " “much more than expected”."
    )
    assert view.chart
    assert {dot.label for dot in view.chart.dots} == {None}


def test_goals_that_were_let_go_come_last() -> None:
    dropped = a_goal("gbo", 1, dropping={"dropped_on": "2026-04-01"})
    views = goals_of([dropped, a_goal("gbo", 2)])
    assert [view.let_go_on for view in views] == [None, "1 April 2026"]


@given(st.lists(st.integers(0, 10), min_size=2, max_size=40), st.integers(0, 40))
def test_every_dot_is_inside_its_chart(given: list[int], apart: int) -> None:
    values = [
        Value(FIRST + timedelta(days=apart * n), value, "")
        for n, value in enumerate(given)
    ]
    drawn = chart(values, Scale([(0, "0"), (10, "10")]))
    assert drawn
    assert all(drawn.left < dot.x < WIDTH for dot in drawn.dots)
    assert all(0 < dot.y < HEIGHT for dot in drawn.dots)
    assert [dot.x for dot in drawn.dots] == sorted(dot.x for dot in drawn.dots)


def test_labels_of_dots_do_not_cover_each_other() -> None:
    values = [Value(FIRST + timedelta(days=n), 5, "") for n in (0, 1, 2, 50, 99, 100)]
    drawn = chart(values, Scale([(0, "0"), (10, "10")]))
    assert drawn
    labels = [dot.label for dot in drawn.dots]
    assert labels == ["5", None, None, "5", None, "5"]


def test_words_of_a_person_cannot_become_markup() -> None:
    html = pages.html(
        "progress.html",
        goals=goals_of([a_goal("gbo", 2)]),
        answers=answers_of(
            INSTRUMENTS,
            [an_assessment("safety", "2026-03-10", {"text": "<script>x</script>"})],
        ),
        instruments=[],
        limits=[],
        help_lines=[],
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html
