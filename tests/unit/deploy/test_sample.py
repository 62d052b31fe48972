"""The sample: the same each time, only made-up numbers, no ties, sums that agree."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from deploy.local.sample import build_sample
from deploy.local.sample.expected import (
    PUBLISHING,
    Expected,
    breakdowns_of,
    scopes,
)
from deploy.local.sample.facts import FACTS
from deploy.local.sample.gate import (
    SUPPRESSED,
)
from deploy.local.sample.records import FIRST_DAY, LAST_DAY
from deploy.local.sample.words import read_words

SAMPLE = build_sample()
EXPECTED = Expected(SAMPLE)
WEIGHTS = range(10, 1, -1)
# People, once in the system and once in each place and organisation.
COUNTED_IN_EACH = {"access_count", "crisis_use"}
ASKED_OF_ALL = (
    "access_count",
    "wait_days",
    "still_waiting",
    "ineligible_rate",
    "pairing_rate",
    "reliable_improvement",
    "reliable_recovery",
    "goals_attained",
    "magic_rate",
)


def test_the_same_seed_makes_the_same_sample() -> None:
    build_sample.cache_clear()
    assert build_sample() == SAMPLE
    assert build_sample(seed=1, people=50) != build_sample(seed=2, people=50)


def test_it_is_as_large_as_promised() -> None:
    assert len({referral.person.number for referral in SAMPLE.referrals}) == 2_500
    assert 3_500 <= len(SAMPLE.referrals) <= 4_500
    assert 9_000 <= len(SAMPLE.assessments) <= 11_000
    assert 1_500 <= len(SAMPLE.goals) <= 2_500
    assert len(SAMPLE.stories) == 600
    assert {o.kind for o in SAMPLE.organisations} == {
        "nhs",
        "vcse",
        "local_authority",
        "primary_care",
    }


def test_every_nhs_number_is_valid_and_never_issued() -> None:
    numbers = {r.person.nhs_number for r in SAMPLE.referrals} - {None}
    for number in numbers:
        assert number is not None
        assert number.startswith("999")
        assert len(number) == 10
        total = sum(int(d) * w for d, w in zip(number, WEIGHTS, strict=False))
        assert (11 - total % 11) % 11 == int(number[-1])


def test_some_people_have_no_nhs_number() -> None:
    without = {r.person_key for r in SAMPLE.referrals if not r.person.nhs_number}
    assert len(without) > 100


def test_some_people_are_known_to_several_organisations() -> None:
    known_to = defaultdict(set)
    for referral in SAMPLE.referrals:
        known_to[referral.person_key].add(referral.organisation)
    assert sum(len(codes) > 1 for codes in known_to.values()) > 500


def test_nothing_happens_outside_the_period() -> None:
    for referral in SAMPLE.referrals:
        assert FIRST_DAY <= referral.received_on <= LAST_DAY
        assert all(FIRST_DAY <= c.contact_on <= LAST_DAY for c in referral.contacts)
        assert all(c.recorded_on <= LAST_DAY for c in referral.circumstances)
        assert referral.closure is None or referral.closure.closed_on <= LAST_DAY
        assert referral.decision is None or referral.decision.decided_on <= LAST_DAY
    assert all(a.completed_on <= LAST_DAY for a in SAMPLE.assessments)
    assert all(day <= LAST_DAY for g in SAMPLE.goals for day, _ in g.ratings)
    assert all((g.dropped_on or LAST_DAY) <= LAST_DAY for g in SAMPLE.goals)
    assert all(s.told_on <= (s.withdrawn_on or LAST_DAY) for s in SAMPLE.stories)
    assert all((s.withdrawn_on or s.told_on) <= LAST_DAY for s in SAMPLE.stories)


def test_no_person_has_two_first_contacts_on_one_day() -> None:
    firsts = Counter(
        (referral.person_key, referral.attended_on[0])
        for referral in SAMPLE.referrals
        if referral.attended_on
    )
    assert max(firsts.values()) == 1


def test_two_assessments_of_one_instrument_on_one_day_have_the_same_answers() -> None:
    same_day = defaultdict(list)
    for one in SAMPLE.assessments:
        day = one.referral.key, one.instrument, one.completed_on
        same_day[day].append((one.items, one.words))
    assert all(len(set(answers)) == 1 for answers in same_day.values())
    assert any(len(answers) == 2 for answers in same_day.values())


def test_no_goal_has_two_ratings_on_one_day_or_one_on_the_day_it_was_set() -> None:
    for goal in SAMPLE.goals:
        days = [day for day, _ in goal.ratings]
        assert len(days) == len(set(days))
        assert all(day > goal.set_on for day in days)


def test_references_are_unique_and_the_last_referral_is_untouched() -> None:
    for records in (SAMPLE.referrals, SAMPLE.assessments, SAMPLE.goals, SAMPLE.stories):
        references = [record.reference for record in records]
        assert len(references) == len(set(references))
    assert SAMPLE.last in SAMPLE.referrals
    assert not SAMPLE.last.decision
    assert not SAMPLE.last.contacts
    assert all(a.referral is not SAMPLE.last for a in SAMPLE.assessments)


def test_forty_stories_are_public_and_some_were_withdrawn() -> None:
    public = [
        story
        for story in SAMPLE.stories
        if story.moderation == "published" and not story.withdrawn_on
    ]
    assert len(public) == 40
    assert {story.consent for story in public} == {"public"}
    words = [moment.text for story in public for moment in story.moments]
    assert len(set(words)) > 0.9 * len(words)
    assert sum(story.withdrawn_on is not None for story in SAMPLE.stories) > 15


def test_stories_are_answered_while_they_stand_and_changes_come_first() -> None:
    for story in SAMPLE.stories:
        latest = story.withdrawn_on or LAST_DAY
        days = [reply.replied_on for reply in story.replies]
        assert days == sorted(days)
        assert all(story.told_on <= day <= latest for day in days)
        for reply in story.replies:
            assert (reply.changed_on is None) == (reply.changed_what is None)
            assert (reply.changed_on or reply.replied_on) <= reply.replied_on
            assert (reply.changed_on or story.told_on) >= story.told_on
    assert any(len(story.replies) > 1 for story in SAMPLE.stories)


def test_organisations_answer_unequally_and_it_shows() -> None:
    days: list[int] = []
    shares: list[float] = []
    for organisation in SAMPLE.organisations:
        scope = f"organisation={organisation.code}"
        [total] = EXPECTED.answer("answer_days", scope)["totals"]
        if total["value"] != SUPPRESSED:
            days.append(int(total["value"] or 0))
        facts = EXPECTED.facts("answered_rate", scope)
        if facts:
            shares.append(sum(fact.numerator for fact in facts) / len(facts))
    assert max(days) > 4 * min(days)
    assert max(shares) - min(shares) > 0.4


def test_there_are_enough_different_moments() -> None:
    steps = read_words("stories")["moments"].values()
    texts = [text for step in steps for kind in step.values() for text in kind]
    assert len(set(texts)) == len(texts) >= 60


@pytest.mark.parametrize("indicator", sorted(set(FACTS) - COUNTED_IN_EACH))
def test_the_facts_of_all_places_are_those_of_the_system(indicator: str) -> None:
    for kind in ("place", "organisation"):
        parts = [s for s in scopes(SAMPLE) if s.startswith(f"{kind}=")]
        counted = sum(_numerators(indicator, scope) for scope in parts)
        assert counted == _numerators(indicator, "system")


def test_a_person_is_counted_once_in_the_system_and_once_in_each_place() -> None:
    people = {r.person_key for r in SAMPLE.referrals if r.attended_on}
    assert _numerators("access_count", "system") == len(people)
    places = [scope for scope in scopes(SAMPLE) if scope.startswith("place=")]
    assert sum(_numerators("access_count", place) for place in places) > len(people)


@pytest.mark.parametrize("indicator", PUBLISHING)
def test_every_breakdown_adds_up_to_the_same_counts(indicator: str) -> None:
    facts = EXPECTED.facts(indicator, "system")
    for by in breakdowns_of(indicator):
        if by:
            groups = Counter(fact.groups[by] for fact in facts)
            assert groups.total() == len(facts)
    if indicator not in {"theme_mix", "crisis_use"}:  # where one may have several
        assert all(0 <= fact.numerator <= fact.denominator for fact in facts)


def test_an_answer_has_every_month_and_group_in_order() -> None:
    answer = EXPECTED.answer("wait_days", by="disability")
    assert len(answer["figures"]) == 36 * 4
    assert [t["group"] for t in answer["totals"]] == [
        "yes",
        "no",
        "not_stated",
        "not_known",
    ]
    assert answer["figures"][0]["month"] == "2023-11"
    assert answer["figures"][-1]["month"] == "2026-10"


def test_most_system_figures_without_breakdown_are_shown() -> None:
    for indicator in ASKED_OF_ALL:
        figures = EXPECTED.answer(indicator)["figures"][-12:]
        assert sum(figure["value"] != SUPPRESSED for figure in figures) >= 10


def test_rules_are_quoted_that_are_published_and_that_are_not() -> None:
    [total] = EXPECTED.answer("unpublished_rule_rate")["totals"]
    assert 40 < int(total["value"] or 0) < 80
    told = {o.code: bool(o.criteria) for o in SAMPLE.organisations}
    assert set(told.values()) == {True, False}, "some publish nothing"


def test_crises_are_fewer_afterwards_and_told_by_whoever_knows() -> None:
    shares = {
        str(total["group"]): int(total["value"] or 0)
        for total in EXPECTED.answer("crisis_use")["totals"]
    }
    assert shares["before"] > shares["after"] > 5
    elsewhere = 0
    for referral in SAMPLE.referrals:
        days = [crisis.on for crisis in referral.crisis_contacts]
        assert days == sorted(days)
        assert all(day <= LAST_DAY for day in days)
        others = EXPECTED.scopes["system"].of_person[referral.person_key]
        first = min((r.attended_on[0] for r in others if r.attended_on), default=None)
        elsewhere += bool(days) and referral.attended_on[:1] != [first]
    assert elsewhere > 30


def test_groups_wait_and_get_better_unequally() -> None:
    waits = _totals("wait_days", "deprivation")
    better = _totals("reliable_improvement", "ethnicity")
    assert waits["quintile_1"] > waits["quintile_5"]
    assert better["white"] > better["asian"]


def _numerators(indicator: str, scope: str) -> int:
    return sum(fact.numerator for fact in EXPECTED.facts(indicator, scope))


def _totals(indicator: str, by: str) -> dict[str, int]:
    totals = EXPECTED.answer(indicator, by=by)["totals"]
    return {str(t["group"]): int(t["value"] or 0) for t in totals}
