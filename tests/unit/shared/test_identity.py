"""Entity ids, pseudonyms and the NHS number check."""

from __future__ import annotations

import hmac
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identity import (
    KEPT_BITS,
    Identity,
    nhs_number_fault,
    normalise_nhs_number,
    organisation_key,
)

IDENTITY = Identity(bytes(range(32)), "test-1")
REFERENCES = st.text(max_size=30)


def test_the_pseudonym_is_the_one_of_the_published_vector() -> None:
    assert IDENTITY.person_from_nhs_number("9991234578") == (
        "87d427f3f0159f2d2592819a947eeec767fca0804c666f7ac533c8e56924c5f2"
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("9991234578", None),
        ("999 555 1128", None),
        ("999-555-1128", None),
        ("9990001030", None),
        ("9990000140", "check_digit_10"),
        ("9991234579", "bad_check_digit"),
        ("1111111111", "all_same_digit"),
        ("0000000000", "all_same_digit"),
        ("999123456", "wrong_length"),
        ("99912345780", "wrong_length"),
        ("", "wrong_length"),
        ("99912345AB", "non_digit"),
        ("999.123.4578", "non_digit"),
        ("999123457８", "non_digit"),
        ("٩٩٩١٢٣٤٥٧٨", "non_digit"),
        ("²²²²²²²²²²", "non_digit"),
        ("9991234578\n", "non_digit"),
    ],
)
def test_what_is_wrong_with_an_nhs_number_is_named(
    text: str, fault: str | None
) -> None:
    assert nhs_number_fault(text) == fault


@given(st.text(max_size=15))
def test_any_text_has_a_fault_or_is_ten_digits(text: str) -> None:
    if nhs_number_fault(text) is None:
        digits = normalise_nhs_number(text)
        assert len(digits) == 10
        assert set(digits) <= set("0123456789")


@given(st.integers(0, 999_999_999))
def test_of_nine_digits_at_most_one_tenth_is_right(start: int) -> None:
    numbers = [f"{start:09}{check}" for check in range(10)]
    assert sum(nhs_number_fault(number) is None for number in numbers) <= 1


@given(REFERENCES, st.sampled_from(["referral", "goal"]), st.text(max_size=10))
def test_an_id_is_a_uuid_of_version_8_and_always_the_same(
    reference: str, entity: str, organisation: str
) -> None:
    found = IDENTITY.entity_id(organisation, entity, reference)
    assert found == Identity(bytes(range(32)), "x").entity_id(
        organisation, entity, reference
    )
    assert found.version == 8
    assert found.variant == "specified in RFC 4122"
    assert UUID(str(found)) == found


@given(REFERENCES, st.text(max_size=10))
def test_an_id_is_of_the_hmac_under_the_organisations_key(
    reference: str, organisation: str
) -> None:
    key = organisation_key(bytes(range(32)), organisation)
    digest = hmac.digest(key, f"goal/{reference}".encode(), "sha256")
    found = IDENTITY.entity_id(organisation, "goal", reference)
    assert found.int & KEPT_BITS == int.from_bytes(digest[:16], "big") & KEPT_BITS


@given(st.lists(REFERENCES, unique=True, max_size=30))
def test_distinct_references_have_distinct_ids(references: list[str]) -> None:
    found = {IDENTITY.entity_id("RX1", "referral", r) for r in references}
    assert len(found) == len(references)


@given(REFERENCES)
def test_organisation_kind_and_secret_each_make_another_id(reference: str) -> None:
    other = Identity(bytes(range(1, 33)), "test-2")
    found = {
        IDENTITY.entity_id("RX1", "referral", reference),
        IDENTITY.entity_id("RX2", "referral", reference),
        IDENTITY.entity_id("RX1", "goal", reference),
        other.entity_id("RX1", "referral", reference),
    }
    assert len(found) == 4


def test_a_partner_needs_only_its_own_key() -> None:
    keys = {organisation_key(IDENTITY.secret, code) for code in ("RX1", "RX2")}
    assert len(keys) == 2
    assert all(len(key) == 32 for key in keys)
    assert IDENTITY.secret not in keys


def test_a_local_id_is_a_person_of_one_organisation_and_never_an_nhs_number() -> None:
    pseudonyms = {
        IDENTITY.person_from_local_id("RX1", "9991234578"),
        IDENTITY.person_from_local_id("RX2", "9991234578"),
        IDENTITY.person_from_nhs_number("9991234578"),
    }
    assert len(pseudonyms) == 3


def test_the_secret_is_not_shown() -> None:
    assert str(IDENTITY.secret) not in repr(IDENTITY)
    assert "secret" not in repr(IDENTITY)
