"""Batches: up to 1,000 records in one body, judged one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.bodies import REFERENCE_PATTERN
from shared.problems import (
    Erased,
    InvalidContent,
    Problem,
    ProblemDocument,
    TooManyAtOnce,
    invalid,
)
from shared.records import Entry, Stored

MOST_RECORDS = 1_000
BATCH_BYTES = 8_000_000
NDJSON = "application/x-ndjson"

Body = TypeVar("Body", bound=BaseModel)
Status = Literal["stored", "repeated", "conflict", "invalid"]


class RecordResult(BaseModel):
    """What became of one record of a batch, in input order."""

    index: int
    reference: str | None
    status: Status
    problem: ProblemDocument | None = None


class BatchOut(BaseModel):
    """What became of each record of a batch."""

    results: list[RecordResult]


class Parsed(NamedTuple, Generic[Body]):
    """One record of a batch: valid, or with its problem."""

    place: int
    reference: str | None
    body: Body | None
    problem: InvalidContent | None = None


async def parse_batch(
    request: Request, adapter: TypeAdapter[list[Body]]
) -> list[Parsed[Body]]:
    """Read a JSON array or NDJSON of up to 1,000 records.

    Raises:
        InvalidContent: 422, it is no list of records at all.
        TooManyAtOnce: 413, it has more than 1,000.
    """
    raw = await request.body()
    is_lines = request.headers.get("content-type", "").startswith(NDJSON)
    if is_lines:
        raw = b"[" + b",".join(line for line in raw.splitlines() if line.strip()) + b"]"
    try:
        bodies = adapter.validate_json(raw)
    except ValidationError:
        return _parse_one_by_one(raw, adapter)
    _refuse_too_many(len(bodies))
    return [
        Parsed(place, body.reference, body)  # type: ignore[attr-defined]
        for place, body in enumerate(bodies)
    ]


def _refuse_too_many(count: int) -> None:
    if count > MOST_RECORDS:
        raise TooManyAtOnce(f"A batch has {MOST_RECORDS} records at most, not {count}.")


def _parse_one_by_one(
    raw: bytes, adapter: TypeAdapter[list[Body]]
) -> list[Parsed[Body]]:
    try:
        records = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidContent("The body is not JSON.") from error
    if not isinstance(records, list):
        raise InvalidContent("A batch is a list of records.")
    _refuse_too_many(len(records))
    parsed: list[Parsed[Body]] = []
    for index, record in enumerate(records):
        try:
            body = adapter.validate_python([record])[0]
        except ValidationError as error:
            parsed.append(Parsed(index, _reference(record), None, _of_one(error)))
        else:
            parsed.append(Parsed(index, _reference(record), body))
    return parsed


def _of_one(error: ValidationError) -> InvalidContent:
    problem = invalid(error)
    for field in problem.errors:
        field.pointer = field.pointer.removeprefix("/0")
    return problem


def _reference(record: object) -> str | None:
    reference = record.get("reference") if isinstance(record, dict) else None
    is_one = isinstance(reference, str) and re.fullmatch(REFERENCE_PATTERN, reference)
    return str(reference) if is_one else None


def batch_body(model: type[BaseModel]) -> dict[str, Any]:
    """Describe the body of a batch endpoint for OpenAPI."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "array",
                        "items": schema,
                        "maxItems": MOST_RECORDS,
                    }
                },
                NDJSON: {"schema": {"type": "string"}},
            },
        }
    }


async def answer_batch(
    parsed: Sequence[Parsed[Body]],
    entry_of: Callable[[Body], Entry],
    write: Callable[[list[Entry]], Awaitable[Mapping[UUID, Stored]]],
    differs: Callable[[Stored, Entry], Problem | None],
) -> BatchOut:
    """Store the valid records of a batch and say what became of each, in input order.

    Args:
        entry_of: Makes the record of a body; may raise a Problem for its content.
        write: Stores records of distinct ids; an empty answer means a dry run.
        differs: Compares a record that was there with the one that was sent.
    """
    entries: dict[UUID, Entry] = {}
    mine: list[tuple[Parsed[Body], Entry]] = []
    results: dict[int, RecordResult] = {}
    for one in parsed:
        problem: Problem | None = one.problem
        if one.body is not None:
            try:
                entry = entry_of(one.body)
            except Problem as refused:
                problem = refused
            else:
                entries.setdefault(entry.id, entry)
                mine.append((one, entry))
        if problem is not None:
            results[one.place] = _result(one, "invalid", problem)
    stored = await write(list(entries.values())) if entries else {}
    for one, entry in mine:
        first = entries[entry.id]
        results[one.place] = _judge(one, entry, first, stored.get(entry.id), differs)
    return BatchOut(results=[results[one.place] for one in parsed])


def _judge(
    one: Parsed[Body],
    entry: Entry,
    first: Entry,
    stored: Stored | None,
    differs: Callable[[Stored, Entry], Problem | None],
) -> RecordResult:
    """Say what became of a valid record; `first` is the batch's first of its id."""
    if stored is not None and not stored.is_new:
        problem = _refused(stored, entry, differs)
    elif entry is first:
        return _result(one, "stored", None)
    else:
        problem = differs(Stored(first.id, 0, False, first.kept, first.state), entry)
    return _result(one, "conflict" if problem else "repeated", problem)


def _refused(
    stored: Stored,
    entry: Entry,
    differs: Callable[[Stored, Entry], Problem | None],
) -> Problem | None:
    try:
        stored.refuse_erased()
    except Erased as erased:
        return erased
    return differs(stored, entry)


def _result(one: Parsed[Body], status: Status, problem: Problem | None) -> RecordResult:
    return RecordResult(
        index=one.place,
        reference=one.reference,
        status=status,
        problem=problem.document() if problem else None,
    )
