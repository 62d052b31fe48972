"""GET /codes: anybody with a token may look the codes up."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.intake.answers import problem
from tests.integration.intake.conftest import Partner


async def test_the_lists_are_named_and_each_can_be_read(partner: Partner) -> None:
    lists = (await partner.client.get("/codes")).json()["lists"]
    assert len(lists) == 12
    for one in lists:
        read = await partner.client.get(f"/codes/{one['list']}")
        assert read.status_code == 200
        assert read.json()["name"] == one["name"]
        assert read.json()["source"] == one["source"]
        assert len(read.json()["codes"]) == one["codes"] > 0


async def test_a_list_says_codes_labels_and_groups(partner: Partner) -> None:
    read = (await partner.client.get("/codes/accommodation")).json()
    assert read["groups"]["homeless"] == "Homeless"
    [rough] = [one for one in read["codes"] if one["code"] == "12"]
    assert (rough["label"], rough["group"]) == ("Rough sleeper", "homeless")


async def test_a_list_that_there_is_not_is_not_found(partner: Partner) -> None:
    found = problem(await partner.client.get("/codes/colours"), 404)
    assert "ethnicity" in found["detail"]


async def test_any_role_may_read_them(steward: httpx.AsyncClient) -> None:
    assert (await steward.get("/codes")).status_code == 200
    assert (await steward.get("/codes/source")).status_code == 200


@pytest.mark.parametrize("path", ["/codes", "/codes/source"])
async def test_without_a_token_they_are_not_told(
    intake: httpx.AsyncClient, path: str
) -> None:
    problem(await intake.get(path), 401)
