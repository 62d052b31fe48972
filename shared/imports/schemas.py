"""What imports answer with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.imports.cells import Kind

State = Literal["uploading", "waiting", "running", "done", "failed"]


class ImportOut(BaseModel):
    """How far an import has come."""

    import_id: UUID = Field(validation_alias="id")
    resource: str
    state: State
    dry_run: bool = Field(
        validation_alias="is_dry_run", description="If so, nothing is stored"
    )
    size_bytes: int
    position: int = Field(description="Bytes that are dealt with")
    rows_read: int
    stored: int
    repeated: int = Field(description="Were stored already, just so")
    conflicted: int = Field(description="Are stored with other content")
    refused: int = Field(description="Cannot be stored; `rejected.csv` says why")
    error: str | None = Field(description="Why the file itself is unusable")
    received_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rejected_until: datetime | None = Field(
        description="Until when `rejected.csv` can be fetched; it has the refused and"
        " the conflicted rows"
    )


class ImportPage(BaseModel):
    """One page of an organisation's imports, newest first."""

    imports: list[ImportOut]
    next: UUID | None = Field(None, description="Value of `before` for the next page")


class ColumnOut(BaseModel):
    """A column of a template."""

    name: str
    kind: Kind
    required: bool
    choices: list[str]


class TemplateOut(BaseModel):
    """The columns of a resource."""

    resource: str
    columns: list[ColumnOut]


class TemplatePage(BaseModel):
    """Every template; they fit one page."""

    templates: list[TemplateOut]
    next: None = None
