"""Request bodies: strict types that are checked in one go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, core_schema

from shared.identity import nhs_number_fault

NHS_DIGITS = 10
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
REFERENCE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$"
# A code without a letter is short: a longer one could be somebody's number.
CODE_PATTERN = r"^(([A-Za-z]|[0-9][0-9-]*[A-Za-z_])[A-Za-z0-9_-]*|[0-9][0-9-]{0,8})$"


class In(BaseModel):
    """A body: unknown fields, wrong types and endless numbers are refused."""

    model_config = ConfigDict(
        strict=True, extra="forbid", allow_inf_nan=False, frozen=True
    )


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """Marks a type whose check runs without a line of Python, for batches' sake.

    Attributes:
        schema: The check.
        sentence: What is said of every fault, in plain words.
        described: JSON Schema of it.
    """

    schema: CoreSchema
    sentence: str
    described: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the check with its sentence."""
        return core_schema.custom_error_schema(
            self.schema, "malformed", custom_error_message=self.sentence
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON Schema."""
        return dict(self.described)


def _is_no_nhs_number(value: str) -> str:
    if len(value) >= NHS_DIGITS and nhs_number_fault(value) is None:
        msg = "this must not be an NHS number"
        raise ValueError(msg)
    return value


CalendarDate = Annotated[
    date,
    Checked(
        core_schema.chain_schema(
            [
                core_schema.str_schema(pattern=DATE_PATTERN, strict=True),
                core_schema.date_schema(strict=False, ge=FIRST_DAY, le=LAST_DAY),
            ]
        ),
        f"a day is written as YYYY-MM-DD, from {FIRST_DAY} to {LAST_DAY}",
        {"type": "string", "format": "date"},
    ),
]
Reference = Annotated[
    str,
    Checked(
        core_schema.str_schema(pattern=REFERENCE_PATTERN, strict=True),
        "a reference has 1 to 64 letters, digits or . _ ~ -, not first",
        {"type": "string", "pattern": REFERENCE_PATTERN},
    ),
    AfterValidator(_is_no_nhs_number),
]
Code = Annotated[
    str,
    Checked(
        core_schema.str_schema(pattern=CODE_PATTERN, max_length=40, strict=True),
        "a code has 1 to 40 letters, digits or _ -, and is no number of ten digits",
        {"type": "string", "pattern": CODE_PATTERN, "maxLength": 40},
    ),
]
OrganisationCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3,10}$")]
Words = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]
FewWords = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")
]

After = Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")]
Limit = Annotated[int, Query(ge=1, le=500)]


def differences(stored: str, sent: str) -> list[str]:
    """Return the pointers of the top-level fields in which two JSON bodies differ."""
    mine, theirs = json.loads(stored), json.loads(sent)
    keys = sorted(mine.keys() | theirs.keys())
    return [f"/{key}" for key in keys if mine.get(key) != theirs.get(key)]
