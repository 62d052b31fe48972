"""What happens to a referral, and what of it is published: never a word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake import rules
from services.intake.queries import referral_entry
from services.intake.schemas import (
    CircumstanceIn,
    ClosureIn,
    ContactIn,
    DecisionIn,
    Kept,
    OrganisationIn,
    PersonIn,
    ReferralIn,
)
from shared.events import ReferralState
from shared.identity import Identity
from shared.problems import InvalidContent
from tests.builders import a_referral, an_organisation

IDENTITY = Identity(bytes(range(32)), "test-1")
NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
REFERRAL = UUID(int=7)
MARK = "Zanzibar"
DAYS = st.dates(date(2020, 1, 1), date(2026, 12, 31))


def kept(**changes: Any) -> Kept:  # noqa: ANN401
    body = ReferralIn.model_validate(a_referral(**changes))
    return Kept(received=rules.received(body, "RX1", IDENTITY))


def state(of: Kept) -> ReferralState:
    return rules.referral_state(of, REFERRAL, "RX1", NOW)


def a_contact(reference: str = "C-1", **changes: Any) -> ContactIn:  # noqa: ANN401
    values = {"reference": reference, "contact_on": "2026-03-16", "attended": True}
    return ContactIn.model_validate(values | changes)


def a_decision(day: date, **changes: Any) -> DecisionIn:  # noqa: ANN401
    values = {"outcome": "accepted", "decided_on": day.isoformat()}
    return DecisionIn.model_validate(values | changes)


def a_circumstance(day: date, **changes: Any) -> CircumstanceIn:  # noqa: ANN401
    values = {"recorded_on": day.isoformat()}
    return CircumstanceIn.model_validate(values | changes)


@given(
    words=st.text(min_size=1, max_size=8).filter(lambda w: "\x00" not in w),
    day=DAYS,
    attended=st.booleans(),
)
def test_no_word_and_no_reference_is_ever_in_a_state(
    words: str, day: date, attended: bool
) -> None:
    marked = f"{MARK} {words}"
    body = ReferralIn.model_validate(
        a_referral(
            reference=f"{MARK}-1",
            person={"local_id": f"{MARK}-2"},
            own_words=marked,
            strengths=[marked],
        )
    )
    entry = referral_entry(body, "RX1", IDENTITY, NOW)
    assert MARK not in entry.state
    now = Kept(received=rules.received(body, "RX1", IDENTITY))
    decision = a_decision(day, outcome="not_for_us", reason="02", rule_quoted=marked)
    after = rules.decided(now, decision, [marked])
    assert after
    contact = a_contact(f"{MARK}-3", contact_on=day.isoformat(), attended=attended)
    after = rules.contacted(after, contact)
    assert after
    published = state(after).model_dump_json()
    assert MARK not in published
    assert '"has_rule_quoted":true,"rule_published":true' in published


def test_an_identifier_is_not_kept() -> None:
    for person in ({"nhs_number": "999 123-4578"}, {"local_id": "Person-77"}):
        body = ReferralIn.model_validate(a_referral(person=person))
        written = referral_entry(body, "RX1", IDENTITY, NOW)
        for text in (written.kept, written.state):
            assert "4578" not in text
            assert "Person-77" not in text


def test_a_person_is_known_by_the_digits_however_they_are_written() -> None:
    written = ("9991234578", "999 123 4578", "999-123-4578")
    people = {
        rules.pseudonym(PersonIn(nhs_number=number), code, IDENTITY)
        for number in written
        for code in ("RX1", "RX2")
    }
    assert len(people) == 1


@pytest.mark.parametrize(("ahead", "is_refused"), [(0, False), (1, False), (2, True)])
def test_a_day_may_be_tomorrow_and_no_later(ahead: int, is_refused: bool) -> None:
    today = date(2026, 3, 2)
    if not is_refused:
        rules.check_not_ahead(today + timedelta(days=ahead), "/on", today)
        return
    with pytest.raises(InvalidContent):
        rules.check_not_ahead(today + timedelta(days=ahead), "/on", today)


def test_a_decision_is_taken_once_and_may_be_changed() -> None:
    accepted = a_decision(date(2026, 3, 4))
    once = rules.decided(kept(), accepted, [])
    assert once
    assert rules.decided(once, accepted, []) is None
    later = accepted.model_copy(update={"decided_on": date(2026, 3, 5)})
    changed = rules.decided(once, later, [])
    assert changed
    assert changed.decision == later
    assert once.decision == accepted


def test_a_contact_is_added_once_and_never_changed() -> None:
    once = rules.contacted(kept(), a_contact())
    assert once
    assert rules.contacted(once, a_contact()) is None
    with pytest.raises(rules.ContactKnown):
        rules.contacted(once, a_contact(attended=False))


@given(st.lists(st.tuples(DAYS, st.booleans()), max_size=8))
def test_only_attended_contacts_count_and_stop_the_clock(
    contacts: list[tuple[date, bool]],
) -> None:
    found = kept()
    for number, (day, attended) in enumerate(contacts):
        added = rules.contacted(
            found,
            a_contact(f"C{number}", contact_on=day.isoformat(), attended=attended),
        )
        assert added
        found = added
    attended_on = sorted(day for day, attended in contacts if attended)
    published = state(found)
    assert published.contacts == len(attended_on)
    assert published.first_contact_on == (attended_on[0] if attended_on else None)
    assert published.last_contact_on == (attended_on[-1] if attended_on else None)


@given(st.permutations(range(5)))
def test_contacts_may_arrive_in_any_order(order: list[int]) -> None:
    found = kept()
    for number in order:
        day = (date(2026, 3, 1) + timedelta(days=number)).isoformat()
        added = rules.contacted(found, a_contact(f"C{number}", contact_on=day))
        assert added
        found = added
    assert state(found).first_contact_on == date(2026, 3, 1)
    assert state(found).last_contact_on == date(2026, 3, 5)


def test_a_day_has_one_circumstance_and_days_are_in_order() -> None:
    later = a_circumstance(date(2026, 3, 20), accommodation="01")
    earlier = a_circumstance(date(2026, 3, 2), accommodation="12")
    again = a_circumstance(date(2026, 3, 20), employment="01")
    found = kept()
    for told in (later, earlier, again):
        changed = rules.found_in(found, told)
        assert changed
        found = changed
    assert found.circumstances == [earlier, again]
    assert rules.found_in(found, again) is None


def test_a_referral_is_closed_once_and_may_be_closed_otherwise() -> None:
    closure = ClosureIn.model_validate({"closed_on": "2026-06-30", "reason": "02"})
    once = rules.closed(kept(), closure)
    assert once
    assert rules.closed(once, closure) is None
    published = state(once).closure
    assert published
    assert published.model_dump() == closure.model_dump()


def test_a_correction_that_says_the_same_is_none() -> None:
    body = ReferralIn.model_validate(a_referral(reference="R-1"))
    received = rules.received(body, "RX1", IDENTITY)
    found = Kept(received=received)
    assert rules.corrected(found, received) is None
    right = received.model_copy(update={"age": 40})
    corrected = rules.corrected(found, right)
    assert corrected
    assert state(corrected).age == 40


def test_what_is_kept_is_read_back_as_it_was() -> None:
    found = kept()
    for change in (
        rules.contacted(found, a_contact()),
        rules.decided(found, a_decision(date(2026, 3, 4)), []),
    ):
        assert change
        assert Kept.model_validate_json(change.model_dump_json()) == change


def test_an_organisation_is_published_as_it_is_registered() -> None:
    given = an_organisation(site="North", criteria=[f"Only people of {MARK}."])
    body = OrganisationIn.model_validate(given)
    published = rules.organisation_state(body, REFERRAL, "RX1", NOW)
    assert published.organisation == "RX1"
    said = body.model_dump(exclude={"criteria"})
    assert published.model_dump(include=set(OrganisationIn.model_fields)) == said
    assert MARK not in published.model_dump_json(), "free text stays at home"
