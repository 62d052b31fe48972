"""Facts, the cells they are counted into, and how far that is."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Identity,
    Index,
    Integer,
    Text,
    Uuid,
)
from sqlmodel import Field

from services.aggregation.models.projected import Groups, HomeAndWork
from services.aggregation.models.registry import Base, Moment


class Fact(Groups):
    """What was counted, so that it can be taken back when something changes."""

    unit: UUID = Field(sa_type=Uuid, index=True)
    organisation: str = Field(sa_type=Text)
    place: str | None = Field(default=None, sa_type=Text)


class FactReferral(Fact, HomeAndWork, Base, table=True):
    """A referral; `unit` is its id.

    Attributes:
        rule_published: Null where no rule was quoted, or nothing was published.
        wait_days: Until the first contact; null where there was none.
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
    rule_published: bool | None = Field(default=None, sa_type=Boolean)
    onward_received: bool = Field(sa_type=Boolean)
    first_contact_on: date | None = Field(default=None, sa_type=Date)
    wait_days: int | None = Field(default=None, sa_type=Integer)
    contacts: int = Field(sa_type=Integer)
    closed_on: date | None = Field(default=None, sa_type=Date)
    closure_reason: str | None = Field(default=None, sa_type=Text)
    paired: str = Field(sa_type=Text)


class FactCrisis(Fact, Base, table=True):
    """A day on which a person had a contact in a crisis; `unit` is who told of it."""

    __tablename__ = "fact_crisis"
    __table_args__ = (Index("fact_crisis_by_person", "person"),)

    unit: UUID = Field(sa_type=Uuid, primary_key=True)
    happened_on: date = Field(sa_type=Date, primary_key=True)
    person: str = Field(sa_type=Text)


class FactOutcome(Fact, Base, table=True):
    """A pair of one instrument or item in one referral, judged by its rule.

    A judgement is null where the instrument has no threshold or cut-off.

    Attributes:
        first_scored_by: Versions of the instrument and of the rules that scored the
            first; null where two instruments are judged together.
    """

    __tablename__ = "fact_outcome"

    unit: UUID = Field(sa_type=Uuid, primary_key=True)
    measure: str = Field(sa_type=Text, primary_key=True)
    paired_on: date = Field(sa_type=Date)
    is_better: bool | None = Field(default=None, sa_type=Boolean)
    is_worse: bool | None = Field(default=None, sa_type=Boolean)
    was_clinical: bool | None = Field(default=None, sa_type=Boolean)
    is_clinical: bool | None = Field(default=None, sa_type=Boolean)
    first_scored_by: str | None = Field(default=None, sa_type=Text)
    latest_scored_by: str | None = Field(default=None, sa_type=Text)


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
    is_coded: bool = Field(sa_type=Boolean)
    replied_on: date | None = Field(default=None, sa_type=Date)
    answer_days: int | None = Field(default=None, sa_type=Integer)
    changed_on: date | None = Field(default=None, sa_type=Date)


class FactTheme(Fact, Base, table=True):
    """A theme of a shared story."""

    __tablename__ = "fact_theme"

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    theme: str = Field(sa_type=Text, primary_key=True)
    told_on: date = Field(sa_type=Date)


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
