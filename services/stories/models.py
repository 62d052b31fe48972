"""Tables of stories' database."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.tables import AuditRow, OutboxRow, RecordRow


class Base(SQLModel, registry=registry()):
    """All tables of this database hang on its metadata."""


class Story(RecordRow, Base, table=True):
    """A person's account, with the consents given for it and its moderation."""

    __tablename__ = "story"
    __table_args__ = (
        Index("story_by_reference", "organisation", "reference", unique=True),
    )


class Outbox(OutboxRow, Base, table=True):
    """Messages that wait for the relay."""

    __tablename__ = "outbox"


class Audit(AuditRow, Base, table=True):
    """What was written, by whom."""

    __tablename__ = "audit"
