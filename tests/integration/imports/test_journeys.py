"""Files of what happens on a journey: decisions, contacts, crises, closures."""

from __future__ import annotations

import pytest

from tests.builders import an_organisation
from tests.integration.imports.sending import Importer, Row, a_file, a_row, counts
from tests.integration.intake.answers import detail

ROWS: dict[str, dict[str, object]] = {
    "decisions": {
        "outcome": "Not for us",
        "decided_on": "04/03/2026",
        "reason": "2",
        "rule_quoted": "Lives elsewhere; see page 2",
        "onward_organisation": "RXX01",
        "onward_received": "no",
    },
    "contacts": {
        "reference": "C-1",
        "contact_on": "14/03/2026",
        "attended": "TRUE",
        "mode": "walk_and_talk",
    },
    "circumstances": {
        "recorded_on": "2026-03-14",
        "accommodation": "2",
        "employment": "01",
    },
    "crisis-contacts": {"kind": "Crisis team", "on": "24/12/2025"},
    "closures": {"closed_on": "01/06/2026", "reason": "02"},
}
POSTED: dict[str, tuple[str, str, dict[str, object]]] = {
    "decisions": (
        "PUT",
        "decision",
        {
            "outcome": "not_for_us",
            "decided_on": "2026-03-04",
            "reason": "02",
            "rule_quoted": "Lives elsewhere; see page 2",
            "onward_organisation": "RXX01",
            "onward_received": False,
        },
    ),
    "contacts": (
        "POST",
        "contacts",
        {
            "reference": "C-1",
            "contact_on": "2026-03-14",
            "attended": True,
            "mode": "walk_and_talk",
        },
    ),
    "circumstances": (
        "POST",
        "circumstances",
        {"recorded_on": "2026-03-14", "accommodation": "02", "employment": "01"},
    ),
    "crisis-contacts": (
        "POST",
        "crisis-contacts",
        {"kind": "crisis_team", "on": "2025-12-24"},
    ),
    "closures": ("PUT", "closure", {"closed_on": "2026-06-01", "reason": "02"}),
}


async def _referral(partner: Importer) -> str:
    row = a_row()
    assert counts(await partner.send("referrals", a_file([row])))[1] == 1
    return str(row["reference"])


def _row(resource: str, referral: str) -> Row:
    return {"referral": referral, **ROWS[resource]}


@pytest.mark.parametrize("resource", ROWS)
async def test_a_row_is_the_same_as_what_is_posted(
    partner: Importer, resource: str
) -> None:
    referral = await _referral(partner)
    content = a_file([_row(resource, referral)])
    dry = await partner.send(resource, content, dry_run=True)
    assert counts(dry) == (1, 1, 0, 0, 0)
    assert counts(await partner.send(resource, content)) == (1, 1, 0, 0, 0)
    before = await detail(partner.client, referral)
    assert counts(await partner.send(resource, content)) == (1, 0, 1, 0, 0)
    method, part, body = POSTED[resource]
    path = f"/referrals/{referral}/{part}"
    answer = await partner.client.request(method, path, json=body)
    assert answer.status_code == 200, answer.text
    assert await detail(partner.client, referral) == before
    rows = await partner.fetch(
        "select count(*) from audit where organisation = $1"
        " and type not like '%.read.v1'",
        partner.code,
    )
    assert rows[0][0] == 2


@pytest.mark.parametrize("resource", ROWS)
async def test_a_row_of_a_referral_that_is_not_there_is_refused(
    partner: Importer, resource: str
) -> None:
    job = await partner.send(resource, a_file([_row(resource, "NONE-1")]))
    assert counts(job) == (1, 0, 0, 0, 1)
    [refused] = await partner.rejected(job)
    name = "refused_reason" if "reason" in ROWS[resource] else "reason"
    assert refused[name] == "referral: you have no referral of this reference"


async def test_a_rule_in_a_row_is_looked_for_in_the_published_criteria(
    partner: Importer,
) -> None:
    body = an_organisation(criteria=["Lives elsewhere - see page 2."])
    token = partner.system.token("STEWARD", "steward")
    async with partner.system.client("intake", token) as steward:
        await steward.put(f"/organisations/{partner.code}", json=body)
    referral = await _referral(partner)
    for rule, is_published in ((None, True), ("Has two dogs", False)):
        row = _row("decisions", referral)
        if rule:
            row = {**row, "rule_quoted": rule}
        await partner.send("decisions", a_file([row]))
        read = await detail(partner.client, referral)
        assert read["rule_published"] is is_published


async def test_a_contact_of_another_content_is_a_conflict(partner: Importer) -> None:
    referral = await _referral(partner)
    row = _row("contacts", referral)
    await partner.send("contacts", a_file([row]))
    other = {**row, "attended": "no"}
    job = await partner.send("contacts", a_file([row, other]))
    assert counts(job) == (2, 0, 1, 1, 0)


@pytest.mark.parametrize(
    ("resource", "changes", "reason"),
    [
        ("decisions", {"outcome": "maybe"}, "outcome: is not one of accepted, not_for"),
        ("decisions", {"reason": ""}, "a referral that is not for you needs a reason"),
        ("decisions", {"decided_on": "01/01/2199"}, "decided_on: this day has not"),
        ("contacts", {"attended": ""}, "attended: is missing"),
        ("crisis-contacts", {"kind": "police"}, "kind: is not one of emergency_dep"),
        ("crisis-contacts", {"on": "01/01/2199"}, "on: this day has not come yet"),
        ("closures", {"closed_on": "46174"}, "closed_on: is a spreadsheet's own"),
    ],
)
async def test_a_refused_row_says_why(
    partner: Importer, resource: str, changes: dict[str, object], reason: str
) -> None:
    row = {**_row(resource, await _referral(partner)), **changes}
    [refused] = await partner.rejected(await partner.send(resource, a_file([row])))
    name = "refused_reason" if "reason" in ROWS[resource] else "reason"
    assert reason in refused[name]


async def test_refused_closures_can_be_sent_again_with_their_own_reasons(
    partner: Importer,
) -> None:
    referral = await _referral(partner)
    row = {**_row("closures", referral), "closed_on": "soon"}
    job = await partner.send("closures", a_file([row]))
    answer = await partner.client.get(f"/imports/{job['import_id']}/rejected.csv")
    fixed = answer.text.replace("soon", "01/06/2026").encode()
    assert counts(await partner.send("closures", fixed)) == (1, 1, 0, 0, 0)
    closure = (await detail(partner.client, referral))["closure"]
    assert closure == {"closed_on": "2026-06-01", "reason": "02"}


async def test_many_contacts_of_one_referral_are_all_told(partner: Importer) -> None:
    referral = await _referral(partner)
    rows = [
        {**_row("contacts", referral), "reference": f"C-{n}"} for n in range(1, 301)
    ]
    job = await partner.send("contacts", a_file(rows))
    assert counts(job) == (300, 300, 0, 0, 0)
    await partner.system.quiet()
    [row] = await partner.fetch(
        "select state ->> 'contacts' from referral where organisation = $1",
        partner.code,
    )
    assert row[0] == "300"
