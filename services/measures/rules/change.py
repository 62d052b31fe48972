"""What changed between the first and the latest score of a referral.

How values are paired is in `pairing`, how two of them compare in `instruments.change`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.measures.instruments import Instruments
from services.measures.instruments.change import (
    Change,
    Together,
    compare,
    judge_together,
    reliable_change_index,
)
from services.measures.instruments.definition import Questionnaire
from services.measures.instruments.pieces import Number
from services.measures.instruments.rounding import rounded, rounded_or_none
from services.measures.instruments.scoring import (
    Scored,
    scored_if_possible,
    without_declined,
)
from services.measures.rules.pairing import Dated, Pair, Period, pair
from services.measures.schemas import KeptAssessment
from services.measures.schemas.change import (
    AssessmentUse,
    Counts,
    IndexOut,
    InstrumentChange,
    TogetherChange,
    UsedAs,
)

PAIRING_RULE = (
    "First and latest valid score by the day of completion, not of arrival, the latest"
    " on a later day than the first. Withdrawn and not scorable assessments, and those"
    " outside received_on to until, are left out. Unrounded scores are compared."
)
ITEM_RULE = PAIRING_RULE + " Each item is a measure of its own; declined is missing."
TOGETHER_RULE = (
    "A case at the start on either; recovered is below the cut-off on both at the end."
    " Reliably better is either one reliably better and the other not reliably worse."
    " Reliable recovery is both."
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure of a referral: what it is of, its pair, and how that compares."""

    instrument: Questionnaire
    item: str | None
    pair: Pair
    change: Change
    uses: list[AssessmentUse]


@dataclass(frozen=True, slots=True)
class Value:
    """What one assessment says of one measure, or None where it says nothing."""

    kept: KeptAssessment
    result: Scored
    exact: Number | None


def compared(
    instruments: Instruments, assessments: Sequence[KeptAssessment], period: Period
) -> list[Compared]:
    """Compare every measure that a referral has assessments of; open questions none."""
    return [
        one
        for code, instrument in instruments.questionnaires.items()
        if (mine := [kept for kept in assessments if kept.recorded.instrument == code])
        for one in compared_of(instrument, mine, period)
    ]


def compared_of(
    instrument: Questionnaire, assessments: Sequence[KeptAssessment], period: Period
) -> list[Compared]:
    """Compare the one score of an instrument, or each of its items on its own."""
    ordered = sorted(
        assessments, key=lambda one: (one.recorded.completed_on, one.recorded.reference)
    )
    scored = [
        (kept, scored_if_possible(instrument, kept.recorded.responses))
        for kept in ordered
    ]
    return [
        _compared(instrument, item, values, period)
        for item, values in _measures(instrument, scored)
    ]


def _measures(
    instrument: Questionnaire, scored: Sequence[tuple[KeptAssessment, Scored]]
) -> Iterator[tuple[str | None, list[Value]]]:
    threshold = instrument.reliable_change
    if threshold is None or threshold.per != "item":
        yield None, [Value(kept, result, result.exact) for kept, result in scored]
        return
    items = [without_declined(instrument, result.items) for _, result in scored]
    for place in range(instrument.items.count):
        values = [
            Value(kept, result, mine[place])
            for (kept, result), mine in zip(scored, items, strict=True)
        ]
        yield f"{instrument.code}.q{place + 1:02}", values


def _compared(
    instrument: Questionnaire,
    item: str | None,
    values: Sequence[Value],
    period: Period,
) -> Compared:
    ends = pair([_dated(value) for value in values], period)
    change = compare(_score(ends[0]), _score(ends[1]), instrument)
    uses = [_use(value, ends, period) for value in values]
    return Compared(instrument, item, ends, change, uses)


def _score(one: Dated | None) -> Number | None:
    return one.score if one else None


def _dated(value: Value) -> Dated:
    sent = value.kept.recorded
    counted = None if value.kept.withdrawal else value.exact
    return Dated(sent.reference, sent.completed_on, counted)


def _use(value: Value, ends: Pair, period: Period) -> AssessmentUse:
    sent = value.kept.recorded
    return AssessmentUse(
        reference=sent.reference,
        completed_on=sent.completed_on,
        status=value.result.status,
        score=rounded_or_none(value.exact),
        used_as=_used_as(value, ends, period),
    )


def _used_as(value: Value, ends: Pair, period: Period) -> UsedAs:
    first, last = ends
    sent = value.kept.recorded
    if value.kept.withdrawal:
        return "withdrawn"
    if value.exact is None:
        return "not_scorable"
    outside = period.outside(sent.completed_on)
    if outside is not None:
        return outside
    if first and sent.reference == first.id:
        return "baseline"
    if last and sent.reference == last.id:
        return "followup"
    return "same_day" if first and sent.completed_on == first.on else "between"


def told(one: Compared) -> InstrumentChange:
    """Return a comparison as it is answered: what was compared, and by which rules."""
    first, last = one.pair
    change, instrument = one.change, one.instrument
    return InstrumentChange(
        instrument=instrument.code,
        item=one.item,
        scoring_version=instrument.scoring_version,
        baseline_id=first.id if first else None,
        followup_id=last.id if last else None,
        baseline=rounded_or_none(change.first),
        followup=rounded_or_none(change.last),
        paired=change.is_paired,
        change=rounded_or_none(change.change),
        change_class=change.change_class,
        recovery_eligible=change.recovery_eligible,
        reliable_recovery=change.reliable_recovery,
        rule=ITEM_RULE if one.item else PAIRING_RULE,
        better=instrument.direction.better,
        reliable_change=instrument.reliable_change,
        reliable_change_index=index_of(instrument),
        cut_off=instrument.cut_off,
        assessments=one.uses,
    )


def index_of(instrument: Questionnaire) -> IndexOut | None:
    """Return the index that changes are judged by, where there is no threshold."""
    group = instrument.reference_group
    if group is None:
        return None
    index = reliable_change_index(group.sd, group.reliability)
    return IndexOut(
        reference_group=group,
        sem=rounded(index.sem, 3),
        s_diff=rounded(index.s_diff, 3),
        rc_threshold_95=rounded(index.threshold),
    )


def together(changes: Sequence[Compared]) -> TogetherChange | None:
    """Judge two instruments of one referral together, where both are paired."""
    by_code = {one.instrument.code: one for one in changes}
    for one in changes:
        partner = one.instrument.together_with
        other = by_code.get(partner.instrument) if partner else None
        if partner is None or other is None:
            continue
        found: Together | None = judge_together(
            (one.change, one.instrument), (other.change, other.instrument)
        )
        if found is not None:
            return TogetherChange(
                instruments=(one.instrument.code, other.instrument.code),
                caseness_start=found.caseness_start,
                recovered=found.recovered,
                reliable_improvement=found.reliable_improvement,
                reliable_deterioration=found.reliable_deterioration,
                reliable_recovery=found.reliable_recovery,
                rule=TOGETHER_RULE,
                source=partner.source,
            )
    return None


def counted(changes: Sequence[Compared]) -> list[Counts]:
    """Count by instrument what became of its measures, with the denominators."""
    codes = dict.fromkeys(one.instrument.code for one in changes)
    return [
        counts(code, [one.change for one in changes if one.instrument.code == code])
        for code in codes
    ]


def counts(code: str, changes: Sequence[Change]) -> Counts:
    """Count changes: improved of those classified, recovered of those eligible."""
    classes = [change.change_class for change in changes]
    n_paired = sum(change.is_paired for change in changes)
    return Counts(
        instrument=code,
        n_measures=len(changes),
        n_paired=n_paired,
        n_classified=n_paired - classes.count("not_classifiable"),
        n_improved=classes.count("reliable_improvement"),
        n_deteriorated=classes.count("reliable_deterioration"),
        n_recovery_eligible=sum(change.recovery_eligible for change in changes),
        n_recovered=sum(change.reliable_recovery for change in changes),
    )
