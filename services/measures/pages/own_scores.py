"""A person's scores, with what each means and does not mean, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.measures.instruments import Instruments
from services.measures.instruments.change import class_of
from services.measures.instruments.definition import OpenQuestion, Questionnaire
from services.measures.instruments.pieces import Number, exactly
from services.measures.instruments.scoring import (
    Scored,
    scored_if_possible,
    without_declined,
)
from services.measures.pages import words
from services.measures.pages.chart import Chart, Scale, Value, chart
from services.measures.rules.pairing import Dated, Period, pair
from services.measures.schemas import KeptAssessment
from shared.links.pages import day

FIELDS = {"sum": "total", "mean": "mean", "table": "metric"}
CLASS_WORDS = {
    "reliable_improvement": "better",
    "reliable_deterioration": "worse",
    "no_reliable_change": "chance",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """One assessment with its scores."""

    kept: KeptAssessment
    result: Scored

    @property
    def on(self) -> date:
        """The day it was completed."""
        return self.kept.recorded.completed_on

    def value(self, field: str) -> Number | None:
        """Return a score, unrounded where that is known; None is not enough answers."""
        if self.result.exact is not None:
            return self.result.exact
        score = self.result.scores.get(field)
        return exactly(score) if isinstance(score, int | float) else None


@dataclass(frozen=True, slots=True)
class Row:
    """One time that a person answered, in the table."""

    on: str
    number: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One score over time."""

    label: str
    lowest: int
    highest: int
    first: Row | None
    last: Row | None
    sentence: str
    rows: Sequence[Row]
    chart: Chart | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """One question, where this site may show its words, with first and last answer."""

    wording: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class InstrumentView:
    """One instrument as the person who answered it reads it."""

    code: str
    words: words.InstrumentWords
    means_not: str
    chance: str
    scores: Sequence[ScoreView]
    items: Sequence[ItemView]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer in the person's own words."""

    title: str
    on: str
    text: str


def instruments_of(
    instruments: Instruments, assessments: Sequence[KeptAssessment]
) -> list[InstrumentView]:
    """Return what was answered to read, in the order of the text file."""
    said = words.texts().instruments
    found = []
    for code in said:
        instrument = instruments.questionnaires.get(code)
        mine = _counting(code, assessments)
        if instrument is not None and mine:
            found.append(instrument_view(instruments, instrument, mine))
    return found


def _counting(code: str, assessments: Sequence[KeptAssessment]) -> list[KeptAssessment]:
    mine = [
        one
        for one in assessments
        if one.recorded.instrument == code and one.withdrawal is None
    ]
    return sorted(
        mine, key=lambda one: (one.recorded.completed_on, one.recorded.reference)
    )


def instrument_view(
    instruments: Instruments,
    instrument: Questionnaire,
    assessments: Sequence[KeptAssessment],
) -> InstrumentView:
    """Return one instrument to read."""
    said = words.texts().instruments[instrument.code]
    answered = [
        Answered(one, scored_if_possible(instrument, one.recorded.responses))
        for one in assessments
    ]
    cut_off = instrument.cut_off
    return InstrumentView(
        code=instrument.code,
        words=said,
        means_not=said.means_not.format(
            cut_off=words.number(cut_off.value) if cut_off else ""
        ),
        chance=chance_sentence(instrument),
        scores=[
            score_view(instrument, field, ends, answered)
            for field, ends in score_fields(instrument)
        ],
        items=list(items_of(instruments, instrument, answered)),
    )


def score_fields(instrument: Questionnaire) -> list[tuple[str, tuple[int, int]]]:
    """Return the scores of an instrument, with the lowest and the highest possible."""
    items, total = instrument.items, instrument.total
    if total is None:
        ends = (items.lowest, items.highest)
        return [(scale, ends) for scale in instrument.scales]
    return [(FIELDS[instrument.scoring], (total.lowest, total.highest))]


def threshold_of(instrument: Questionnaire) -> Number | None:
    """Return how far a score has to move, or None where that is not one number."""
    change = instrument.reliable_change
    return change.threshold if change and change.per != "item" else None


def chance_sentence(instrument: Questionnaire) -> str:
    """Say that a small change can be chance."""
    limits, threshold = words.texts().limits, threshold_of(instrument)
    if threshold is None:
        return limits.no_threshold
    return limits.threshold.format(threshold=words.number(threshold))


def score_view(
    instrument: Questionnaire,
    field: str,
    ends: tuple[int, int],
    answered: Sequence[Answered],
) -> ScoreView:
    """Return one score over time to read."""
    dated = [
        Dated(str(place), one.on, one.value(field))
        for place, one in enumerate(answered)
    ]
    first, last = pair(dated, Period())
    rows = [row_of(one, one.value(field)) for one in answered]
    values = [Value(one.on, one.value(field), "") for one in answered]
    middle = (ends[0] + ends[1]) // 2
    ticks = [(end, str(end)) for end in (ends[0], middle, ends[1])]
    return ScoreView(
        label=words.texts().instruments[instrument.code].scores[field],
        lowest=ends[0],
        highest=ends[1],
        first=rows[int(first.id)] if first else None,
        last=rows[int(last.id)] if last else None,
        sentence=change_sentence(instrument, first, last),
        rows=rows,
        chart=chart(values, Scale(ticks)),
    )


def row_of(one: Answered, value: Number | None) -> Row:
    """Return one time that a person answered."""
    answered_by = words.texts().answered_by[one.kept.recorded.completed_by]
    return Row(day(one.on), words.number(value), answered_by)


def change_sentence(
    instrument: Questionnaire, first: Dated | None, last: Dated | None
) -> str:
    """Say what a difference may mean, or nothing where there is none to speak of."""
    if first is None or last is None or first.score is None or last.score is None:
        return ""
    change, said = last.score - first.score, words.texts().change
    if change == 0:
        return said.none
    threshold = threshold_of(instrument)
    found = "not_classifiable"
    if threshold is not None or instrument.reference_group is not None:
        found = class_of(change, instrument)
    which = CLASS_WORDS.get(found, "unclear")
    if which == "chance" and threshold is None:
        which = "unclear"
    text: str = getattr(said, which)
    return text.format(
        difference=words.number(change if change > 0 else -change),
        direction="higher" if change > 0 else "lower",
        threshold=words.number(threshold),
    )


def items_of(
    instruments: Instruments, instrument: Questionnaire, answered: Sequence[Answered]
) -> Iterator[ItemView]:
    """Return the answers to each question whose words this site may show.

    What an instrument flags, such as thoughts of self-harm, is for a talk between two
    people and is never shown here.
    """
    flagged = {flag.item for flag in instrument.flags.values()}
    all_items = [without_declined(instrument, one.result.items) for one in answered]
    for number in range(1, instrument.items.count + 1):
        wording = instruments.wording_of(f"{instrument.code}.q{number:02}")
        if wording is None or number in flagged:
            continue
        given = [items[number - 1] for items in all_items]
        yield ItemView(wording, answer(given[0]), answer(given[-1]))


def answer(item: int | None) -> str:
    """Return one answer, or that there was none."""
    return "not answered" if item is None else str(item)


def answers_of(
    instruments: Instruments, assessments: Sequence[KeptAssessment]
) -> list[AnswerView]:
    """Return answers in the person's own words, the latest first."""
    found = []
    for code, question in instruments.answered.items():
        if not isinstance(question, OpenQuestion):
            continue
        said = words.texts().questions.get(code)
        title = instruments.wording_of(f"{code}.q01") or (
            said.title if said else "In your own words"
        )
        found += [
            (one.recorded.completed_on, title, str(one.recorded.responses["text"]))
            for one in _counting(code, assessments)
        ]
    return [
        AnswerView(title, day(on), text)
        for on, title, text in sorted(found, reverse=True)
    ]
