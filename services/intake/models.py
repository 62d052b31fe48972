"""Tables of intake's database."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Computed, Date, Index, Text, Uuid, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.imports.tables import ImportPieceRow, ImportRefusalRow, ImportRow
from shared.tables import (
    AuditRow,
    ErasureRow,
    FillerRow,
    OffsetRow,
    OutboxRow,
    RecordRow,
    SealRow,
    audit_by_record,
)

# As PostgreSQL says it, so that migrations can be compared with it.
PERSON = "(state ->> 'person'::text)"


class Base(SQLModel, registry=registry()):
    """All tables of this database hang on its metadata."""


class Organisation(RecordRow, Base, table=True):
    """A partner of the system; its reference is its code."""

    __tablename__ = "organisation"
    __table_args__ = (
        Index("organisation_by_reference", "organisation", "reference", unique=True),
    )


class Referral(RecordRow, Base, table=True):
    """A request that a person be seen, with its journey.

    Attributes:
        person: Their pseudonym, for finding who was sent twice.
        is_open: Neither closed nor turned away nor withdrawn; a trigger keeps it.
        turned_away_on: The day it was decided that it is not for this organisation;
            the trigger's, too.
    """

    __tablename__ = "referral"
    __table_args__ = (
        Index("referral_by_reference", "organisation", "reference", unique=True),
        Index("referral_by_person", "organisation", "person"),
        Index(
            "referral_turned_away",
            "organisation",
            "turned_away_on",
            "reference",
            postgresql_where=text("turned_away_on is not null"),
        ),
    )

    person: str | None = Field(
        default=None, sa_type=Text, sa_column_args=[Computed(PERSON, persisted=True)]
    )
    is_open: bool = Field(
        sa_type=Boolean, sa_column_kwargs={"server_default": text("true")}
    )
    turned_away_on: str | None = Field(default=None, sa_type=Text)


class Assessment(Base, table=True):
    """When an assessment was completed; of an erased one, its id and sequence only.

    Attributes:
        counts: It was scored, and is not withdrawn.
    """

    __tablename__ = "assessment"
    __table_args__ = (Index("assessment_by_referral", "referral", "completed_on"),)

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    referral: UUID | None = Field(default=None, sa_type=Uuid)
    instrument: str | None = Field(default=None, sa_type=Text)
    completed_on: date | None = Field(default=None, sa_type=Date)
    counts: bool | None = Field(default=None, sa_type=Boolean)


class ProjectionOffset(OffsetRow, Base, table=True):
    """How far each partition of the assessments was applied."""

    __tablename__ = "projection_offset"


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


class Erasure(ErasureRow, Base, table=True):
    """Receipts of erasures."""

    __tablename__ = "erasure"


class Filler(FillerRow, Base, table=True):
    """When the topics were last moved on."""

    __tablename__ = "filler"
