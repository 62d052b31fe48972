"""Tables of aggregation's database: projections, facts, and the counted cells."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.tables import (
    AuditRow,
    FillerRow,
    OffsetRow,
    OutboxRow,
    SealRow,
    audit_by_record,
)

Moment = DateTime(timezone=True)


class Base(SQLModel, registry=registry()):
    """All tables of this database hang on its metadata."""


class Projected(SQLModel):
    """A row built only from a topic; of an erased entity nothing but these is left."""

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    occurred_at: datetime = Field(sa_type=Moment)
    organisation: str | None = Field(default=None, sa_type=Text)


class Organisation(Projected, Base, table=True):
    """A partner; `organisation` is its code."""

    __tablename__ = "organisation"

    name: str | None = Field(default=None, sa_type=Text)
    kind: str | None = Field(default=None, sa_type=Text)
    nation: str | None = Field(default=None, sa_type=Text)
    place: str | None = Field(default=None, sa_type=Text)
    left_on: date | None = Field(default=None, sa_type=Date)


class Groups(SQLModel):
    """Which group of each breakdown it belongs to (`rules.GROUPS`)."""

    ethnicity: str | None = Field(default=None, sa_type=Text)
    gender: str | None = Field(default=None, sa_type=Text)
    age: str | None = Field(default=None, sa_type=Text)
    deprivation: str | None = Field(default=None, sa_type=Text)
    disability: str | None = Field(default=None, sa_type=Text)
    source: str | None = Field(default=None, sa_type=Text)


class Referral(Projected, Groups, Base, table=True):
    """A referral, as far as figures need it."""

    __tablename__ = "referral"
    __table_args__ = (
        Index("referral_by_person", "person"),
        Index("referral_by_organisation", "organisation"),
    )

    person: str | None = Field(default=None, sa_type=Text)
    received_on: date | None = Field(default=None, sa_type=Date)
    outcome: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    decided_on: date | None = Field(default=None, sa_type=Date)
    first_contact_on: date | None = Field(default=None, sa_type=Date)
    contacts: int | None = Field(default=None, sa_type=Integer)
    closed_on: date | None = Field(default=None, sa_type=Date)


class Assessment(Projected, Base, table=True):
    """An assessment; `score` is null where there is no valid one.

    Attributes:
        items: Answers that are judged one by one (DIALOG), null where missing.
    """

    __tablename__ = "assessment"
    __table_args__ = (Index("assessment_by_referral", "referral"),)

    referral: UUID | None = Field(default=None, sa_type=Uuid)
    instrument: str | None = Field(default=None, sa_type=Text)
    completed_on: date | None = Field(default=None, sa_type=Date)
    score: Decimal | None = Field(default=None, sa_type=Numeric)
    items: list[int | None] | None = Field(default=None, sa_type=JSON)


class Goal(Projected, Base, table=True):
    """A goal with its latest rating after the day it was set."""

    __tablename__ = "goal"
    __table_args__ = (Index("goal_by_referral", "referral"),)

    referral: UUID | None = Field(default=None, sa_type=Uuid)
    kind: str | None = Field(default=None, sa_type=Text)
    baseline: int | None = Field(default=None, sa_type=Integer)
    rated_on: date | None = Field(default=None, sa_type=Date)
    rating: int | None = Field(default=None, sa_type=Integer)
    weight: int | None = Field(default=None, sa_type=Integer)


class Story(Projected, Base, table=True):
    """A story without its text; `unit` is its referral, or itself if it names none."""

    __tablename__ = "story"
    __table_args__ = (
        Index("story_by_unit", "unit"),
        Index("story_by_day", "told_on"),
    )

    unit: UUID | None = Field(default=None, sa_type=Uuid)
    told_on: date | None = Field(default=None, sa_type=Date)
    consent: str | None = Field(default=None, sa_type=Text)
    moderation: str | None = Field(default=None, sa_type=Text)
    moments: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB)
    dataref: str | None = Field(default=None, sa_type=Text)
    replied_on: date | None = Field(default=None, sa_type=Date)
    changed_on: date | None = Field(default=None, sa_type=Date)


class Fact(Groups):
    """What was counted, so that it can be taken back when something changes."""

    unit: UUID = Field(sa_type=Uuid, index=True)
    organisation: str = Field(sa_type=Text)
    place: str | None = Field(default=None, sa_type=Text)


class FactReferral(Fact, Base, table=True):
    """A referral; `unit` is its id.

    Attributes:
        paired: Instruments of which it has a pair, a comma before and after each.
    """

    __tablename__ = "fact_referral"
    __table_args__ = (Index("fact_referral_by_person", "person"),)

    unit: UUID = Field(sa_type=Uuid, primary_key=True)
    person: str = Field(sa_type=Text)
    received_on: date = Field(sa_type=Date)
    outcome: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    decided_on: date | None = Field(default=None, sa_type=Date)
    first_contact_on: date | None = Field(default=None, sa_type=Date)
    contacts: int = Field(sa_type=Integer)
    closed_on: date | None = Field(default=None, sa_type=Date)
    paired: str = Field(sa_type=Text)


class FactOutcome(Fact, Base, table=True):
    """A pair of one instrument or item in one referral, judged by its rule.

    A judgement is null where the instrument has no threshold or cut-off.
    """

    __tablename__ = "fact_outcome"

    unit: UUID = Field(sa_type=Uuid, primary_key=True)
    measure: str = Field(sa_type=Text, primary_key=True)
    paired_on: date = Field(sa_type=Date)
    is_better: bool | None = Field(default=None, sa_type=Boolean)
    is_worse: bool | None = Field(default=None, sa_type=Boolean)
    was_clinical: bool | None = Field(default=None, sa_type=Boolean)
    is_clinical: bool | None = Field(default=None, sa_type=Boolean)


class FactGoal(Fact, Base, table=True):
    """A rated goal; `unit` is its referral."""

    __tablename__ = "fact_goal"

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    kind: str = Field(sa_type=Text)
    rated_on: date = Field(sa_type=Date)
    rating: int = Field(sa_type=Integer)
    rating_change: int | None = Field(default=None, sa_type=Integer)


class FactStory(Fact, Base, table=True):
    """A shared story; `unit` is its referral, or itself if it names none."""

    __tablename__ = "fact_story"

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    told_on: date = Field(sa_type=Date)
    magic_moments: int = Field(sa_type=Integer)
    moments: int = Field(sa_type=Integer)
    replied_on: date | None = Field(default=None, sa_type=Date)
    changed_on: date | None = Field(default=None, sa_type=Date)


class Stale(Base, table=True):
    """A unit whose facts must be counted again; rows are only added and removed."""

    __tablename__ = "stale"

    id: int = Field(
        sa_type=BigInteger, sa_column_args=[Identity(always=True)], primary_key=True
    )
    unit: UUID = Field(sa_type=Uuid)
    occurred_at: datetime = Field(sa_type=Moment)


class Cell(Base, table=True):
    """True counts of one indicator, scope, breakdown, month and group.

    Attributes:
        scope: `system`, `place:NAME` or `organisation:CODE`.
        breakdown: Its name, or empty for everybody.
        value: Days, where the indicator counts them; else 0.
    """

    __tablename__ = "cell"

    indicator: str = Field(sa_type=Text, primary_key=True)
    scope: str = Field(sa_type=Text, primary_key=True)
    breakdown: str = Field(sa_type=Text, primary_key=True)
    month: date = Field(sa_type=Date, primary_key=True)
    group_name: str = Field(sa_type=Text, primary_key=True)
    value: int = Field(sa_type=Integer, primary_key=True)
    numerator: int = Field(sa_type=BigInteger)
    denominator: int = Field(sa_type=BigInteger)


class Progress(Base, table=True):
    """One row: whether the cells are a complete count, and of what moment."""

    __tablename__ = "progress"

    id: int = Field(sa_type=Integer, primary_key=True)
    is_counted: bool = Field(sa_type=Boolean)
    as_of: datetime | None = Field(default=None, sa_type=Moment)


class ProjectionOffset(OffsetRow, Base, table=True):
    """How far each partition was applied."""

    __tablename__ = "projection_offset"


class Outbox(OutboxRow, Base, table=True):
    """Messages that wait for the relay."""

    __tablename__ = "outbox"


class Audit(AuditRow, Base, table=True):
    """What was written and read, by whom."""

    __tablename__ = "audit"
    __table_args__ = (audit_by_record(),)


class Seal(SealRow, Base, table=True):
    """The chain over the audit."""

    __tablename__ = "seal"


class Filler(FillerRow, Base, table=True):
    """When the topics were last moved on."""

    __tablename__ = "filler"
