"""Sends files and waits for what becomes of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.builders import a_referral
from tests.system import System, until

CSV = {"content-type": "text/csv"}
Row = Mapping[str, object]


def a_row(**changes: object) -> dict[str, object]:
    """Return a row of referrals, as `a_referral` would be written in a spreadsheet."""
    body = a_referral()
    return {
        "reference": body["reference"],
        "nhs_number": "",
        "local_id": body["person"]["local_id"],
        "received_on": "02/03/2026",
        "source": "B1",
        "reasons": "loneliness|money",
        "primary_reason": "05",
        "priority": "3",
        "age": "34",
        "ethnicity": "M",
        "gender": "2",
        "disabilities": "NN",
        "language": "en",
        "imd_decile": "2",
        "strengths": "good with people",
        "own_words": "I would like to get out more.",
        **changes,
    }


def a_file(rows: Sequence[Row], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Return rows as a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def table(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a CSV answer, as a program reads it that skips the mark."""
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter))


@dataclass(frozen=True)
class Importer:
    """An organisation that sends files to a service."""

    code: str
    service: str
    client: httpx.AsyncClient
    system: System

    async def post(
        self, resource: str, content: bytes, dry_run: bool = False
    ) -> httpx.Response:
        """Send a file."""
        query = {"resource": resource, **({"dry_run": "true"} if dry_run else {})}
        return await self.client.post(
            "/imports", params=query, content=content, headers=CSV
        )

    async def send(
        self, resource: str, content: bytes, dry_run: bool = False
    ) -> dict[str, Any]:
        """Send a file and return the import when it has ended."""
        answer = await self.post(resource, content, dry_run)
        assert answer.status_code == 202, answer.text
        return await self.ended(answer.headers["location"])

    async def ended(self, location: str) -> dict[str, Any]:
        """Return an import when it has ended."""
        found: dict[str, Any] = {}

        async def is_ended() -> bool:
            answer = await self.client.get(location)
            assert answer.status_code == 200, answer.text
            found.update(answer.json())
            return found["state"] in ("done", "failed")

        await until(is_ended, "the import has ended")
        return found

    async def rejected(
        self, job: Mapping[str, Any], delimiter: str = ","
    ) -> list[dict[str, str]]:
        """Return the refused rows of an import."""
        answer = await self.client.get(f"/imports/{job['import_id']}/rejected.csv")
        assert answer.status_code == 200, answer.text
        return table(answer.text, delimiter)

    async def fetch(self, statement: str, *values: object) -> list[Any]:
        """Return rows of the service's database."""
        return await self.system.fetch(self.service, statement, *values)


def counts(job: Mapping[str, Any]) -> tuple[int, int, int, int, int]:
    """Return how many rows were read, stored, repeated, in conflict and refused."""
    names = ("rows_read", "stored", "repeated", "conflicted", "refused")
    read, stored, repeated, conflicted, refused = (job[name] for name in names)
    return read, stored, repeated, conflicted, refused
