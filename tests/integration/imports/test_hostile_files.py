"""Whatever is sent, the answer is no 500, and the worker goes on to the next file."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.imports.sending import (
    CSV,
    Importer,
    a_file,
    a_row,
    counts,
)
from tests.system import System

HEADER = a_file([a_row()]).splitlines(keepends=True)[0]


def a_zip() -> bytes:
    """Return a workbook, as far as its first bytes tell."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 1_000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (HEADER, "no rows"),
        (a_zip(), "workbook"),
        (HEADER + b"R1,\x00", "NUL"),
        (b"x" * 3_000_000, "longer than a megabyte"),
        (b"reference,colour\r\nR1,x\r\n", "Known columns: reference, nhs_number"),
        (b"reference,source,received_on,source\r\nR1,x,y,z", "twice"),
        (HEADER + b'R1,"' + b"x" * 300_000, "quotation mark is not closed"),
        (HEADER + b'"R1' + b"\n" * 3_000_000, "quotation mark is not closed"),
        (HEADER + b"x," * 1_500_000, "far too long"),
    ],
)
async def test_a_file_that_cannot_be_used_ends_as_failed_with_a_sentence(
    partner: Importer, content: bytes, said: str
) -> None:
    job = await partner.send("referrals", content)
    assert job["state"] == "failed"
    assert said in job["error"]
    assert counts(job)[1] == 0
    assert await partner.rejected(job) == []
    pieces = await partner.fetch(
        "select from import_piece where import_id = $1", job["import_id"]
    )
    assert pieces == []
    assert counts(await partner.send("referrals", a_file([a_row()])))[1] == 1


async def test_rows_before_a_broken_one_are_stored(partner: Importer) -> None:
    content = a_file([a_row() for _ in range(3_000)]) + b'R,"open'
    job = await partner.send("referrals", content)
    assert job["state"] == "failed"
    assert "after the first 3000 rows" in job["error"]
    assert counts(job) == (3_000, 3_000, 0, 0, 0)


@pytest.mark.parametrize("rest", [b'""', b"\r\n , ,\r\nx", b'x\r\n\r\n""\r\n'])
async def test_rows_without_anything_in_them_are_no_rows(
    partner: Importer, rest: bytes
) -> None:
    job = await partner.send("referrals", HEADER + rest)
    assert (job["state"], job["stored"]) == ("done", 0)
    assert job["rows_read"] == job["refused"] == rest.count(b"x")


async def test_a_long_text_with_lines_is_no_broken_row(partner: Importer) -> None:
    words = "line\r\n" * 3_000
    job = await partner.send(
        "referrals", a_file([a_row(own_words=words) for _ in range(60)])
    )
    assert counts(job) == (60, 60, 0, 0, 0)


async def test_a_wide_text_that_is_too_long_is_one_refused_row(
    partner: Importer,
) -> None:
    rows = [a_row(), a_row(own_words="é" * 25_000), a_row()]
    job = await partner.send("referrals", a_file(rows))
    assert counts(job) == (3, 2, 0, 0, 1)
    [refused] = await partner.rejected(job)
    assert refused["reason"] == "own_words: is too long"


# A worker that died would not be seen by the next example only: all are awaited.
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    content=st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=400).map(lambda rest: HEADER + rest),
        st.text(max_size=200).map(lambda rest: HEADER + rest.encode("utf-8", "ignore")),
        st.lists(
            st.lists(st.text(max_size=12), min_size=1, max_size=20),
            min_size=1,
            max_size=5,
        ).map(lambda rows: HEADER + _written(rows)),
    ),
    resource=st.sampled_from(["referrals", "contacts", "closures"]),
)
async def test_no_bytes_at_all_break_an_answer_or_the_worker(
    partner: Importer, content: bytes, resource: str
) -> None:
    job = await partner.send(resource, content)
    assert job["state"] in ("done", "failed")
    assert (job["error"] is not None) == (job["state"] == "failed")
    assert job["rows_read"] == sum(counts(job)[1:])
    rejected = await partner.client.get(f"/imports/{job['import_id']}/rejected.csv")
    assert rejected.status_code == 200
    [row] = await partner.fetch(
        "select failures from import where id = $1", job["import_id"]
    )
    assert row["failures"] == 0


def _written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "ignore")


async def test_nothing_of_a_file_is_logged(
    partner: Importer, shared_system: System
) -> None:
    row = a_row(age="Zebedee", own_words="Zebedee was here", local_id="Zebedee-7")
    await partner.send("referrals", a_file([row, a_row(local_id="Zebedee-8")]))
    await partner.client.post(
        "/imports?resource=referrals", content=b"Zebedee\r\nZebedee", headers=CSV
    )
    log = shared_system.services["intake"].child.log.read_text(errors="replace")
    metrics = (await partner.client.get("/metrics")).text
    assert "livingwell_import_rows_total" in metrics
    assert "Zebedee" not in log + metrics
