"""The tables of imports; each service's `models.py` puts them in its database."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, LargeBinary, Text, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def _count() -> Any:  # noqa: ANN401 (a field of any type)
    return Field(sa_type=BigInteger, sa_column_kwargs={"server_default": sql("0")})


def _moment() -> Any:  # noqa: ANN401 (a field of any type)
    return Field(default=None, sa_type=DateTime(timezone=True))


class ImportRow(SQLModel):
    """An import: one file of one organisation, and how far it has come.

    Attributes:
        layout: How the file is to be read; known when all of it has arrived.
        position: Bytes that are dealt with; moves in the transaction of their rows.
        failures: Steps in a row that ended in an error of ours.
        worked_at: When it last moved: the one that waits longest is next.
    """

    id: UUID = Field(
        sa_type=Uuid,
        primary_key=True,
        sa_column_kwargs={"server_default": sql("uuidv7()")},
    )
    organisation: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    resource: str = Field(sa_type=Text)
    is_dry_run: bool = Field(sa_type=Boolean)
    traceparent: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)
    layout: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    error: str | None = Field(default=None, sa_type=Text)
    size_bytes: int = _count()
    position: int = _count()
    rows_read: int = _count()
    stored: int = _count()
    repeated: int = _count()
    conflicted: int = _count()
    refused: int = _count()
    failures: int = Field(sa_type=Integer, sa_column_kwargs={"server_default": "0"})
    received_at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": sql("now()")},
    )
    worked_at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": sql("now()")},
    )
    started_at: datetime | None = _moment()
    finished_at: datetime | None = _moment()
    rejected_until: datetime | None = _moment()


class ImportPieceRow(SQLModel):
    """A piece of an uploaded file; deleted as soon as its rows are dealt with."""

    import_id: UUID = Field(sa_type=Uuid, primary_key=True)
    number: int = Field(sa_type=Integer, primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class ImportRefusalRow(SQLModel):
    """A refused row as it goes back to its owner, with the reason; deleted in time."""

    import_id: UUID = Field(sa_type=Uuid, primary_key=True)
    number: int = Field(sa_type=BigInteger, primary_key=True)
    line: str = Field(sa_type=Text)
