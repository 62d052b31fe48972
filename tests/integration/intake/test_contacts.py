"""Contacts that were told wrongly are corrected or removed, of the version read."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.builders import a_referral
from tests.integration.intake.answers import (
    detail,
    pointers,
    problem,
    referral,
    stored,
)
from tests.integration.intake.conftest import Partner
from tests.system import System

CONTACT: dict[str, Any] = {
    "reference": "C-1",
    "contact_on": "2026-03-16",
    "attended": True,
    "mode": "walk_and_talk",
}
RIGHT = {**CONTACT, "attended": False}


async def told(partner: Partner) -> tuple[str, httpx.Response]:
    """Return the address of a contact and the answer to its telling."""
    sent = a_referral()
    await referral(partner.client, sent)
    contacts = f"/referrals/{sent['reference']}/contacts"
    answer = await partner.client.post(contacts, json=CONTACT)
    return f"{contacts}/C-1", answer


async def contacts_of(partner: Partner, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await detail(partner.client, address.split("/")[2]))[
        "contacts"
    ]
    return found


async def change(
    partner: Partner, method: str, address: str, tag: str | None
) -> httpx.Response:
    """Correct or remove a contact."""
    return await partner.client.request(
        method,
        address,
        json=RIGHT if method == "PUT" else None,
        headers={"If-Match": tag} if tag else {},
    )


async def test_a_wrong_contact_is_corrected(
    partner: Partner, shared_system: System
) -> None:
    address, answer = await told(partner)
    corrected = await change(partner, "PUT", address, answer.headers["ETag"])
    assert corrected.status_code == 200
    assert corrected.json()["sequence"] > answer.json()["sequence"]
    assert await contacts_of(partner, address) == [RIGHT]
    [row] = await shared_system.fetch(
        "intake",
        "select state ->> 'first_contact_on', state ->> 'contacts' from referral"
        " where id = $1",
        answer.json()["referral_id"],
    )
    assert tuple(row) == (None, "0")
    before = await stored(shared_system)
    again = await change(partner, "PUT", address, answer.headers["ETag"])
    assert again.status_code == 200, "what is so already may be told again"
    assert again.json() == corrected.json()
    assert await stored(shared_system) == before


async def test_a_contact_that_never_was_is_removed(partner: Partner) -> None:
    address, answer = await told(partner)
    removed = await change(partner, "DELETE", address, answer.headers["ETag"])
    assert removed.status_code == 200
    assert removed.json()["sequence"] > answer.json()["sequence"]
    assert await contacts_of(partner, address) == []
    gone = await change(partner, "DELETE", address, removed.headers["ETag"])
    problem(gone, 404)


BOTH = pytest.mark.parametrize("method", ["PUT", "DELETE"])


@BOTH
async def test_a_correction_names_the_version_that_was_read(
    partner: Partner, method: str
) -> None:
    address, _ = await told(partner)
    problem(await change(partner, method, address, None), 428)
    problem(await change(partner, method, address, '"1"'), 412)
    assert await contacts_of(partner, address) == [CONTACT]


@BOTH
async def test_a_contact_that_is_not_there_or_not_yours_is_not_found(
    partner: Partner, other: Partner, method: str
) -> None:
    address, answer = await told(partner)
    tag = answer.headers["ETag"]
    problem(await change(other, method, address, tag), 404)
    nowhere = address.replace("C-1", "C-2")
    body = {**RIGHT, "reference": "C-2"} if method == "PUT" else None
    found = await partner.client.request(
        method, nowhere, json=body, headers={"If-Match": tag}
    )
    problem(found, 404)
    assert await contacts_of(partner, address) == [CONTACT]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"reference": "C-2"}, []),
        ({"attended": "yes"}, ["/attended"]),
        ({"contact_on": "2199-01-01"}, ["/contact_on"]),
        ({"note": "x"}, [""]),
    ],
    ids=range(4),
)
async def test_what_is_no_contact_corrects_nothing(
    partner: Partner, wrong: dict[str, object], where: list[str]
) -> None:
    address, answer = await told(partner)
    refused = await partner.client.put(
        address,
        json={**CONTACT, **wrong},
        headers={"If-Match": answer.headers["ETag"]},
    )
    assert pointers(problem(refused, 422)) == where
    assert await contacts_of(partner, address) == [CONTACT]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "decision", {"outcome": "accepted", "decided_on": "2026-03-05"}),
        ("POST", "contacts", {**CONTACT, "reference": "C-9"}),
        ("POST", "circumstances", {"recorded_on": "2026-03-16", "employment": "01"}),
        ("POST", "crisis-contacts", {"kind": "section_136", "on": "2026-01-06"}),
        ("PUT", "closure", {"closed_on": "2026-06-30", "reason": "02"}),
        ("PUT", "withdrawal", {"withdrawn_on": "2026-06-30"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_version_that_is_named_holds_for_whatever_is_told(
    partner: Partner, method: str, path: str, body: dict[str, object]
) -> None:
    sent = a_referral()
    received = await partner.client.post("/referrals", json=sent)
    address = f"/referrals/{sent['reference']}/{path}"
    stale = await partner.client.request(
        method, address, json=body, headers={"If-Match": '"1"'}
    )
    problem(stale, 412)
    tag = {"If-Match": received.headers["ETag"]}
    answer = await partner.client.request(method, address, json=body, headers=tag)
    assert answer.is_success
    again = await partner.client.request(method, address, json=body, headers=tag)
    assert again.json() == answer.json(), "told again it changes nothing"


async def test_circumstances_over_time_are_corrected_by_telling_the_day_again(
    partner: Partner, shared_system: System
) -> None:
    sent = a_referral()
    received = await referral(partner.client, sent)
    address = f"/referrals/{sent['reference']}/circumstances"
    for body in (
        {"recorded_on": "2026-03-02", "accommodation": "18", "employment": "02"},
        {"recorded_on": "2026-06-01", "accommodation": "02", "employment": "07"},
        {"recorded_on": "2026-03-02", "accommodation": "14", "employment": "02"},
    ):
        assert (await partner.client.post(address, json=body)).is_success
    [row] = await shared_system.fetch(
        "intake",
        "select jsonb_path_query_array(state::jsonb,"
        " '$.circumstances[*].accommodation') from referral where id = $1",
        received["referral_id"],
    )
    assert row[0] == '["14", "02"]'
