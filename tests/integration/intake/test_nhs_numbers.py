"""NHS numbers as people write them: one person, or refused with the reason."""

from __future__ import annotations

import pytest

from tests.builders import a_referral
from tests.integration.intake.answers import pointers, problem
from tests.integration.intake.conftest import Partner


@pytest.mark.parametrize(
    ("written", "plain"),
    [("999 555 1128", "9995551128"), ("999-123-4578", "9991234578")],
)
async def test_a_number_is_the_same_person_however_it_is_written(
    partner: Partner, written: str, plain: str
) -> None:
    people = set()
    for number in (written, plain):
        body = a_referral(person={"nhs_number": number})
        answer = await partner.client.post("/referrals", json=body)
        assert answer.status_code == 201, answer.text
        read = await partner.client.get(answer.headers["Location"])
        people.add(read.json()["received"]["person"])
    assert len(people) == 1


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("9990000140", "check digit 10"),
        ("9991234579", "bad check digit"),
        ("1111111111", "all same digit"),
        ("999123456", "wrong length"),
        ("99912345AB", "non digit"),
        ("", "wrong length"),
    ],
)
async def test_a_number_that_cannot_be_is_refused_with_its_reason(
    partner: Partner, number: str, reason: str
) -> None:
    body = a_referral(person={"nhs_number": number})
    refused = problem(await partner.client.post("/referrals", json=body), 422)
    assert pointers(refused) == ["/person"]
    assert refused["errors"][0]["detail"].endswith(reason)


async def test_a_number_whose_check_digit_is_zero_is_taken(partner: Partner) -> None:
    body = a_referral(person={"nhs_number": "9990001030"})
    answer = await partner.client.post("/referrals", json=body)
    assert answer.status_code == 201
