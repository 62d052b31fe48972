"""An answer in own words: kept by its owner, coded, and never published."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from httpx import AsyncClient

from tests.integration.measures.bodies import Json, Partner, an_assessment, pointers
from tests.system import System

TEXT = "I feel safe at my sister's, and not on the stairs."
CODING = {"codes": ["at-home", "stairs"], "coder": "C-7"}
PATH = "/assessments/A-1/codes"


def an_answer(**changes: object) -> Json:
    return an_assessment(instrument="safety", responses={"text": TEXT}, **changes)


async def test_an_answer_is_stored_coded_and_published_without_its_words(
    partner: Partner, shared_system: System
) -> None:
    answer = await partner.post("/assessments", an_answer())
    assert answer.status_code == 201
    assert "sister" not in answer.text
    assert answer.json()["scores"] == {
        "status": "not_scorable",
        "reason": "open_question",
    }
    coded = await partner.put(PATH, CODING)
    assert coded.status_code == 200
    assert coded.json()["codes"] == CODING["codes"]
    assert coded.headers["etag"] > answer.headers["etag"]
    [row] = await shared_system.fetch(
        "measures",
        "select state::text, kept ->> 'recorded' as recorded from assessment"
        " where id = $1",
        coded.json()["assessment_id"],
    )
    assert "stairs" in row["state"]
    assert not any(word in row["state"] for word in ("sister", "C-7", "A-1"))
    assert "sister" in row["recorded"]
    read = (await partner.get("/assessments/A-1")).json()
    assert read["recorded"]["responses"] == {"text": TEXT}
    assert read["coding"] == CODING


async def test_the_same_codes_again_change_nothing(partner: Partner) -> None:
    await partner.post("/assessments", an_answer())
    first = await partner.put(PATH, CODING)
    again = await partner.put(PATH, CODING)
    assert again.json() == first.json()
    repeated = await partner.post("/assessments", an_answer())
    assert repeated.status_code == 200
    assert repeated.json()["codes"] == CODING["codes"]


async def test_a_conflict_never_quotes_the_words(partner: Partner) -> None:
    await partner.post("/assessments", an_answer())
    other = an_assessment(instrument="safety", responses={"text": "my brother's"})
    answer = await partner.post("/assessments", other)
    assert answer.status_code == 409
    assert not any(word in answer.text for word in ("sister", "brother"))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"codes": ["free text"], "coder": "C-7"}, "/codes/0"),
        ({"codes": ["a", "a"], "coder": "C-7"}, "/codes"),
        ({"codes": [7], "coder": "C-7"}, "/codes/0"),
        ({"codes": [f"c{n}" for n in range(51)], "coder": "C-7"}, "/codes"),
        ({"codes": ["9991234578"], "coder": "C-7"}, "/codes/0"),
        ({"codes": []}, "/coder"),
        ({"codes": [], "coder": "C-7", "text": "x"}, ""),
    ],
)
async def test_codes_that_cannot_be_are_refused(
    partner: Partner, body: Json, pointer: str
) -> None:
    await partner.post("/assessments", an_answer())
    answer = await partner.put(PATH, body)
    assert answer.status_code == 422
    assert pointers(answer) == [pointer]
    assert (await partner.get("/assessments/A-1")).json()["coding"] is None


async def test_only_open_questions_are_coded(partner: Partner) -> None:
    await partner.post("/assessments", an_assessment())
    answer = await partner.put(PATH, CODING)
    assert answer.status_code == 422
    assert pointers(answer) == ["/codes"]


@pytest.mark.parametrize("text", ["", "  ", "\0", "\ud800", 7, None, "a" * 20_001])
async def test_an_answer_that_is_no_text_is_refused(
    partner: Partner, text: object
) -> None:
    body = an_assessment(instrument="safety", responses={"text": text})
    answer = await partner.post("/assessments", body)
    assert answer.status_code == 422
    assert pointers(answer) == ["/responses/text"]
    assert (await partner.get("/assessments")).json()["assessments"] == []


async def test_another_organisation_finds_nothing_to_code(
    partner: Partner, neighbour: Partner
) -> None:
    await partner.post("/assessments", an_answer())
    assert (await neighbour.put(PATH, CODING)).status_code == 404


async def test_coding_needs_a_token_and_the_role_of_a_partner(
    measures: AsyncClient, token: Callable[..., str]
) -> None:
    assert (await measures.put(PATH, json=CODING)).status_code == 401
    viewer = Partner(measures, token("TVIEWER", "viewer"))
    assert (await viewer.put(PATH, CODING)).status_code == 403


async def test_an_answer_is_never_paired(partner: Partner) -> None:
    for number, on in enumerate(("2026-03-10", "2026-04-10")):
        body = an_answer(reference=f"S-{number}", completed_on=on)
        assert (await partner.post("/assessments", body)).status_code == 201
    answer = await partner.get("/referrals/LW-0001/change")
    assert answer.json()["instruments"] == []
    assert answer.json()["counts"] == []
    assert "sister" not in answer.text
