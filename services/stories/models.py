"""Tables of stories' database."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, Text, Uuid, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.tables import (
    AuditRow,
    ErasedReferralRow,
    ErasureRow,
    FillerRow,
    LinkRow,
    OutboxRow,
    RecordRow,
    SealRow,
    audit_by_record,
)


class Base(SQLModel, registry=registry()):
    """All tables of this database hang on its metadata."""


class Story(RecordRow, Base, table=True):
    """A person's account, with the consents given for it and its moderation."""

    __tablename__ = "story"
    __table_args__ = (
        Index("story_by_reference", "organisation", "reference", unique=True),
        Index("story_by_referral", text("(kept ->> 'referral_id')")),
    )


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


class ErasedReferral(ErasedReferralRow, Base, table=True):
    """Referrals that were erased."""

    __tablename__ = "erased_referral"


class Erasure(ErasureRow, Base, table=True):
    """Receipts of erasures."""

    __tablename__ = "erasure"


class Filler(FillerRow, Base, table=True):
    """When the topics were last moved on."""

    __tablename__ = "filler"


class Link(LinkRow, Base, table=True):
    """What opens a person's page."""

    __tablename__ = "link"
    __table_args__ = (
        Index("link_by_token", "token_hash", unique=True),
        Index("link_by_organisation", "organisation", "id"),
    )


class TeamLink(Base, table=True):
    """What opens a team's page for telling; it holds nothing about any person.

    Attributes:
        token_hash: SHA-256 of the token; the token itself is stored nowhere.
        name: What the team calls it; whoever tells sees it.
    """

    __tablename__ = "team_link"
    __table_args__ = (
        Index("team_link_by_token", "token_hash", unique=True),
        Index("team_link_by_organisation", "organisation", "id"),
    )

    id: UUID = Field(
        sa_type=Uuid,
        primary_key=True,
        sa_column_kwargs={"server_default": text("uuidv7()")},
    )
    token_hash: bytes = Field(sa_type=LargeBinary)
    organisation: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    made_at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
