"""Tables of measures' database."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.tables import AuditRow, LinkRow, OutboxRow, RecordRow


class Base(SQLModel, registry=registry()):
    """All tables of this database hang on its metadata."""


class Assessment(RecordRow, Base, table=True):
    """One completed instrument, with its scores."""

    __tablename__ = "assessment"
    __table_args__ = (
        Index("assessment_by_reference", "organisation", "reference", unique=True),
        Index("assessment_by_referral", text("(state ->> 'referral')")),
    )


class Goal(RecordRow, Base, table=True):
    """What a person wants, in their words, with its ratings."""

    __tablename__ = "goal"
    __table_args__ = (
        Index("goal_by_reference", "organisation", "reference", unique=True),
        Index("goal_by_referral", text("(state ->> 'referral')")),
    )


class Outbox(OutboxRow, Base, table=True):
    """Messages that wait for the relay."""

    __tablename__ = "outbox"


class Audit(AuditRow, Base, table=True):
    """What was written, by whom."""

    __tablename__ = "audit"


class Link(LinkRow, Base, table=True):
    """What opens a person's page."""

    __tablename__ = "link"
    __table_args__ = (
        Index("link_by_token", "token_hash", unique=True),
        Index("link_by_organisation", "organisation", "id"),
    )
