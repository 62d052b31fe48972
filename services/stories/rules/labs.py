"""Learning labs: ideas, who tries what until when, and what came of it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.stories.problems import LabDiffers, LabPartDiffers
from services.stories.schemas.labs import (
    MOST_FIGURES,
    MOST_STORIES,
    AboutLab,
    FigureIn,
    IdeaIn,
    Lab,
    LabIn,
    OutcomeIn,
    Trial,
    TrialIn,
)
from shared.problems import FieldProblem, InvalidContent, NotFound, sentence

MOST_PARTS = 100


def about_of(body: LabIn) -> AboutLab:
    """Return what a lab is about, without what names it and its stories."""
    kept = {name: getattr(body, name) for name in AboutLab.model_fields}
    return AboutLab.model_construct(**kept)


def refuse_other_lab(known: Lab, sent: Lab) -> None:
    """Refuse a lab that is stored with other content; its ideas are nobody's repeat.

    Raises:
        LabDiffers: 409, this reference is stored with other content.
    """
    if lab_corrected(known, sent) is not None:
        raise LabDiffers(
            "This reference is stored with other content. PUT it to correct it, or plan"
            " another lab under a reference of its own."
        )


def lab_corrected(known: Lab, right: Lab) -> Lab | None:
    """Return the lab about what it should be, or None if it is so."""
    if (known.about, known.stories) == (right.about, right.stories):
        return None
    after = {"about": right.about, "stories": right.stories}
    return known.model_copy(update=after)


def lab_with_story(lab: Lab, story: UUID) -> Lab | None:
    """Return the lab with one more story, or None if it has it already.

    Raises:
        InvalidContent: 422, there are 50 stories.
    """
    if story in lab.stories:
        return None
    if len(lab.stories) >= MOST_STORIES:
        raise InvalidContent(f"A lab looks at {MOST_STORIES} stories at most.")
    return lab.model_copy(update={"stories": [*lab.stories, story]})


def lab_without_story(lab: Lab, story: UUID) -> Lab | None:
    """Return the lab without a story, or None if it has it no more."""
    if story not in lab.stories:
        return None
    others = [one for one in lab.stories if one != story]
    return lab.model_copy(update={"stories": others})


def lab_with_figure(lab: Lab, figure: FigureIn) -> Lab | None:
    """Return the lab with one more figure, or None if it has just this one.

    Raises:
        InvalidContent: 422, there are 20 figures.
    """
    figures = lab.about.figures
    if figure in figures:
        return None
    if len(figures) >= MOST_FIGURES:
        raise InvalidContent(f"A lab looks at {MOST_FIGURES} figures at most.")
    return _with_figures(lab, [*figures, figure])


def lab_without_figure(lab: Lab, place: int) -> Lab:
    """Return the lab without the figure in a place, counted from 0.

    Raises:
        NotFound: 404, the lab has no figure there.
    """
    figures = lab.about.figures
    if not 0 <= place < len(figures):
        raise NotFound("The lab has no such figure.")
    return _with_figures(lab, figures[:place] + figures[place + 1 :])


def _with_figures(lab: Lab, figures: list[FigureIn]) -> Lab:
    about = lab.about.model_copy(update={"figures": figures})
    return lab.model_copy(update={"about": about})


def lab_with_idea(lab: Lab, idea: IdeaIn) -> Lab | None:
    """Return the lab with one more idea, or None if it has it already.

    Raises:
        LabPartDiffers: 409, its reference is stored with other content.
        InvalidContent: 422, there are 100 ideas.
    """
    known = lab.ideas.get(idea.reference)
    if known is not None:
        _refuse_difference(is_same=known == idea)
        return None
    _refuse_too_many(len(lab.ideas))
    return lab.model_copy(update={"ideas": {**lab.ideas, idea.reference: idea}})


def lab_without_idea(lab: Lab, reference: str) -> Lab:
    """Return the lab without an idea; trials of it stay, as trials of no idea.

    Raises:
        NotFound: 404, the lab has no such idea.
    """
    if reference not in lab.ideas:
        raise NotFound("The lab has no idea of this reference.")
    ideas = {key: idea for key, idea in lab.ideas.items() if key != reference}
    trials = {key: _of_no_idea(one, reference) for key, one in lab.trials.items()}
    return lab.model_copy(update={"ideas": ideas, "trials": trials})


def _of_no_idea(trial: Trial, reference: str) -> Trial:
    if trial.agreed.idea != reference:
        return trial
    agreed = trial.agreed.model_copy(update={"idea": None})
    return trial.model_copy(update={"agreed": agreed})


def lab_with_trial(lab: Lab, trial: TrialIn) -> Lab | None:
    """Return the lab with one more trial, or None if it has it already.

    Raises:
        LabPartDiffers: 409, its reference is stored with other content.
        InvalidContent: 422, it ends before the lab was held, or its idea is not the
            lab's; or there are 100 trials.
    """
    known = lab.trials.get(trial.reference)
    if known is not None:
        _refuse_difference(is_same=known.agreed == trial)
        return None
    _refuse_too_many(len(lab.trials))
    wrong = []
    if trial.idea is not None and trial.idea not in lab.ideas:
        wrong.append(FieldProblem(pointer="/idea", detail="the lab has no such idea"))
    if trial.until < lab.about.held_on:
        detail = "this day is before the lab was held"
        wrong.append(FieldProblem(pointer="/until", detail=detail))
    if wrong:
        raise InvalidContent(sentence(len(wrong)), wrong)
    trials = {**lab.trials, trial.reference: Trial(agreed=trial)}
    return lab.model_copy(update={"trials": trials})


def lab_without_trial(lab: Lab, reference: str) -> Lab:
    """Return the lab without a trial.

    Raises:
        NotFound: 404, the lab has no such trial.
    """
    the_trial(lab, reference)
    trials = {key: trial for key, trial in lab.trials.items() if key != reference}
    return lab.model_copy(update={"trials": trials})


def lab_with_outcome(
    lab: Lab, reference: str, outcome: OutcomeIn, latest: date
) -> Lab | None:
    """Return the lab with what came of a trial, or None if that is known already.

    Raises:
        NotFound: 404, the lab has no such trial.
        InvalidContent: 422, the day is before the lab was held or after `latest`.
    """
    trial = the_trial(lab, reference)
    if trial.outcome == outcome:
        return None
    fault = None
    if outcome.seen_on < lab.about.held_on:
        fault = "this day is before the lab was held"
    if outcome.seen_on > latest:
        fault = "this day has not come yet"
    if fault:
        wrong = [FieldProblem(pointer="/seen_on", detail=fault)]
        raise InvalidContent(sentence(1), wrong)
    after = trial.model_copy(update={"outcome": outcome})
    return lab.model_copy(update={"trials": {**lab.trials, reference: after}})


def the_trial(lab: Lab, reference: str) -> Trial:
    """Return a trial of the lab.

    Raises:
        NotFound: 404, the lab has no such trial.
    """
    trial = lab.trials.get(reference)
    if trial is None:
        raise NotFound("The lab has no trial of this reference.")
    return trial


def _refuse_difference(*, is_same: bool) -> None:
    if not is_same:
        raise LabPartDiffers(
            "Another one of this reference is stored. Send a new reference, or take"
            " that one out first."
        )


def _refuse_too_many(count: int) -> None:
    if count >= MOST_PARTS:
        raise InvalidContent(
            f"A lab has {MOST_PARTS} ideas and {MOST_PARTS} trials at most."
        )
