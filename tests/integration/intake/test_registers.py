"""Who was turned away, and who may have been sent twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_referral
from tests.integration.intake.answers import detail, pointers, problem, referral
from tests.integration.intake.conftest import Partner

REFUSED: dict[str, Any] = {
    "outcome": "not_for_us",
    "decided_on": "2026-03-04",
    "reason": "02",
    "rule_quoted": "Only people of this district.",
    "onward_organisation": "RX1",
    "onward_received": True,
}
TURNED_AWAY = "/referrals/turned-away"
DUPLICATES = "/referrals/possible-duplicates"


async def tell(partner: Partner, reference: str, path: str, body: object) -> None:
    answer = await partner.client.put(f"/referrals/{reference}/{path}", json=body)
    assert answer.status_code == 200, answer.text


async def turned_away(partner: Partner, **decision: Any) -> str:  # noqa: ANN401
    """Send a referral and turn it away; return its reference."""
    sent = a_referral()
    await referral(partner.client, sent)
    await tell(partner, sent["reference"], "decision", {**REFUSED, **decision})
    reference: str = sent["reference"]
    return reference


async def listed(partner: Partner, path: str, **query: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await partner.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_the_register_says_why_by_which_rule_and_where_they_went(
    partner: Partner,
) -> None:
    reference = await turned_away(partner)
    bare = await turned_away(
        partner,
        decided_on="2026-03-05",
        rule_quoted=None,
        onward_organisation=None,
        onward_received=None,
    )
    said = {key: value for key, value in REFUSED.items() if key != "outcome"}
    page = await listed(partner, TURNED_AWAY)
    assert page == {
        "referrals": [
            {
                "reference": bare,
                "decided_on": "2026-03-05",
                "reason": "02",
                "rule_quoted": None,
                "rule_published": None,
                "onward_organisation": None,
                "onward_received": None,
            },
            {"reference": reference, "rule_published": None, **said},
        ],
        "next": None,
    }


async def test_who_was_accepted_is_undecided_or_withdrawn_was_not_turned_away(
    partner: Partner, other: Partner
) -> None:
    accepted = {"outcome": "accepted", "decided_on": "2026-03-06"}
    await referral(partner.client, a_referral())
    reconsidered, withdrawn = await turned_away(partner), await turned_away(partner)
    await tell(partner, reconsidered, "decision", accepted)
    await tell(partner, withdrawn, "withdrawal", {"withdrawn_on": "2026-03-06"})
    await turned_away(other)
    assert (await listed(partner, TURNED_AWAY))["referrals"] == []


async def test_the_register_is_read_page_by_page_latest_first(
    partner: Partner,
) -> None:
    days = ["2026-03-04", "2026-03-09", "2026-03-04", "2026-03-07", "2026-03-04"]
    for day in days:
        await turned_away(partner, decided_on=day)
    found: list[tuple[str, str]] = []
    after = ""
    for size in (2, 2, 1):
        page = await listed(partner, TURNED_AWAY, limit=2, after=after)
        assert len(page["referrals"]) == size
        found += [(one["decided_on"], one["reference"]) for one in page["referrals"]]
        after = page["next"]
    assert after is None
    assert [day for day, _ in found] == sorted(days, reverse=True)
    assert found == sorted(set(found), reverse=True)


async def test_two_referrals_of_one_person_that_are_both_open_are_flagged(
    partner: Partner, other: Partner
) -> None:
    person = {"nhs_number": "9991234578"}
    first = a_referral(person=person, received_on="2025-01-02")
    second = a_referral(person=person, received_on="2026-03-02")
    for sent in (first, second, a_referral()):
        await referral(partner.client, sent)
    await referral(other.client, a_referral(person=person))
    for one, another in ((first, second), (second, first)):
        read = await detail(partner.client, one["reference"])
        assert read["possible_duplicates"] == [another["reference"]]
    [found] = (await listed(partner, DUPLICATES))["people"]
    assert found["references"] == [first["reference"], second["reference"]]
    assert found["person"] == read["received"]["person"]
    assert (await listed(other, DUPLICATES))["people"] == []


@pytest.mark.parametrize(
    ("second_on", "is_closed", "is_withdrawn", "is_flagged"),
    [
        ("2026-04-01", True, False, True),
        ("2026-04-02", True, False, False),
        ("2026-04-02", False, False, True),
        ("2026-03-02", False, True, False),
    ],
    ids=["30 days", "31 days", "31 days, both open", "withdrawn"],
)
async def test_near_is_within_30_days_and_what_is_withdrawn_is_no_duplicate(
    partner: Partner,
    second_on: str,
    is_closed: bool,
    is_withdrawn: bool,
    is_flagged: bool,
) -> None:
    person = {"local_id": "P-1"}
    first = a_referral(person=person, received_on="2026-03-02")
    second = a_referral(person=person, received_on=second_on)
    for sent in (first, second):
        await referral(partner.client, sent)
    if is_closed:
        await tell(partner, first["reference"], "closure", {"closed_on": "2026-03-05"})
    if is_withdrawn:
        body = {"withdrawn_on": "2026-03-05"}
        await tell(partner, first["reference"], "withdrawal", body)
    references = [first["reference"], second["reference"]]
    for sent in (first, second):
        read = await detail(partner.client, sent["reference"])
        others = [r for r in references if r != sent["reference"]]
        assert read["possible_duplicates"] == (others if is_flagged else [])
    people = (await listed(partner, DUPLICATES))["people"]
    assert [one["references"] for one in people] == [references] * is_flagged


async def test_possible_duplicates_are_read_page_by_page(partner: Partner) -> None:
    sent: dict[str, list[str]] = {}
    for number in range(5):
        for _ in range(2):
            body = a_referral(person={"local_id": f"P-{number}"})
            await referral(partner.client, body)
            sent.setdefault(f"P-{number}", []).append(body["reference"])
    found: list[list[str]] = []
    after: str | None = ""
    while after is not None:
        page = await listed(partner, DUPLICATES, limit=2, after=after)
        found += [one["references"] for one in page["people"]]
        after = page["next"]
    assert sorted(found) == sorted(sent.values())


@pytest.mark.parametrize(
    ("path", "query", "where"),
    [
        (TURNED_AWAY, {"after": "yesterday"}, "/after"),
        (TURNED_AWAY, {"limit": 0}, "/limit"),
        (DUPLICATES, {"after": "9991234578"}, "/after"),
        (DUPLICATES, {"limit": "all"}, "/limit"),
    ],
    ids=range(4),
)
async def test_a_page_that_cannot_be_is_refused(
    partner: Partner, path: str, query: dict[str, Any], where: str
) -> None:
    answer = await partner.client.get(path, params=query)
    assert pointers(problem(answer, 422)) == [where]


async def test_a_day_that_there_is_not_is_an_end_like_any_other(
    partner: Partner,
) -> None:
    reference = await turned_away(partner)
    page = await listed(partner, TURNED_AWAY, after="2026-99-99.A")
    assert [one["reference"] for one in page["referrals"]] == [reference]


@pytest.mark.parametrize("reference", ["turned-away", "possible-duplicates"])
async def test_the_address_of_a_list_is_no_reference(
    partner: Partner, reference: str
) -> None:
    answer = await partner.client.post(
        "/referrals", json=a_referral(reference=reference)
    )
    assert pointers(problem(answer, 422)) == ["/reference"]


async def test_what_to_mind_is_said_and_nothing_is_refused_for_it(
    partner: Partner,
) -> None:
    sent = a_referral(source="Cousin-Ahmed", ethnicity="Q")
    received = await partner.client.post("/referrals", json=sent)
    assert received.status_code == 201
    flags = ["unknown_code:source", "unknown_code:ethnicity"]
    assert received.json()["quality"] == flags
    again = await partner.client.post("/referrals", json=sent)
    assert (again.status_code, again.json()["quality"]) == (200, flags)
    closed = {"closed_on": "2026-02-01"}
    await tell(partner, sent["reference"], "closure", closed)
    read = await detail(partner.client, sent["reference"])
    assert read["quality"] == [*flags, "closure_before_received"]
    assert read["received"]["source"] == "Cousin-Ahmed"
    assert (await referral(partner.client, a_referral()))["quality"] == []
