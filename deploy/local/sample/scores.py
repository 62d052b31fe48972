"""Scores of the sample's assessments, worked out a second time.

Source: domain reference of the instruments; a missing item is made up for by the mean
of the others, as far as the form allows, and nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from deploy.local.sample.forms import DECLINED, FORMS
from deploy.local.sample.records import Assessment

DIALOG = "dialog"
# First and last item of each scale, and how many of them must be answered.
SCALES = ((1, 8, 6), (9, 11, 2))
DIALOG_ITEMS = tuple(f"dialog_q{item:02}" for item in range(1, 12))


def measured(assessment: Assessment) -> Iterator[tuple[str, Fraction]]:
    """Yield each measure that an assessment is valid for, with its score.

    An instrument is one measure, but each item of DIALOG is one of its own. There is
    none of an open question, nor where too much is missing.
    """
    if assessment.instrument == DIALOG:
        for item, answer in answered(assessment).items():
            yield DIALOG_ITEMS[item - 1], Fraction(answer)
    elif assessment.instrument in FORMS:
        score = total(assessment)
        if score is not None:
            yield assessment.instrument, score


def total(assessment: Assessment) -> Fraction | None:
    """Return the unrounded total of one scale, or None if too many are missing.

    That of MANSA and SWEMWBS too, though a mean and a metric are published of them: a
    total says whether there is a score.
    """
    form = FORMS[assessment.instrument]
    answers = [item for item in assessment.items if item is not None]
    if len(answers) < form.count - form.most_missing:
        return None
    return Fraction(sum(answers) * form.count, len(answers))


def answered(assessment: Assessment) -> dict[int, int]:
    """Return what was answered of DIALOG, by item; declined is missing.

    Nothing where neither scale has enough answers, as such a form does not count.
    """
    answers = {
        number: item
        for number, item in enumerate(assessment.items, 1)
        if item is not None and item != DECLINED
    }
    is_enough = any(
        sum(first <= number <= last for number in answers) >= least
        for first, last, least in SCALES
    )
    return answers if is_enough else {}
