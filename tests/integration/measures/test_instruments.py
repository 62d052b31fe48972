"""GET /instruments, as it is and as a site sets it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import AsyncClient

from tests.conftest import MakeSystem
from tests.integration.measures.bodies import (
    Partner,
    an_assessment,
    an_organisation,
    pointers,
)
from tests.system import System

CODES = [
    "dialog", "gad7", "gas", "gbo", "mansa", "phq9", "reqol10", "reqol20",
    "safety", "swemwbs",
]  # fmt: skip
SITE = """
[reqol10.choices]
reverse_items = [1, 3, 6, 9]
[mansa.reference_group]
sd = 0.9
reliability = 0.81
reliability_kind = "alpha"
"""
CHOICES = {"choices": [4, 0, 3, 1, 1, 4, 0, 1, 3, 1]}


@pytest.fixture(scope="module")
async def set_up(
    make_system: MakeSystem,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[System]:
    """Return a system with a site's settings and words."""
    folder: Path = tmp_path_factory.mktemp("site")
    (folder / "site.toml").write_text(SITE, "utf-8")
    (folder / "words.json").write_text('{"phq9.q01": "words of ours"}', "utf-8")
    system = await make_system(
        "measures",
        MEASURES_SITE=str(folder / "site.toml"),
        MEASURES_WORDING=str(folder / "words.json"),
    )
    yield system
    await system.stop()


async def test_instruments_are_told_with_ranges_and_sources_without_wording(
    partner: Partner,
) -> None:
    listed = (await partner.get("/instruments")).json()["instruments"]
    assert [instrument["code"] for instrument in listed] == CODES
    assert all(instrument["wording"] is None for instrument in listed)
    assert all(instrument["licence"]["note"] for instrument in listed)
    reqol10 = (await partner.get("/instruments/reqol10")).json()
    assert reqol10 == next(one for one in listed if one["code"] == "reqol10")
    assert reqol10["item_codes"][0] == "reqol10.q01"
    assert len(reqol10["item_codes"]) == reqol10["items"]["count"]
    assert reqol10["cut_off"]["value"] == 25
    assert (await partner.get("/instruments/horoscope")).status_code == 404


@pytest.mark.parametrize("code", CODES)
async def test_each_instrument_can_be_read(partner: Partner, code: str) -> None:
    answer = await partner.get(f"/instruments/{code}")
    assert answer.status_code == 200
    assert answer.json()["code"] == code


async def test_an_instrument_says_its_direction_bands_and_what_a_site_may_set(
    partner: Partner,
) -> None:
    phq9 = (await partner.get("/instruments/phq9")).json()
    assert phq9["direction"]["better"] == "lower"
    assert [(band["name"], band["at_least"]) for band in phq9["bands"]["steps"]] == [
        ("minimal", 0), ("mild", 5), ("moderate", 10), ("moderately_severe", 15),
        ("severe", 20),
    ]  # fmt: skip
    assert phq9["snomed"]["codes"] == ["720433000"]
    assert phq9["left_to_site"] == ["missing"]
    assert phq9["reliable_change"]["threshold"] == 6
    mansa = (await partner.get("/instruments/mansa")).json()
    assert mansa["reliable_change"] is None
    assert len(mansa["item_codes"]) == 16
    swemwbs = (await partner.get("/instruments/swemwbs")).json()
    assert swemwbs["conversion"]["values"][21 - 7] == 19.25


async def test_instruments_need_a_token(measures: AsyncClient) -> None:
    assert (await measures.get("/instruments")).status_code == 401
    assert (await measures.get("/instruments/reqol10")).status_code == 401


async def test_choices_without_a_key_of_form_or_site_are_refused(
    partner: Partner,
) -> None:
    body = an_assessment(responses=CHOICES)
    answer = await partner.post("/assessments", body)
    assert pointers(answer) == ["/responses/reverse_items"]


async def test_a_site_turns_choices_stamps_its_scores_and_shows_its_words(
    set_up: System,
) -> None:
    organisation = an_organisation()
    async with set_up.client("measures") as client:
        partner = Partner(client, set_up.token(organisation, "partner"))
        answer = await partner.post("/assessments", an_assessment(responses=CHOICES))
        assert answer.status_code == 201
        assert answer.json()["scores"]["total"] == 6.0
        version = answer.json()["scoring_version"]
        reqol10 = (await partner.get("/instruments/reqol10")).json()
        assert version == reqol10["scoring_version"]
        assert version.startswith("1+site.")
        assert reqol10["choices"]["source"] == "chosen: by this site"
        phq9 = (await partner.get("/instruments/phq9")).json()
        assert phq9["wording"] == {"phq9.q01": "words of ours"}
        assert phq9["scoring_version"] == "1"


async def test_a_site_with_a_reference_group_classifies_mansa_and_says_how(
    set_up: System,
) -> None:
    async with set_up.client("measures") as client:
        partner = Partner(client, set_up.token(an_organisation(), "partner"))
        for on, item in (("2026-03-10", 3), ("2026-06-10", 5)):
            body = an_assessment(
                reference=on,
                instrument="mansa",
                completed_on=on,
                responses={"satisfaction": [item] * 12},
            )
            assert (await partner.post("/assessments", body)).status_code == 201
        answer = (await partner.get("/referrals/LW-0001/change")).json()
    [mansa] = answer["instruments"]
    assert (mansa["change"], mansa["class"]) == (2.0, "reliable_improvement")
    assert mansa["reliable_change"] is None
    index = mansa["reliable_change_index"]
    assert (index["sem"], index["s_diff"]) == (0.392, 0.555)
    assert index["rc_threshold_95"] == 1.09
    assert index["reference_group"]["reliability_kind"] == "alpha"
    assert mansa["scoring_version"].startswith("1+site.")
