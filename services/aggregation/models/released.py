"""What was shown to everybody, and since when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, Identity, Index, Integer, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSON
from sqlmodel import Field

from services.aggregation.models.registry import Base, Moment


class Release(Base, table=True):
    """That the figures of a scope were shown to everybody, as of when.

    Attributes:
        definitions: Version of all definitions together.
        offsets: How far each topic was read: the sum over its partitions.
        partitions: The same by partition: the offset to be read next, from 0 on.
        changed: Codes of the indicators of which it changed a figure that is shown.
        organisation: Who asked for it, with `subject`; null where it was time.
    """

    __tablename__ = "release"
    __table_args__ = (Index("release_by_scope", "scope", "number"),)

    number: int = Field(
        sa_type=BigInteger, sa_column_args=[Identity(always=True)], primary_key=True
    )
    scope: str = Field(sa_type=Text)
    released_at: datetime = Field(
        sa_type=Moment, sa_column_kwargs={"server_default": text("now()")}
    )
    as_of: datetime | None = Field(default=None, sa_type=Moment)
    newest_month: date | None = Field(default=None, sa_type=Date)
    definitions: str = Field(sa_type=Text)
    offsets: dict[str, int] = Field(sa_type=JSON)
    partitions: dict[str, list[int]] = Field(
        sa_type=JSON, sa_column_kwargs={"server_default": "{}"}
    )
    changed: list[str] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    organisation: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)


class Definitions(Base, table=True):
    """The version of every indicator that was counted under a version of all."""

    __tablename__ = "definitions"

    version: str = Field(sa_type=Text, primary_key=True)
    indicators: dict[str, str] = Field(sa_type=JSON)


class ReleasedCell(Base, table=True):
    """A cell as it was from one release (`since`) to before another (`until`)."""

    __tablename__ = "released_cell"

    indicator: str = Field(sa_type=Text, primary_key=True)
    scope: str = Field(sa_type=Text, primary_key=True)
    breakdown: str = Field(sa_type=Text, primary_key=True)
    month: date = Field(sa_type=Date, primary_key=True)
    group_name: str = Field(sa_type=Text, primary_key=True)
    value: int = Field(sa_type=Integer, primary_key=True)
    since: int = Field(sa_type=BigInteger, primary_key=True)
    until: int | None = Field(default=None, sa_type=BigInteger)
    numerator: int = Field(sa_type=BigInteger)
    denominator: int = Field(sa_type=BigInteger)


class PublishedFigure(Base, table=True):
    """A figure as it was last published; nothing here is a true count."""

    __tablename__ = "figure"

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    organisation: str = Field(sa_type=Text)
    sequence: int = Field(sa_type=BigInteger)
    state: dict[str, Any] = Field(sa_type=JSON)
