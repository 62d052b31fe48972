"""Tables of aggregation's database: projections, facts, and the counted cells."""

from __future__ import annotations

from services.aggregation.models.beside import Context, Note
from services.aggregation.models.counted import (
    Cell,
    FactCrisis,
    FactGoal,
    FactOutcome,
    FactReferral,
    FactStory,
    FactTheme,
    Progress,
    Stale,
)
from services.aggregation.models.frameworks import FrameworkVersion
from services.aggregation.models.projected import (
    Assessment,
    Goal,
    Organisation,
    Referral,
    Story,
)
from services.aggregation.models.registry import Base
from services.aggregation.models.released import (
    Definitions,
    PublishedFigure,
    Release,
    ReleasedCell,
)
from shared.tables import (
    AuditRow,
    FillerRow,
    OffsetRow,
    OutboxRow,
    SealRow,
    audit_by_record,
)

__all__ = [
    "Assessment",
    "Audit",
    "Base",
    "Cell",
    "Context",
    "Definitions",
    "FactCrisis",
    "FactGoal",
    "FactOutcome",
    "FactReferral",
    "FactStory",
    "FactTheme",
    "Filler",
    "FrameworkVersion",
    "Goal",
    "Note",
    "Organisation",
    "Outbox",
    "Progress",
    "ProjectionOffset",
    "PublishedFigure",
    "Referral",
    "Release",
    "ReleasedCell",
    "Seal",
    "Stale",
    "Story",
]


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
