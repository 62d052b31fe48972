"""Which version holds when, and what the files of the installation say."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deploy.local.sample.people import ORGANISATIONS
from services.aggregation.frameworks.definition import FrameworkIn
from services.aggregation.frameworks.faults import Known, faults_of
from services.aggregation.frameworks.publishing import read_files
from services.aggregation.frameworks.report import Shared, parts_of, unmatched_of
from services.aggregation.frameworks.versions import (
    Version,
    gaps_between,
    name_of,
    spans_of,
)
from services.aggregation.indicators import INDICATORS
from tests.frameworks import a_framework
from tests.unit.aggregation.test_framework_faults import TODAY, published, read

FOLDER = Path(__file__).parents[3] / "deploy" / "frameworks"
Dates = tuple[int, date, date | None]


def when(*frameworks: dict[str, Any]) -> list[Dates]:
    spans = spans_of(published(*frameworks))
    return [(span.version.number, span.first, span.last) for span in spans]


def starting(first: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return a_framework(valid_from=first, **changes)


def test_a_version_without_an_end_holds_until_the_next_one() -> None:
    assert when(starting("2025-04-01"), starting("2025-10-01")) == [
        (1, date(2025, 4, 1), date(2025, 9, 30)),
        (2, date(2025, 10, 1), None),
    ]


def test_an_agreed_end_leaves_a_gap_where_nothing_follows() -> None:
    versions = published(
        starting("2025-04-01", valid_to="2025-06-30"), starting("2025-09-01")
    )
    first, last = date(2025, 3, 1), date(2025, 12, 1)
    parts = parts_of(versions, None, first, last)
    assert [(part.first, part.last) for part in parts] == [
        (date(2025, 4, 1), date(2025, 6, 1)),
        (date(2025, 9, 1), date(2025, 12, 1)),
    ]
    assert gaps_between(parts, first, last) == [
        (date(2025, 3, 1), date(2025, 3, 1)),
        (date(2025, 7, 1), date(2025, 8, 1)),
    ]
    assert gaps_between(parts[:1], first, last)[-1] == (date(2025, 7, 1), last)


def test_a_plan_that_was_changed_never_comes_into_effect() -> None:
    plans = starting("2027-04-01"), starting("2027-01-01", title="Sooner")
    assert when(starting("2025-04-01"), *plans) == [
        (1, date(2025, 4, 1), date(2026, 12, 31)),
        (3, date(2027, 1, 1), None),
    ]


def test_a_version_asked_for_answers_for_all_months_it_was_agreed_for() -> None:
    versions = published(starting("2025-04-01"), starting("2025-10-01"))
    period = date(2025, 1, 1), date(2025, 12, 1)
    [part] = parts_of(versions, versions[0], *period)
    assert (part.first, part.last) == (date(2025, 4, 1), date(2025, 12, 1))
    assert parts_of(versions, versions[1], date(2025, 1, 1), date(2025, 9, 1)) == []


def test_the_same_content_has_the_same_name_and_any_other_another() -> None:
    name = name_of(read(a_framework()))
    assert name == name_of(read(a_framework(valid_to=None, questions=[])))
    assert name != name_of(read(a_framework(title="What Riverside looks out for")))
    assert len(name) == 12


def files() -> list[FrameworkIn]:
    return read_files(FOLDER)


def test_the_shared_frameworks_are_read_first() -> None:
    assert [one.id for one in files()] == [
        "lambeth-big-three",
        "living-well-core",
        "eastholme",
        "eastholme",
    ]


def test_nothing_is_wrong_with_what_comes_with_the_installation() -> None:
    before: dict[str, list[Version]] = {}
    for content in files():
        own = before.setdefault(content.id, [])
        compared = before.get(content.shared or "", [])
        shared = [outcome.code for v in compared for outcome in v.content.outcomes()]
        known = Known(INDICATORS, own, shared if compared else None, TODAY)
        assert faults_of(content, known) == [], content.id
        own.extend(published(content.model_dump(mode="json")))


def test_the_shared_outcomes_are_those_of_the_reference() -> None:
    big_three, core, *_ = files()
    assert [outcome.big_three for outcome in big_three.outcomes()] == [1, 2, 3]
    levels = [outcome.level for outcome in core.outcomes()]
    assert levels == ["person"] * 6 + ["system"]
    assert core.source is not None
    assert "livingwellsystems.uk" in core.source


def test_the_sites_framework_is_of_a_place_of_the_sample() -> None:
    core, first, second = files()[1:]
    places = {organisation.place for organisation in ORGANISATIONS}
    assert set(first.places) == set(second.places) <= places
    assert "no match" in [outcome.matches for outcome in first.outcomes()]
    shared = {outcome.code: outcome.words for outcome in core.outcomes()}
    unmatched = [one.code for one in unmatched_of(second, Shared("", shared))]
    assert unmatched == ["fewer_crises"]


def test_a_file_that_is_no_framework_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("id: site\ntitle: No more than that\n")
    with pytest.raises(ValueError, match=r"site\.yaml: .*/aims: Field required"):
        read_files(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_files(tmp_path / "nowhere")
    assert read_files(None) == []
