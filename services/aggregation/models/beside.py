"""What stands beside figures: notes by people, and context from public files."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, Numeric, Text, Uuid, text
from sqlmodel import Field

from services.aggregation.models.registry import Base, Moment


class Note(Base, table=True):
    """What an organisation says of some months; withdrawn, it is shown nowhere.

    Attributes:
        organisation: Whose note it is; the audit knows by whom.
        scope: `system`, `place:NAME` or `organisation:CODE`.
        indicator: Null of a note about all of them.
    """

    __tablename__ = "note"
    __table_args__ = (
        Index("note_by_scope", "scope", postgresql_where=text("withdrawn_at is null")),
    )

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    organisation: str = Field(sa_type=Text)
    indicator: str | None = Field(default=None, sa_type=Text)
    scope: str = Field(sa_type=Text)
    first: date = Field(sa_type=Date)
    last: date = Field(sa_type=Date)
    text: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)


class Context(Base, table=True):
    """One value of a public indicator for the area that a place lies in.

    Attributes:
        indicator: Its number at its source.
        sort: What its source orders periods by.
        value: Null where the source has none; `why_none` says why.
        value_note: What the source says of it.
    """

    __tablename__ = "context"

    place: str = Field(sa_type=Text, primary_key=True)
    area: str = Field(sa_type=Text, primary_key=True)
    indicator: str = Field(sa_type=Text, primary_key=True)
    sex: str = Field(sa_type=Text, primary_key=True)
    age: str = Field(sa_type=Text, primary_key=True)
    category_type: str = Field(sa_type=Text, primary_key=True)
    category: str = Field(sa_type=Text, primary_key=True)
    period: str = Field(sa_type=Text, primary_key=True)
    sort: Decimal = Field(sa_type=Numeric)
    title: str = Field(sa_type=Text)
    area_name: str = Field(sa_type=Text)
    area_type: str = Field(sa_type=Text)
    value: Decimal | None = Field(default=None, sa_type=Numeric)
    low: Decimal | None = Field(default=None, sa_type=Numeric)
    high: Decimal | None = Field(default=None, sa_type=Numeric)
    count: Decimal | None = Field(default=None, sa_type=Numeric)
    denominator: Decimal | None = Field(default=None, sa_type=Numeric)
    why_none: str | None = Field(default=None, sa_type=Text)
    value_note: str = Field(sa_type=Text)
    loaded_at: datetime = Field(sa_type=Moment)
