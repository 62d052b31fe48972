"""What the forms of learning labs send, as the bodies and steps that they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError

from services.stories.api.lab_parts import outcome_step
from services.stories.api.labs import replacing
from services.stories.lab_queries import LabStep
from services.stories.rules import labs as rules
from services.stories.rules.tell_form import Fields, first
from services.stories.schemas.labs import (
    MOST_FIGURES,
    AboutLab,
    FigureIn,
    IdeaIn,
    Lab,
    LabIn,
    OutcomeIn,
    TrialIn,
)
from shared.bodies import In
from shared.problems import InvalidContent, NotFound, Problem, invalid

Body = TypeVar("Body", bound=In)

# What is said where a field is empty, too long or not what it should be.
FAULTS = {
    "title": "Say in a few words what the lab is about.",
    "question": "Write down the question, in 500 letters at most.",
    "audience": "Choose who will read the pack.",
    "held_on": "Give the day of the lab.",
    "indicator": "Give the code of a figure, such as wait_days.",
    "from": "Give the first month, such as 2026-01.",
    "to": "Give the last month, such as 2026-03.",
    "by": "Give a code, such as age, or leave it empty.",
    "noted": "Write 500 letters at most.",
    "words": "Write down the idea, in 500 letters at most.",
    "who": "Say which role or team tries it, not who by name.",
    "what": "Say what is tried, in 500 letters at most.",
    "came_of_it": "Say what came of it, in 500 letters at most.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a form, and what is wrong with it; at first, nothing.

    Attributes:
        of: Which of the page's forms it was.
    """

    fields: Fields = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    of: str = ""
    status: int = HTTPStatus.OK

    def says(self, name: str, otherwise: str = "") -> str:
        """Return what was typed into a field."""
        return first(self.fields, name) if self.fields else otherwise


def refused(fields: Fields, problem: Problem) -> Typed:
    """Return a form as it was typed, with what a problem says of its fields."""
    faults: dict[str, str] = {}
    for error in problem.errors:
        name = error.pointer.split("/")[1] if error.pointer else ""
        by_rule = error.detail.startswith(("this day", "the lab"))
        said = error.detail.capitalize() + "." if by_rule else FAULTS.get(name)
        faults.setdefault(name, said or f"{error.detail}.".capitalize())
    of = "-".join(filter(None, (first(fields, "do"), first(fields, "trial"))))
    return Typed(fields, faults, problem.detail, of, problem.status)


def body_of(model: type[Body], fields: Fields, *names: str) -> Body:
    """Return a body of the fields that say anything.

    Raises:
        InvalidContent: 422, it does not fit.
    """
    values = {name: first(fields, name).strip() for name in names}
    return _checked(model, {name: said for name, said in values.items() if said})


def _checked(model: type[Body], values: Mapping[str, Any]) -> Body:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error) from error


def lab_in(fields: Fields) -> LabIn:
    """Return a new lab, which looks at nothing yet.

    Raises:
        InvalidContent: 422, it does not fit.
    """
    return body_of(LabIn, fields, "reference", *PARTICULARS)


PARTICULARS = ("title", "held_on", "audience", "question")


def changed_about(fields: Fields) -> LabStep:
    """Return the step that says anew what a lab is about; its figures stay."""
    right = body_of(AboutLab, fields, *PARTICULARS)

    def rule(lab: Lab) -> Lab | None:
        about = right.model_copy(update={"figures": lab.about.figures})
        return rules.lab_corrected(lab, lab.model_copy(update={"about": about}))

    return replacing("changed", rule, first(fields, "version"))


def story_of(fields: Fields) -> UUID:
    """Return which story a form names.

    Raises:
        NotFound: 404, it names none.
    """
    try:
        return UUID(first(fields, "story"))
    except ValueError as error:
        raise NotFound("Your organisation has no such story.") from error


def _add_story(fields: Fields) -> LabStep:
    story = story_of(fields)
    return LabStep("changed", lambda lab: rules.lab_with_story(lab, story))


def _take_out_story(fields: Fields) -> LabStep:
    story = story_of(fields)
    return LabStep("changed", lambda lab: rules.lab_without_story(lab, story))


def _add_figure(fields: Fields) -> LabStep:
    figure = body_of(FigureIn, fields, "indicator", "from", "to", "by", "noted")
    return LabStep("changed", lambda lab: rules.lab_with_figure(lab, figure))


def _take_out_figure(fields: Fields) -> LabStep:
    places = [str(place) for place in range(MOST_FIGURES)]
    place = first(fields, "place")
    number = places.index(place) if place in places else MOST_FIGURES

    def rule(lab: Lab) -> Lab:
        return rules.lab_without_figure(lab, number)

    return replacing("changed", rule, first(fields, "version"))


def _add_idea(fields: Fields) -> LabStep:
    idea = body_of(IdeaIn, fields, "reference", "words")
    return LabStep("idea-added", lambda lab: rules.lab_with_idea(lab, idea))


def _take_out_idea(fields: Fields) -> LabStep:
    idea = first(fields, "idea")

    def rule(lab: Lab) -> Lab:
        return rules.lab_without_idea(lab, idea)

    return replacing("idea-removed", rule, first(fields, "version"))


def _add_trial(fields: Fields) -> LabStep:
    trial = body_of(TrialIn, fields, "reference", "idea", "who", "what", "until")
    return LabStep("trial-added", lambda lab: rules.lab_with_trial(lab, trial))


def _take_out_trial(fields: Fields) -> LabStep:
    trial = first(fields, "trial")

    def rule(lab: Lab) -> Lab:
        return rules.lab_without_trial(lab, trial)

    return replacing("trial-removed", rule, first(fields, "version"))


def _tell_outcome(fields: Fields) -> LabStep:
    outcome = body_of(OutcomeIn, fields, "came_of_it", "seen_on")
    return outcome_step(first(fields, "trial"), outcome, first(fields, "version"))


# What a button does, and where on the page it shows.
STEPS: Mapping[str, tuple[Callable[[Fields], LabStep], str]] = {
    "add-story": (_add_story, "stories"),
    "take-out-story": (_take_out_story, "stories"),
    "add-figure": (_add_figure, "figures"),
    "take-out-figure": (_take_out_figure, "figures"),
    "add-idea": (_add_idea, "ideas"),
    "take-out-idea": (_take_out_idea, "ideas"),
    "add-trial": (_add_trial, "trials"),
    "take-out-trial": (_take_out_trial, "trials"),
    "tell-outcome": (_tell_outcome, "trials"),
}


def step_of(fields: Fields) -> tuple[LabStep, str]:
    """Return what a form does to a lab, and in which part of the page.

    Raises:
        InvalidContent: 422, it does not fit.
    """
    known = STEPS.get(first(fields, "do"))
    if known is None:
        raise InvalidContent("There is no such step.")
    make, part = known
    return make(fields), part
