"""Rules of learning labs."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.stories.problems import LabDiffers, LabPartDiffers
from services.stories.rules import labs
from services.stories.schemas.labs import (
    MOST_STORIES,
    FigureIn,
    IdeaIn,
    Lab,
    LabIn,
    OutcomeIn,
    TrialIn,
)
from shared.problems import InvalidContent, NotFound

STORY, OTHER = UUID(int=1), UUID(int=2)
TODAY = date(2026, 6, 1)
BODY = {
    "reference": "L-1",
    "title": "The first weeks",
    "held_on": "2026-05-12",
    "audience": "team",
    "question": "What helps?",
}
FIGURE = FigureIn.model_validate(
    {"indicator": "wait_days", "from": "2026-01", "to": "2026-01"}
)
IDEA = IdeaIn(reference="I-1", words="Ring sooner")


def a_lab(**changes: Any) -> Lab:  # noqa: ANN401
    about = labs.about_of(LabIn.model_validate(BODY | changes))
    return Lab(about=about, stories=[STORY])


def a_trial(**changes: object) -> TrialIn:
    return TrialIn.model_validate(
        {
            "reference": "T-1",
            "who": "The desk",
            "what": "Rings",
            "until": "2026-06-30",
            **changes,
        }
    )


def an_outcome(seen_on: str = "2026-05-30", words: str = "It helped") -> OutcomeIn:
    return OutcomeIn.model_validate({"came_of_it": words, "seen_on": seen_on})


def changed(lab: Lab | None) -> Lab:
    assert lab is not None
    return lab


def test_what_is_kept_of_a_lab_names_none_of_its_references() -> None:
    lab = a_lab(stories=["S-1"])
    assert "reference" not in lab.about.model_dump()
    assert "S-1" not in lab.model_dump_json()
    kept = Lab.model_validate_json(lab.model_dump_json())
    assert kept == lab


def test_the_same_lab_is_a_repeat_whatever_was_added_to_it_since() -> None:
    lab = changed(labs.lab_with_idea(a_lab(), IDEA))
    labs.refuse_other_lab(lab, a_lab())
    with pytest.raises(LabDiffers):
        labs.refuse_other_lab(lab, a_lab(title="Another"))


def test_a_corrected_lab_keeps_its_ideas() -> None:
    lab = changed(labs.lab_with_idea(a_lab(), IDEA))
    right = changed(labs.lab_corrected(lab, a_lab(audience="public")))
    assert (right.about.audience, list(right.ideas)) == ("public", ["I-1"])
    assert labs.lab_corrected(right, a_lab(audience="public")) is None


def test_stories_and_figures_are_looked_at_once() -> None:
    lab = changed(labs.lab_with_story(a_lab(), OTHER))
    assert lab.stories == [STORY, OTHER]
    assert labs.lab_with_story(lab, OTHER) is None
    assert changed(labs.lab_without_story(lab, STORY)).stories == [OTHER]
    assert labs.lab_without_story(a_lab(), OTHER) is None
    lab = changed(labs.lab_with_figure(a_lab(), FIGURE))
    assert labs.lab_with_figure(lab, FIGURE) is None
    assert labs.lab_without_figure(lab, 0).about.figures == []
    with pytest.raises(NotFound):
        labs.lab_without_figure(lab, 1)


def test_a_lab_is_no_heap() -> None:
    lab = a_lab()
    lab.stories.extend(UUID(int=n) for n in range(10, 10 + MOST_STORIES))
    lab.ideas.update({f"I-{n}": IDEA for n in range(2, 2 + labs.MOST_PARTS)})
    with pytest.raises(InvalidContent):
        labs.lab_with_story(lab, OTHER)
    with pytest.raises(InvalidContent):
        labs.lab_with_idea(lab, IDEA)
    figures = [FIGURE.model_copy(update={"by": f"b{n}"}) for n in range(20)]
    lab = a_lab()
    for one in figures:
        lab = changed(labs.lab_with_figure(lab, one))
    with pytest.raises(InvalidContent):
        labs.lab_with_figure(lab, FIGURE)


def test_a_reference_stands_for_one_idea_and_one_trial() -> None:
    lab = changed(labs.lab_with_idea(a_lab(), IDEA))
    assert labs.lab_with_idea(lab, IDEA) is None
    with pytest.raises(LabPartDiffers):
        labs.lab_with_idea(lab, IdeaIn(reference="I-1", words="Another"))
    lab = changed(labs.lab_with_trial(lab, a_trial()))
    assert labs.lab_with_trial(lab, a_trial()) is None
    with pytest.raises(LabPartDiffers):
        labs.lab_with_trial(lab, a_trial(who="Others"))


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"until": "2026-05-11"}, ["/until"]),
        ({"idea": "I-9"}, ["/idea"]),
        ({"idea": "I-9", "until": "2026-05-11"}, ["/idea", "/until"]),
        ({"until": "2026-05-12"}, []),
    ],
)
def test_a_trial_is_of_an_idea_of_the_lab_and_ends_after_it(
    change: dict[str, str], pointers: list[str]
) -> None:
    found: list[str] = []
    try:
        labs.lab_with_trial(a_lab(), a_trial(**change))
    except InvalidContent as refused:
        found = [one.pointer for one in refused.errors]
    assert found == pointers


def test_a_trial_outlives_its_idea() -> None:
    lab = changed(labs.lab_with_idea(a_lab(), IDEA))
    lab = changed(labs.lab_with_trial(lab, a_trial(idea="I-1")))
    lab = changed(labs.lab_with_trial(lab, a_trial(reference="T-2")))
    after = labs.lab_without_idea(lab, "I-1")
    assert [one.agreed.idea for one in after.trials.values()] == [None, None]
    assert list(labs.lab_without_trial(after, "T-1").trials) == ["T-2"]
    for take_out in (labs.lab_without_idea, labs.lab_without_trial):
        with pytest.raises(NotFound):
            take_out(after, "I-1")


def test_what_came_of_a_trial_is_seen_between_the_lab_and_today() -> None:
    lab = changed(labs.lab_with_trial(a_lab(), a_trial()))
    told = changed(labs.lab_with_outcome(lab, "T-1", an_outcome(), TODAY))
    assert told.trials["T-1"].outcome == an_outcome()
    assert labs.lab_with_outcome(told, "T-1", an_outcome(), TODAY) is None
    for day in ("2026-05-11", "2026-06-02"):
        with pytest.raises(InvalidContent):
            labs.lab_with_outcome(lab, "T-1", an_outcome(day), TODAY)
    with pytest.raises(NotFound):
        labs.lab_with_outcome(lab, "T-2", an_outcome(), TODAY)
