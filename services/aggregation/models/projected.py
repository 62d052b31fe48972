"""Projections: tables built only from the topics."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Index,
    Integer,
    Numeric,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlmodel import Field, SQLModel

from services.aggregation.models.registry import Base, Moment


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


class HomeAndWork(SQLModel):
    """Home and work: the day of the latest known record, what it says, and the first.

    Attributes:
        was_settled: What was known on an earlier day; null where nothing was.
        was_in_work: The same of paid work.
    """

    housing_on: date | None = Field(default=None, sa_type=Date)
    was_settled: bool | None = Field(default=None, sa_type=Boolean)
    is_settled: bool | None = Field(default=None, sa_type=Boolean)
    work_on: date | None = Field(default=None, sa_type=Date)
    was_in_work: bool | None = Field(default=None, sa_type=Boolean)
    is_in_work: bool | None = Field(default=None, sa_type=Boolean)


class Referral(Projected, Groups, HomeAndWork, Base, table=True):
    """A referral, as far as figures need it.

    Attributes:
        rule_published: Whether the rule quoted was published; null where that cannot
            be said.
        crisis_on: Days of contacts in a crisis; null where none was told.
    """

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
    rule_published: bool | None = Field(default=None, sa_type=Boolean)
    onward_received: bool | None = Field(default=None, sa_type=Boolean)
    crisis_on: list[str] | None = Field(default=None, sa_type=JSONB)
    first_contact_on: date | None = Field(default=None, sa_type=Date)
    contacts: int | None = Field(default=None, sa_type=Integer)
    closed_on: date | None = Field(default=None, sa_type=Date)
    closure_reason: str | None = Field(default=None, sa_type=Text)


class Assessment(Projected, Base, table=True):
    """An assessment; `score` is null where there is no valid one.

    Attributes:
        items: Answers that are judged one by one (DIALOG), null where missing.
        scored_by: Versions of the instrument and of its scoring rules.
    """

    __tablename__ = "assessment"
    __table_args__ = (Index("assessment_by_referral", "referral"),)

    referral: UUID | None = Field(default=None, sa_type=Uuid)
    instrument: str | None = Field(default=None, sa_type=Text)
    completed_on: date | None = Field(default=None, sa_type=Date)
    score: Decimal | None = Field(default=None, sa_type=Numeric)
    items: list[int | None] | None = Field(default=None, sa_type=JSON)
    scored_by: str | None = Field(default=None, sa_type=Text)


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
    themes: list[str] | None = Field(default=None, sa_type=JSONB)
    dataref: str | None = Field(default=None, sa_type=Text)
    replied_on: date | None = Field(default=None, sa_type=Date)
    changed_on: date | None = Field(default=None, sa_type=Date)
