"""All that keeps a framework from being published, each fault with where it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.aggregation.frameworks.definition import FrameworkIn
from services.aggregation.frameworks.faults import Known, faults_of
from services.aggregation.frameworks.reading import read_framework
from services.aggregation.frameworks.versions import Version, name_of
from tests.frameworks import a_framework, a_measure, an_outcome, as_yaml, with_outcomes

TODAY = date(2026, 11, 25)
QUESTION = {"code": "home", "words": "Where you live", "count": 1, "serves": "person"}


def read(framework: dict[str, Any]) -> FrameworkIn:
    return read_framework(as_yaml(framework))


def published(*frameworks: dict[str, Any]) -> list[Version]:
    contents = [read(one) for one in frameworks]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Version(number, name_of(content), content, None, at)
        for number, content in enumerate(contents, 1)
    ]


def faults(
    framework: dict[str, Any],
    before: list[Version] | None = None,
    shared: list[str] | None = None,
) -> dict[str, str]:
    """Return the sentences of what is wrong, by pointer."""
    known = Known({"access_count", "wait_days"}, before or [], shared, TODAY)
    return {one.pointer: one.detail for one in faults_of(read(framework), known)}


def test_a_framework_with_nothing_wrong_has_no_fault() -> None:
    assert faults(a_framework()) == {}


def test_an_outcome_needs_an_indicator() -> None:
    found = faults(with_outcomes(an_outcome(), an_outcome("heard", indicators=[])))
    assert list(found) == ["/aims/0/outcomes/1/indicators"]
    assert "needs an indicator" in found["/aims/0/outcomes/1/indicators"]


HERE = "/aims/0/outcomes/0/indicators/0"


@pytest.mark.parametrize(
    ("measure", "pointer", "sentence"),
    [
        (a_measure("beds"), f"{HERE}/code", "no such indicator"),
        (
            a_measure(not_measured_yet="Nobody sends it."),
            f"{HERE}/not_measured_yet",
            "it is measured",
        ),
        (a_measure(asked_by=None), f"{HERE}/asked_by", "Nobody asked for this"),
        (a_measure(asked_on=None), f"{HERE}/asked_on", "on which day"),
        (a_measure(asked_on="2026-11-26"), f"{HERE}/asked_on", "not come yet"),
        (a_measure(asks=["home"]), f"{HERE}/asks/0", "no such question"),
    ],
)
def test_a_measure_is_known_and_was_asked_for(
    measure: dict[str, Any], pointer: str, sentence: str
) -> None:
    found = faults(with_outcomes(an_outcome(indicators=[measure])))
    assert list(found) == [pointer]
    assert sentence in found[pointer]


@pytest.mark.parametrize(
    "measure",
    [
        a_measure(statutory=True, asked_by=None, asked_on=None),
        a_measure("beds", not_measured_yet="Nobody sends it."),
    ],
)
def test_what_is_statutory_or_a_known_gap_is_taken(measure: dict[str, Any]) -> None:
    assert faults(with_outcomes(an_outcome(indicators=[measure]))) == {}


def test_nothing_is_there_twice() -> None:
    asking = a_measure(asks=["home"])
    found = faults(
        with_outcomes(
            an_outcome(indicators=[asking, asking]),
            an_outcome(),
            questions=[QUESTION, QUESTION],
        )
    )
    assert list(found) == [
        "/questions/1",
        "/aims/0/outcomes/0/indicators/1",
        "/aims/0/outcomes/1/code",
    ]


def test_a_question_that_no_indicator_needs_is_not_asked() -> None:
    assert faults(a_framework(questions=[QUESTION])) == {
        "/questions/0": "No indicator needs this question."
    }


def asking(count: int, serves: str) -> dict[str, Any]:
    question = QUESTION | {"count": count, "serves": serves}
    measure = a_measure(asks=["home"])
    return with_outcomes(an_outcome(indicators=[measure]), questions=[question])


def test_only_questions_for_the_systems_sake_count_against_the_budget() -> None:
    assert faults(asking(2, "system")) == {}
    assert faults(asking(40, "person")) == {}
    assert faults(asking(3, "system")) == {
        "/question_budget": "People would be asked 3 questions for the system's sake;"
        " 2 were agreed."
    }


@pytest.mark.parametrize(
    ("dates", "pointers"),
    [
        ({"valid_from": "2026-01-02"}, ["/valid_from"]),
        ({"valid_to": "2026-06-29"}, ["/valid_to"]),
        ({"valid_to": "2025-12-31"}, ["/valid_to"]),
        ({"valid_to": "2026-02-28"}, []),
    ],
)
def test_a_framework_holds_for_whole_months(
    dates: dict[str, str], pointers: list[str]
) -> None:
    assert list(faults(a_framework(**dates))) == pointers


OPEN = a_framework()
UNTIL_JUNE = a_framework(valid_to="2026-06-30")
PLANNED = a_framework(valid_from="2027-04-01")
CHANGED = {"title": "Other words"}


@pytest.mark.parametrize(
    ("before", "sent", "sentence"),
    [
        ([OPEN], a_framework(**CHANGED), "in effect since 2026-01-01"),
        (
            [OPEN],
            a_framework(valid_from="2025-07-01", **CHANGED),
            "in effect since 2026-01-01",
        ),
        ([OPEN], a_framework(valid_from="2026-07-01", **CHANGED), None),
        (
            [UNTIL_JUNE],
            a_framework(valid_from="2026-04-01", **CHANGED),
            "agreed until 2026-06-30",
        ),
        ([UNTIL_JUNE], a_framework(valid_from="2026-07-01", **CHANGED), None),
        ([UNTIL_JUNE], a_framework(valid_to="2026-03-31"), None),
        ([OPEN, PLANNED], a_framework(valid_from="2027-04-01", **CHANGED), None),
        ([OPEN, PLANNED], a_framework(valid_from="2027-01-01", **CHANGED), None),
    ],
)
def test_effective_dates_do_not_overlap(
    before: list[dict[str, Any]], sent: dict[str, Any], sentence: str | None
) -> None:
    found = faults(sent, published(*before))
    assert list(found) == (["/valid_from"] if sentence else [])
    assert (sentence or "") in found.get("/valid_from", "")


def matching(*matches: object, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    outcomes = [
        an_outcome(f"one_{number}", matches=one) for number, one in enumerate(matches)
    ]
    return with_outcomes(*outcomes, **changes)


def test_a_crosswalk_leads_to_outcomes_that_are_there() -> None:
    sent = matching(["well"], "no match", ["well", "rich"], None, shared="core")
    assert faults(sent, shared=["well", "connected"]) == {
        "/aims/0/outcomes/2/matches/1": "The shared framework has no such outcome.",
        "/aims/0/outcomes/3/matches": "Say which shared outcomes it is like,"
        " or no match.",
    }


def test_a_crosswalk_leads_to_a_framework_that_is_there() -> None:
    nowhere = {"/shared": "There is no such framework to compare with."}
    assert faults(matching("no match", shared="core")) == nowhere
    itself = matching("no match", shared="riverside")
    assert faults(itself, shared=["one_0"]) == nowhere
    assert list(faults(matching(["well"]))) == ["/aims/0/outcomes/0/matches"]


def test_all_faults_are_told_at_once() -> None:
    wrong = a_measure("beds", asked_by=None, asks=["home"])
    sent = with_outcomes(
        an_outcome(indicators=[wrong]),
        an_outcome("heard", indicators=[], matches=["well"]),
        valid_from="2026-01-31",
        valid_to="2026-01-15",
    )
    assert list(faults(sent)) == [
        "/valid_from",
        "/valid_to",
        "/aims/0/outcomes/1/matches",
        f"{HERE}/code",
        f"{HERE}/asked_by",
        f"{HERE}/asks/0",
        "/aims/0/outcomes/1/indicators",
    ]
