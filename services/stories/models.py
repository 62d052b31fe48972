"""Tables of stories' database."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, TSVECTOR
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
    """A person's account, with the consents given for it and its moderation.

    What it is found by comes with a new story; of a changed one a trigger keeps it.

    Attributes:
        told_on: The day it was told.
        moderation: Its state; a new one is `submitted`.
        referral: The referral it belongs to.
        expires_on: When the consent ends that holds; null once that was announced.
        words: All that was told, as it is searched for.
        codings: What coders put on it, as it is kept; null if nobody did or it was
            withdrawn.
    """

    __tablename__ = "story"
    __table_args__ = (
        Index("story_by_reference", "organisation", "reference", unique=True),
        Index(
            "story_by_referral",
            "referral",
            postgresql_where=text("referral is not null"),
        ),
        Index(
            "story_by_moderation",
            "organisation",
            "moderation",
            "told_on",
            "id",
            postgresql_where=text("moderation is not null"),
        ),
        Index("story_by_words", "words", postgresql_using="gin"),
        Index(
            "story_coded",
            "organisation",
            "id",
            postgresql_where=text("codings is not null"),
        ),
        Index(
            "story_by_expiry",
            "expires_on",
            postgresql_where=text("expires_on is not null"),
        ),
    )

    told_on: date | None = Field(default=None, sa_type=Date)
    moderation: str | None = Field(
        default="submitted",
        sa_type=Text,
        sa_column_kwargs={"server_default": text("'submitted'")},
    )
    referral: UUID | None = Field(default=None, sa_type=Uuid)
    expires_on: date | None = Field(default=None, sa_type=Date)
    words: str | None = Field(default=None, sa_type=TSVECTOR)
    codings: str | None = Field(default=None, sa_type=Text)


class CodebookRow(Base, table=True):
    """A version of the codebook; rows are only ever added.

    Attributes:
        content: Its themes, where they come from, and what became of those before.
        organisation: Whose moderator or steward published it, with `subject`; null of
            what came with the system.
    """

    __tablename__ = "codebook"

    version: int = Field(sa_type=Integer, primary_key=True)
    content: dict[str, Any] = Field(sa_type=JSON)
    organisation: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    published_at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
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


class LabRow(Base, table=True):
    """A learning lab: what was looked at, ideas, who tries what, what came of it.

    Attributes:
        stories: Ids of the stories looked at, in their order, and nothing else of them;
            an erased one is taken out.
        kept: The words of the staff who held it; no topic carries any of them.
    """

    __tablename__ = "lab"
    __table_args__ = (
        Index("lab_by_reference", "organisation", "reference", unique=True),
    )

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    organisation: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    sequence: int = Field(sa_type=BigInteger)
    stories: list[UUID] = Field(sa_type=ARRAY(Uuid))
    kept: dict[str, Any] = Field(sa_type=JSON)
