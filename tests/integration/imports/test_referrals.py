"""A file of referrals is stored as if each row had been posted."""

from __future__ import annotations

from tests.builders import a_referral
from tests.integration.imports.sending import Importer, a_file, a_row, counts


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
