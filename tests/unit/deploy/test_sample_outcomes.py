"""The sample's assessments and goals are as different as promised."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from deploy.local.sample import bodies, build_sample
from deploy.local.sample.changes import PAIRED
from deploy.local.sample.expected import Expected
from deploy.local.sample.forms import DECLINED, FORMS
from deploy.local.sample.records import Assessment
from deploy.local.sample.scores import answered, measured

SAMPLE = build_sample()
EXPECTED = Expected(SAMPLE)


def test_every_instrument_is_used_and_the_common_one_most() -> None:
    used = Counter(a.instrument for a in SAMPLE.assessments)
    assert used.keys() == {*FORMS, "safety"}
    assert used.most_common(1)[0][0] == "reqol10"
    assert {goal.kind for goal in SAMPLE.goals} == {"gbo", "gas"}


def test_each_organisation_asks_in_its_own_way() -> None:
    asks = defaultdict(set)
    for assessment in SAMPLE.assessments:
        asks[assessment.referral.organisation].add(assessment.instrument)
    assert all("reqol10" in instruments for instruments in asks.values())
    assert len({frozenset(instruments) for instruments in asks.values()}) == len(asks)


@pytest.mark.parametrize("instrument", FORMS)
def test_of_each_form_some_have_gaps_and_some_too_many(instrument: str) -> None:
    form = FORMS[instrument]
    filled = [a for a in SAMPLE.assessments if a.instrument == instrument]
    assert all(len(a.items) == form.count for a in filled)
    values = {item for a in filled for item in a.items} - {None, DECLINED}
    assert values == {*range(form.lowest, form.highest + 1)}
    valid = [a for a in filled if list(measured(a))]
    assert 0 < len(filled) - len(valid) < 0.12 * len(filled)
    if form.most_missing:
        assert any(None in a.items for a in valid)


def test_some_are_withdrawn_and_some_are_from_before_the_referral() -> None:
    withdrawn = [a for a in SAMPLE.assessments if a.is_withdrawn]
    early = [a for a in SAMPLE.assessments if a.completed_on < a.referral.received_on]
    assert len({a.instrument for a in withdrawn}) > 3
    assert len({a.instrument for a in early}) > 3


@pytest.mark.parametrize("instrument", PAIRED)
def test_of_each_instrument_some_are_paired_and_some_never_finished(
    instrument: str,
) -> None:
    names = PAIRED[instrument]
    asked = {a.referral.key for a in SAMPLE.assessments if a.instrument == instrument}
    pairs = EXPECTED.scopes["system"].pairs
    paired = {key for name in names for key in pairs.get(name, {})}
    assert 0.3 * len(asked) < len(paired) < 0.8 * len(asked)


def test_dialog_is_declined_here_and_there_and_sometimes_partial() -> None:
    forms = [a for a in SAMPLE.assessments if a.instrument == "dialog"]
    assert any(DECLINED in a.items for a in forms)
    treatment_only = [a for a in forms if _is_partial(a)]
    assert treatment_only


def _is_partial(form: Assessment) -> bool:
    life = sum(number <= 8 for number in answered(form))
    return bool(answered(form)) and (life < 6 or len(answered(form)) - life < 2)


def test_gas_goals_have_weights_some_of_them_zero_or_none() -> None:
    gas = [goal for goal in SAMPLE.goals if goal.kind == "gas"]
    assert all(goal.baseline in (-1, -2) for goal in gas)
    assert all((g.importance is None) == (g.difficulty is None) for g in gas)
    assert any(goal.importance is None for goal in gas)
    assert 0.05 < sum(goal.weight == 0 for goal in gas) / len(gas) < 0.2
    assert all(g.importance is None for g in SAMPLE.goals if g.kind == "gbo")


def test_some_goals_were_dropped_after_their_last_rating() -> None:
    dropped = [goal for goal in SAMPLE.goals if goal.dropped_on]
    assert any(goal.ratings for goal in dropped)
    assert len(dropped) > 20
    for goal in dropped:
        assert goal.dropped_on is not None
        assert all(day < goal.dropped_on for day, _ in goal.ratings)


def test_bodies_answer_in_the_fields_of_each_instrument() -> None:
    fields: dict[str, set[str]] = defaultdict(set)
    for assessment in SAMPLE.assessments:
        body = bodies.assessment_body(assessment)
        fields[body["instrument"]] |= body["responses"].keys()
    assert fields == {
        "reqol10": {"items", "physical_health"},
        "reqol20": {"items", "physical_health"},
        "mansa": {"satisfaction", "yes_no"},
        "swemwbs": {"items"},
        "phq9": {"items"},
        "gad7": {"items"},
        "dialog": {"items"},
        "safety": {"text"},
    }


def test_a_weight_of_zero_is_sent() -> None:
    sent = [bodies.goal_body(goal) for goal in SAMPLE.goals if goal.weight == 0]
    assert any(body["importance"] == 0 for body in sent)
    assert any(body["difficulty"] == 0 for body in sent)
