"""The endpoints of imports: templates, progress, refusals, each declared problem."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.integration.imports.sending import CSV, Importer, a_file, a_row, table
from tests.integration.intake.answers import problem
from tests.system import System, until

COLUMNS = {
    "intake": {
        "referrals": "reference nhs_number local_id received_on source",
        "decisions": "referral outcome decided_on reason rule_quoted",
        "contacts": "referral reference contact_on attended mode",
        "crisis-contacts": "referral kind on",
        "circumstances": "referral recorded_on accommodation employment",
        "closures": "referral closed_on reason",
    },
    "measures": {
        "assessments": "reference referral instrument completed_on completed_by mode"
        " item_1 item_2",
        "goals": "reference referral kind words set_on baseline",
        "ratings": "goal rated_on value",
    },
}
TEMPLATES = [
    (service, resource, columns.split())
    for service, resources in COLUMNS.items()
    for resource, columns in resources.items()
]


@pytest.mark.parametrize(("service", "resource", "columns"), TEMPLATES)
async def test_a_template_can_be_downloaded_by_anyone(
    shared_system: System, service: str, resource: str, columns: list[str]
) -> None:
    async with shared_system.client(service) as client:
        answer = await client.get(f"/imports/templates/{resource}.csv")
        listed = (await client.get("/imports/templates")).json()["templates"]
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    [header] = answer.text.lstrip("\ufeff").splitlines()
    assert header.split(",")[: len(columns)] == columns
    [described] = [one for one in listed if one["resource"] == resource]
    assert [column["name"] for column in described["columns"]] == header.split(",")


async def test_there_is_no_template_of_what_cannot_be_imported(
    partner: Importer,
) -> None:
    answer = await partner.client.get("/imports/templates/stories.csv")
    assert "referrals" in problem(answer, 404)["detail"]


async def test_an_upload_is_answered_with_where_its_import_is(
    partner: Importer,
) -> None:
    answer = await partner.post("referrals", a_file([a_row()]))
    assert answer.status_code == 202
    body = answer.json()
    assert answer.headers["location"] == f"/imports/{body['import_id']}"
    assert body["size_bytes"] > 0
    done = await partner.ended(answer.headers["location"])
    assert done["finished_at"] >= done["started_at"] >= done["received_at"]
    assert done["rejected_until"] is None


@pytest.mark.parametrize("path", ["", "/events", "/rejected.csv"])
async def test_an_import_of_another_organisation_is_not_there(
    partner: Importer, other: Importer, path: str
) -> None:
    job = await partner.send("referrals", a_file([a_row(age="x")]))
    problem(await other.client.get(f"/imports/{job['import_id']}{path}"), 404)
    problem(await partner.client.get(f"/imports/{uuid4()}{path}"), 404)
    problem(await partner.client.get(f"/imports/none{path}"), 422)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/imports?resource=referrals"),
        ("GET", "/imports"),
        ("GET", f"/imports/{uuid4()}"),
        ("GET", f"/imports/{uuid4()}/events"),
        ("GET", f"/imports/{uuid4()}/rejected.csv"),
    ],
)
async def test_only_partners_import(
    shared_system: System, method: str, path: str
) -> None:
    async with shared_system.client("intake") as client:
        problem(await client.request(method, path, headers=CSV), 401)
    viewer = shared_system.token("TCV", "viewer")
    async with shared_system.client("intake", viewer) as client:
        problem(await client.request(method, path, headers=CSV), 403)


async def test_what_cannot_be_imported_is_refused(partner: Importer) -> None:
    answer = await partner.post("stories", a_file([a_row()]))
    assert "referrals" in problem(answer, 422)["detail"]
    bare = await partner.client.post("/imports", content=b"x", headers=CSV)
    assert problem(bare, 422)["errors"]


async def test_a_body_that_is_not_sent_as_csv_is_refused(partner: Importer) -> None:
    answer = await partner.client.post("/imports?resource=referrals", json=[a_row()])
    assert "text/csv" in problem(answer, 415)["detail"]


async def test_a_file_beyond_the_limit_is_refused(partner: Importer) -> None:
    url = partner.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = (
        "POST /imports?resource=referrals HTTP/1.1",
        f"host: {url.host}",
        f"authorization: {partner.client.headers['authorization']}",
        "content-type: text/csv",
        "content-length: 3000000000",
        "connection: close",
    )
    writer.write("".join(f"{line}\r\n" for line in (*head, "")).encode())
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
    jobs = (await partner.client.get("/imports")).json()["imports"]
    assert all(job["state"] == "failed" for job in jobs)


async def test_too_many_unfinished_imports_are_refused(partner: Importer) -> None:
    await partner.fetch(
        """insert into import (organisation, subject, resource, is_dry_run, state)
        select $1, 's', 'referrals', false, 'uploading' from generate_series(1, 20)""",
        partner.code,
    )
    answer = await partner.post("referrals", a_file([a_row()]))
    problem(answer, 429)
    assert answer.headers["retry-after"] == "30"


async def test_imports_are_listed_newest_first_page_by_page(
    partner: Importer, other: Importer
) -> None:
    jobs = [await partner.send("referrals", a_file([a_row()])) for _ in range(3)]
    await other.send("referrals", a_file([a_row()]))
    expected = [job["import_id"] for job in reversed(jobs)]
    first = (await partner.client.get("/imports?limit=2")).json()
    assert [job["import_id"] for job in first["imports"]] == expected[:2]
    page = await partner.client.get("/imports", params={"before": first["next"]})
    assert [job["import_id"] for job in page.json()["imports"]] == expected[2:]
    assert page.json()["next"] is None
    problem(await partner.client.get("/imports?limit=0"), 422)


async def test_refused_rows_are_gone_in_time(partner: Importer) -> None:
    job = await partner.send("referrals", a_file([a_row(age="x")]))
    assert job["rejected_until"] is not None
    path = f"/imports/{job['import_id']}/rejected.csv"
    assert len(table((await partner.client.get(path)).text)) == 1
    await partner.fetch(
        "update import set rejected_until = null where id = $1", job["import_id"]
    )
    problem(await partner.client.get(path), 410)


async def test_events_follow_an_import_to_its_end(partner: Importer) -> None:
    answer = await partner.post("referrals", a_file([a_row() for _ in range(2_000)]))
    events: list[tuple[str, dict[str, object]]] = []
    path = f"{answer.headers['location']}/events"
    async with partner.client.stream("GET", path) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            if line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
    assert [name for name, _ in events][-1] == "ended"
    assert {name for name, _ in events[:-1]} <= {"progress"}
    assert events[-1][1]["stored"] == 2_000
    read = [event["rows_read"] for _, event in events]
    assert read == sorted(read, key=int)  # type: ignore[arg-type]


async def test_an_upload_that_breaks_off_is_told_as_failed(partner: Importer) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield a_file([a_row()])
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await partner.client.post(
            "/imports?resource=referrals", content=half(), headers=CSV
        )

    async def is_told() -> bool:
        jobs = (await partner.client.get("/imports")).json()["imports"]
        return [job["state"] for job in jobs] == ["failed"] and (
            "stopped before" in jobs[0]["error"]
        )

    await until(is_told, "the upload is given up")
