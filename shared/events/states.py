"""The states that messages carry, and the pieces that they are made of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

UNKNOWN = "UNKNOWN"  # In place of a code that is in no list: it could be a name.

OrganisationKind = Literal["nhs", "vcse", "local_authority", "primary_care"]
Nation = Literal["england", "scotland", "wales", "northern_ireland"]
ConsentLevel = Literal["none", "internal", "partners", "public"]
ModerationState = Literal[
    "submitted", "in_review", "changes_proposed", "approved", "published", "withdrawn"
]
MomentKind = Literal["magic", "miserable", "mixed"]
StoryKind = Literal["story", "bubble", "interview"]
GoalKind = Literal["gbo", "gas"]
CrisisKind = Literal["emergency_department", "crisis_team", "section_136", "admission"]
ScoreStatus = Literal["scored", "prorated", "partial", "not_scorable"]
ScoreValue = float | int | str | bool | None
QualityFlag = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z_]{1,40}(:[a-z_]{1,40})?$"),
    Field(
        description="`unknown_code:` and the field whose code is in no list (published"
        " as UNKNOWN), or what does not fit: `contact_before_received`,"
        " `decision_before_received`, `closure_before_received`,"
        " `contact_after_closure`. More may come; ignore what you do not know"
    ),
]


class Part(BaseModel):
    """A piece of a state; unknown fields are ignored, so that states can grow."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class State(Part):
    """What every state carries."""

    id: UUID = Field(description="The entity's id: UUIDv8, also the message key")
    organisation: str = Field(description="ODS code or charity number of the owner")
    recorded_at: datetime = Field(description="UTC moment of this change")


class OrganisationState(State):
    """A partner of the system."""

    name: str
    kind: OrganisationKind
    nation: Nation
    place: str
    site: str | None = None
    left_on: date | None = None


class Decision(Part):
    """Whether the organisation will see the person, and if not, where they went."""

    outcome: Literal["accepted", "not_for_us"]
    decided_on: date
    reason: str | None = Field(None, description="MHSDS ReferRejectReason")
    has_rule_quoted: bool = Field(
        False, description="Whether a rule was quoted; its words stay with the owner"
    )
    rule_published: bool | None = Field(
        None,
        description="Whether that rule was among the organisation's published criteria"
        " when the decision was told; null if none was quoted or none were published",
    )
    onward_organisation: str | None = None
    onward_received: bool | None = None


class Circumstance(Part):
    """Housing and work on one day (MHS003, MHS004)."""

    recorded_on: date
    accommodation: str | None = None
    employment: str | None = None


class CrisisContact(Part):
    """A contact of the person in a crisis, wherever it was."""

    kind: CrisisKind
    on: date


class Closure(Part):
    """When and why the referral ended (MHSDS ReferClosReason)."""

    closed_on: date
    reason: str | None = None


class ReferralState(State):
    """A request that a person be seen, with all that has happened to it."""

    person: str = Field(description="HMAC-SHA-256 pseudonym, 64 hexadecimal digits")
    person_key_id: str = Field(description="Which secret made the pseudonym")
    received_on: date
    source: str = Field(description="MHSDS SourceOfReferralMH")
    reasons: list[str] = []
    primary_reason: str | None = None
    priority: str | None = None
    age: int | None = Field(None, description="Years, on the day it was received")
    ethnicity: str | None = None
    gender: str | None = None
    disabilities: list[str] = []
    language: str | None = None
    imd_decile: int | None = Field(None, description="1 most deprived to 10 least")
    decision: Decision | None = None
    first_contact_on: date | None = Field(None, description="First attended contact")
    last_contact_on: date | None = Field(None, description="Latest attended contact")
    contacts: int = Field(0, description="Attended contacts")
    circumstances: list[Circumstance] = []
    crisis_contacts: list[CrisisContact] = Field(
        [],
        description="Emergency departments, crisis teams, places of safety and wards,"
        " before it was received and after, as far as the owner knows",
    )
    closure: Closure | None = None
    quality: list[QualityFlag] = Field([], description="What to mind when counting it")
    is_withdrawn: bool = Field(
        False, description="It was sent wrongly and counts nowhere"
    )


class AssessmentState(State):
    """One completed instrument with its scores; no item wording, ever."""

    referral: UUID
    instrument: str
    instrument_version: str
    completed_on: date
    completed_by: str
    mode: str | None = None
    items: list[int | None]
    status: ScoreStatus
    scores: dict[str, ScoreValue]
    scoring_version: str
    snomed_code: str | None = None
    is_withdrawn: bool = False
    codes: list[str] = Field([], description="What an open answer was read as")


class Rating(Part):
    """How far a person says they are with a goal on one day."""

    rated_on: date
    value: int


class GoalState(State):
    """What a person wants, without its words: those stay with the owner."""

    referral: UUID
    kind: GoalKind
    set_on: date
    baseline: int | None = None
    weight: int | None = Field(None, description="GAS: importance times difficulty")
    importance: int | None = Field(None, description="GAS: 0 to 3")
    difficulty: int | None = Field(None, description="GAS: 0 to 3")
    ratings: list[Rating] = []
    dropped_on: date | None = None


class Moment(Part):
    """A magic or miserable point of a story, tied to a step of the journey."""

    kind: MomentKind
    step: str


class Consent(Part):
    """How far a story may travel."""

    level: ConsentLevel
    given_on: date


class StoryState(State):
    """A person's account, never its text: `dataref` says where to ask for that.

    Moments, themes, days of answers and the referral are there only while consent is
    `partners` or `public`: what an event carries, every partner may see.
    """

    kind: StoryKind
    told_on: date
    referral: UUID | None = None
    moments: list[Moment] = []
    themes: list[str] = []
    strengths: list[str] = []
    aspirations: list[str] = []
    consent: Consent
    moderation: ModerationState
    dataref: str | None = None
    replied_on: date | None = Field(None, description="First reply that stands")
    changed_on: date | None = Field(None, description="First change that it led to")


class IndicatorState(State):
    """One published figure, after the disclosure gate; p90 and within_28 of days."""

    indicator: str
    framework: str | None = None
    place: str | None = None
    period: str = Field(description="Month, YYYY-MM; of a year its last")
    period_from: str | None = Field(
        None, description="First month, YYYY-MM, of the twelve that a figure is of"
    )
    breakdown: str | None = None
    group: str | None = None
    value: float | Literal["suppressed"] | None
    numerator: int | Literal["suppressed"] | None = None
    denominator: int | Literal["suppressed"] | None = None
    p90: int | Literal["suppressed"] | None = None
    within_28: int | Literal["suppressed"] | None = None
    completeness: int | None = Field(None, description="Percent, 0 to 100")
    as_of: datetime
    definition_version: str
    release: int | None = Field(None, description="GET /releases/{number}")
    frameworks: dict[str, list[str]] = Field({}, description="Versions that ask for it")
    scorings: dict[str, list[str]] = Field({}, description="Instrument/rules version")
    offsets: dict[str, list[int]] = Field({}, description="Next to read, by partition")
