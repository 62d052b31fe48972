"""A file of referrals is stored as if each row had been posted."""

from __future__ import annotations

import pytest

from tests.builders import a_referral
from tests.integration.imports.sending import Importer, a_file, a_row, counts

STORED = """select reference, kept -> 'received' ->> 'own_words' as words
from referral where organisation = $1 order by reference"""
TRACES = """select (select count(*) from audit where organisation = $1),
  (select count(*) from referral where organisation = $1)"""


async def test_rows_are_stored_as_if_each_had_been_posted(partner: Importer) -> None:
    row = a_row()
    job = await partner.send("referrals", a_file([row]))
    assert (job["state"], job["error"]) == ("done", None)
    assert counts(job) == (1, 1, 0, 0, 0)
    posted = a_referral(
        reference=row["reference"], person={"local_id": row["local_id"]}
    )
    again = await partner.client.post("/referrals", json=posted)
    assert again.status_code == 200, again.text
    [record] = await partner.fetch(
        "select type, subject from audit where organisation = $1", partner.code
    )
    assert tuple(record) == ("uk.livingwell.referral.received.v1", "developer")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
async def test_files_are_read_however_they_are_written(
    partner: Importer, delimiter: str, encoding: str
) -> None:
    words = f'"Café", she said;\r\nthen left{delimiter}'
    rows = [a_row(own_words=words), a_row(own_words="plain")]
    job = await partner.send("referrals", a_file(rows, delimiter, encoding))
    assert counts(job) == (2, 2, 0, 0, 0)
    stored = await partner.fetch(STORED, partner.code)
    assert [record["words"] for record in stored] == [words, "plain"]


async def test_a_file_sent_again_repeats_and_changes_nothing(
    partner: Importer,
) -> None:
    content = a_file([a_row() for _ in range(30)])
    first = await partner.send("referrals", content)
    before = await partner.fetch(TRACES, partner.code)
    again = await partner.send("referrals", content)
    assert (counts(first), counts(again)) == ((30, 30, 0, 0, 0), (30, 0, 30, 0, 0))
    assert await partner.fetch(TRACES, partner.code) == before
    assert tuple(before[0]) == (30, 30)


async def test_refused_rows_come_back_are_corrected_and_sent_again(
    partner: Importer,
) -> None:
    good, wrong = a_row(), a_row(age="old", own_words="=1+1 or -so")
    known = a_row()
    await partner.send("referrals", a_file([known]))
    other = {**known, "age": "99"}
    job = await partner.send("referrals", a_file([good, wrong, other], ";"))
    assert counts(job) == (3, 1, 0, 1, 1)
    answer = await partner.client.get(f"/imports/{job['import_id']}/rejected.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].endswith('referrals-rejected.csv"')
    first, second = await partner.rejected(job, ";")
    assert list(first) == ["reason", *good]
    assert first["reason"] == "age: is not a whole number"
    assert first["own_words"] == "'=1+1 or -so"
    assert second["reason"].startswith("Stored with another value of /age")
    corrected = answer.text.replace("old", "34")
    fixed = await partner.send("referrals", corrected.encode())
    assert counts(fixed) == (2, 1, 0, 1, 0)
    [stored] = await partner.fetch(
        STORED.replace("order", "and reference = $2 order"),
        partner.code,
        wrong["reference"],
    )
    assert stored["words"] == "=1+1 or -so"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"received_on": "45000"}, "received_on: is a spreadsheet's own number"),
        ({"received_on": "3/4/26"}, "received_on: can be read in two ways"),
        ({"received_on": "01/01/2199"}, "received_on: this day has not come yet"),
        ({"received_on": ""}, "received_on: is missing"),
        ({"nhs_number": "8.88E+09", "local_id": ""}, "nhs_number: has become a number"),
        ({"nhs_number": "9991234579", "local_id": ""}, "the NHS number is not valid"),
        ({"local_id": ""}, "give either nhs_number or local_id"),
        ({"source": "1.09107E+15"}, "source: has become a number"),
        ({"source": "B 1"}, "source: a code has 1 to 40 letters"),
        ({"reference": "9991234578"}, "reference: this must not be an NHS number"),
        ({"age": "131"}, "age: should be less than or equal to 130"),
        ({"reasons": "|".join("abcdefghijklmnopqrstuvwxyz")}, "reasons: has more than"),
    ],
)
async def test_a_refused_row_says_what_happened_and_in_which_column(
    partner: Importer, changes: dict[str, object], reason: str
) -> None:
    row = a_row(**changes)
    job = await partner.send("referrals", a_file([a_row(), row, a_row()]))
    assert counts(job) == (3, 2, 0, 0, 1)
    [refused] = await partner.rejected(job)
    assert reason in refused["reason"]
    assert "Value error" not in refused["reason"]
    sent = {str(value) for value in changes.values()} - {"", "45000"}
    assert not any(value in refused["reason"] for value in sent)


async def test_nhs_numbers_and_dates_are_read_as_spreadsheets_show_them(
    partner: Importer,
) -> None:
    rows = [
        a_row(nhs_number="999 123 4578", local_id="", received_on="2026-03-02"),
        a_row(nhs_number="9991234578.0", local_id="", received_on="02/03/2026"),
        a_row(primary_reason="5", disabilities="1;NN"),
    ]
    job = await partner.send("referrals", a_file(rows))
    assert counts(job) == (3, 3, 0, 0, 0)
    stored = await partner.fetch(
        """select state ->> 'person' as person, state ->> 'received_on' as day,
        state ->> 'primary_reason' as reason, state ->> 'disabilities' as disabilities
        from referral where organisation = $1 order by reference""",
        partner.code,
    )
    assert stored[0]["person"] == stored[1]["person"]
    assert {record["day"] for record in stored} == {"2026-03-02"}
    assert (stored[2]["reason"], stored[2]["disabilities"]) == ("05", '["01","NN"]')


async def test_rows_without_their_last_cells_and_blank_rows_are_no_matter(
    partner: Importer,
) -> None:
    row = a_row(strengths="", own_words="")
    lines = a_file([row]).decode().splitlines()
    content = f"{lines[0]}\r\n\r\n,,,\r\n{lines[1].rstrip(',')}\r\n"
    assert counts(await partner.send("referrals", content.encode()))[:2] == (1, 1)


async def test_a_row_with_a_cell_too_many_is_refused_whole_and_given_back_whole(
    partner: Importer,
) -> None:
    lines = a_file([a_row()]).decode().splitlines()
    job = await partner.send("referrals", f"{lines[0]}\r\n{lines[1]},more".encode())
    assert counts(job) == (1, 0, 0, 0, 1)
    answer = await partner.client.get(f"/imports/{job['import_id']}/rejected.csv")
    assert answer.text.splitlines()[1].endswith(f"{lines[1]},more")


async def test_a_dry_run_judges_by_what_is_stored_and_stores_nothing(
    partner: Importer,
) -> None:
    known = a_row()
    await partner.send("referrals", a_file([known]))
    before = await partner.fetch(TRACES, partner.code)
    rows = [known, {**known, "age": "99"}, a_row(), a_row(age="x")]
    job = await partner.send("referrals", a_file(rows), dry_run=True)
    assert job["dry_run"] is True
    assert counts(job) == (4, 1, 1, 1, 1)
    assert len(await partner.rejected(job)) == 2
    assert await partner.fetch(TRACES, partner.code) == before


async def test_rows_beyond_one_step_are_all_stored_and_the_file_is_forgotten(
    partner: Importer,
) -> None:
    rows = [a_row() for _ in range(6_000)]
    rows[5_500]["age"] = "x"
    job = await partner.send("referrals", a_file(rows))
    assert counts(job) == (6_000, 5_999, 0, 0, 1)
    assert job["position"] == job["size_bytes"] == len(a_file(rows))
    [refused] = await partner.rejected(job)
    assert refused["reference"] == rows[5_500]["reference"]
    [pieces] = await partner.fetch(
        "select count(*) from import_piece where import_id = $1", job["import_id"]
    )
    assert pieces[0] == 0
    [traces] = await partner.fetch(TRACES, partner.code)
    assert tuple(traces) == (5_999, 5_999)
