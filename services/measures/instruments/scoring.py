"""Scoring: pure functions from what was answered to scores; no item wording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.measures.instruments.answers import (
    InvalidResponses,
    Responses,
    item_scores,
    separate_items,
    yes_no,
)
from services.measures.instruments.definition import OpenQuestion, Questionnaire
from services.measures.instruments.pieces import Missing, Number, Scale
from services.measures.instruments.rounding import rounded
from shared.events import ScoreStatus, ScoreValue

Scores = dict[str, ScoreValue]
TOO_MANY = "too_many_missing"
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of one assessment.

    Attributes:
        items: Item scores, after reversing.
        scores: What is published, rounded.
        exact: The unrounded score that change is computed from, if there is one.
    """

    status: ScoreStatus
    items: list[int | None]
    scores: Scores
    exact: Number | None


def score_sum(instrument: Questionnaire, responses: Responses) -> Scored:
    """Add the items up; missing ones, within the limit, by the person's own mean.

    Raises:
        InvalidResponses: a value, or the number of values, is not allowed.
    """
    items = item_scores(instrument, responses)
    n_missing = items.count(None)
    told = separate_items(instrument, responses)
    for name, flag in instrument.flags.items():
        item = items[flag.item - 1]
        told[name] = None if item is None else item >= flag.at_least
    if _is_unscorable(instrument.missing, n_missing):
        cut_off = instrument.cut_off
        if cut_off is not None and cut_off.is_always_told:
            told[cut_off.field] = None
        return _unscorable(items, {"n_missing": n_missing, "total": None, **told})
    answered = _sum(items)
    total: Number = answered
    if n_missing:
        total = _whole(answered * len(items), len(items) - n_missing)
    scores: Scores = {"n_missing": n_missing, "total": rounded(total), **told}
    label(scores, instrument, total)
    return Scored(_status(n_missing), items, scores, total)


def score_mean(instrument: Questionnaire, responses: Responses) -> Scored:
    """Average the items that were answered; facts beside them are only counted.

    Raises:
        InvalidResponses: a value, or the number of values, is not allowed.
    """
    items = item_scores(instrument, responses)
    facts = yes_no(instrument, responses)
    n_missing = items.count(None)
    scores: Scores = {
        "n_missing": n_missing,
        "yes_no_answered": len(facts) - facts.count(None),
    }
    if _is_unscorable(instrument.missing, n_missing):
        return _unscorable([*items, *facts], {**scores, "mean": None})
    mean = _whole(_sum(items), len(items) - n_missing)
    scores["mean"] = rounded(mean)
    label(scores, instrument, mean)
    return Scored(_status(n_missing), [*items, *facts], scores, mean)


def score_means(instrument: Questionnaire, responses: Responses) -> Scored:
    """Average the answered items of each scale; a declined question is a missing one.

    The scales are never merged, so there is no one score: change is told by item.

    Raises:
        InvalidResponses: a value, or the number of values, is not allowed.
    """
    items = item_scores(instrument, responses)
    answered = without_declined(instrument, items)
    means = {
        name: _mean_of(scale, answered) for name, scale in instrument.scales.items()
    }
    n_missing = answered.count(None)
    scores: Scores = {
        name: None if mean is None else rounded(mean) for name, mean in means.items()
    }
    scores["n_missing"] = n_missing
    scores["n_declined"] = n_missing - items.count(None)
    n_scored = len(means) - list(means.values()).count(None)
    if n_scored == 0:
        return _unscorable(items, scores)
    status: ScoreStatus = "scored" if n_scored == len(means) else "partial"
    return Scored(status, items, scores, None)


def score_table(instrument: Questionnaire, responses: Responses) -> Scored:
    """Add the items up and look the metric score up; bands are of the metric.

    Raises:
        InvalidResponses: a value, or the number of values, is not allowed.
    """
    items = item_scores(instrument, responses)
    n_missing = items.count(None)
    conversion, total = instrument.conversion, instrument.total
    if n_missing or conversion is None or total is None:
        return _unscorable(items, {"n_missing": n_missing, "total": None})
    raw = _sum(items)
    metric = conversion.values[raw - total.lowest]
    scores: Scores = {"n_missing": 0, "raw": raw, "metric": rounded(metric)}
    label(scores, instrument, metric)
    return Scored("scored", items, scores, metric)


SCORING: dict[str, Callable[[Questionnaire, Responses], Scored]] = {
    "sum": score_sum,
    "mean": score_mean,
    "means": score_means,
    "table": score_table,
}


def keep_answer(_: OpenQuestion, responses: Responses) -> Scored:
    """Accept an answer in a person's own words; it is never forced into a score.

    Raises:
        InvalidResponses: there is no text, or something else beside it.
    """
    if responses.keys() != {"text"}:
        detail = "an open question is answered by `text` and nothing else"
        raise InvalidResponses("wrong_shape", "/text", detail)
    text = responses["text"]
    if (
        not isinstance(text, str)
        or not text.strip()
        or len(text) > LONGEST_TEXT
        or any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)
    ):
        detail = f"text is needed, up to {LONGEST_TEXT} characters"
        raise InvalidResponses("not_text", "/text", detail)
    return Scored("not_scorable", [], {"reason": "open_question"}, None)


def score(instrument: Questionnaire | OpenQuestion, responses: Responses) -> Scored:
    """Score an assessment by its instrument's rule.

    Raises:
        InvalidResponses: a value, or the number of values, is not allowed.
    """
    if isinstance(instrument, OpenQuestion):
        return keep_answer(instrument, responses)
    return SCORING[instrument.scoring](instrument, responses)


def scored_if_possible(
    instrument: Questionnaire | OpenQuestion, responses: Responses
) -> Scored:
    """Score what is stored; what the rules of today refuse is not scorable."""
    try:
        return score(instrument, responses)
    except InvalidResponses as fault:
        count = instrument.items.count if isinstance(instrument, Questionnaire) else 0
        return Scored("not_scorable", [None] * count, {"reason": fault.reason}, None)


def label(scores: Scores, instrument: Questionnaire, value: Number) -> None:
    """Add what an unrounded score is called: its band, its side of the cut-off."""
    bands, cut_off = instrument.bands, instrument.cut_off
    if bands is not None:
        scores[bands.field] = bands.name_of(value)
    if cut_off is not None:
        is_below = value < cut_off.value
        scores[cut_off.field] = cut_off.below if is_below else cut_off.otherwise


def without_declined(
    instrument: Questionnaire, items: Sequence[int | None]
) -> list[int | None]:
    """Return items with null for those that a person declined to answer."""
    declined = instrument.items.declined
    return [None if item == declined else item for item in items]


def _mean_of(scale: Scale, items: Sequence[int | None]) -> Number | None:
    mine = items[scale.first - 1 : scale.last]
    n_missing = mine.count(None)
    if n_missing > scale.missing.most:
        return None
    return _whole(_sum(mine), len(mine) - n_missing)


def _is_unscorable(missing: Missing | None, n_missing: int) -> bool:
    return missing is None or n_missing > missing.most


def _unscorable(items: list[int | None], scores: Scores) -> Scored:
    return Scored("not_scorable", items, {"reason": TOO_MANY, **scores}, None)


def _status(n_missing: int) -> ScoreStatus:
    return "prorated" if n_missing else "scored"


def _sum(items: Sequence[int | None]) -> int:
    return sum(filter(None, items))


def _whole(numerator: int, denominator: int) -> Number:
    """Divide exactly; a whole number stays an int, which is much cheaper."""
    quotient, rest = divmod(numerator, denominator)
    return Fraction(numerator, denominator) if rest else quotient
