"""Tables of stories' database."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

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
        Index(
            "story_by_expiry",
            text("(kept #>> '{consents,-1,expires_on}')"),
            postgresql_where=text(
                "kept #>> '{consents,-1,expires_on}' is distinct from"
                " kept ->> 'expired_on'"
            ),
        ),
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
