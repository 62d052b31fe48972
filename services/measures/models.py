"""Tables of measures' database."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.imports.tables import ImportPieceRow, ImportRefusalRow, ImportRow
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


class Assessment(RecordRow, Base, table=True):
    """One completed instrument, with its scores."""

    __tablename__ = "assessment"
    __table_args__ = (
        Index("assessment_by_reference", "organisation", "reference", unique=True),
        Index(
            "assessment_by_referral",
            text("(state ->> 'referral')"),
            postgresql_using="brin",
        ),
    )


class Goal(RecordRow, Base, table=True):
    """What a person wants, in their words, with its ratings."""

    __tablename__ = "goal"
    __table_args__ = (
        Index("goal_by_reference", "organisation", "reference", unique=True),
        Index(
            "goal_by_referral", text("(state ->> 'referral')"), postgresql_using="brin"
        ),
    )


class Outbox(OutboxRow, Base, table=True):
    """Messages that wait for the relay."""

    __tablename__ = "outbox"


class Audit(AuditRow, Base, table=True):
    """What was written and read, by whom."""

    __tablename__ = "audit"
    __table_args__ = (audit_by_record(),)


class Import(ImportRow, Base, table=True):
    """Files that partners sent, and how far each has come."""

    __tablename__ = "import"
    __table_args__ = (
        Index("import_by_organisation", "organisation", "id"),
        Index(
            "import_unfinished",
            "state",
            postgresql_where=text("state in ('uploading', 'waiting', 'running')"),
        ),
        Index(
            "import_with_refusals",
            "rejected_until",
            postgresql_where=text("rejected_until is not null"),
        ),
    )


class ImportPiece(ImportPieceRow, Base, table=True):
    """The files, in pieces, until their rows are dealt with."""

    __tablename__ = "import_piece"


class ImportRefusal(ImportRefusalRow, Base, table=True):
    """Refused rows, for their owner to fix."""

    __tablename__ = "import_refusal"


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
