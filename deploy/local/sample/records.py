"""What the sample is made of: plain records, as the partners would hold them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

FIRST_DAY = date(2023, 11, 1)
LAST_DAY = date(2026, 10, 31)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A fictional partner."""

    code: str
    name: str
    kind: str
    place: str
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist; the number is one that is never issued."""

    number: int
    nhs_number: str | None
    place: str
    born_on: date
    ethnicity: str
    gender: str
    disabilities: tuple[str, ...]
    language: str
    imd_decile: int

    @property
    def local_id(self) -> str:
        """Return the id that an organisation uses where it has no NHS number."""
        return f"P-{self.number:05}"

    @property
    def is_deprived(self) -> bool:
        """Say whether the person lives in one of the four most deprived tenths."""
        return self.imd_decile <= 4

    @property
    def is_minoritised(self) -> bool:
        """Say whether the person is of an ethnic group that waits longer here."""
        return self.ethnicity not in "ABCZ"


@dataclass(frozen=True, slots=True)
class Decision:
    """Accepted, or not for us and where the person went."""

    outcome: str
    decided_on: date
    reason: str | None = None
    rule_quoted: str | None = None
    onward_organisation: str | None = None
    onward_received: bool | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that was planned."""

    reference: str
    contact_on: date
    attended: bool
    mode: str


@dataclass(frozen=True, slots=True)
class Circumstance:
    """Housing and work on one day."""

    recorded_on: date
    accommodation: str
    employment: str


@dataclass(frozen=True, slots=True, order=True)
class CrisisContact:
    """A contact in a crisis, wherever it was."""

    on: date
    kind: str


@dataclass(frozen=True, slots=True)
class Closure:
    """The end of a referral."""

    closed_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an organisation wrote down about the person, gaps included."""

    age: int | None
    ethnicity: str | None
    gender: str | None
    disabilities: tuple[str, ...]
    language: str | None
    imd_decile: int | None


@dataclass(frozen=True, slots=True)
class Referral:
    """A request that a person be seen, and all that happened to it."""

    reference: str
    organisation: str
    person: Person
    received_on: date
    source: str
    recorded: Recorded
    reasons: tuple[str, ...] = ()
    primary_reason: str | None = None
    priority: str | None = None
    strengths: tuple[str, ...] = ()
    own_words: str | None = None
    decision: Decision | None = None
    contacts: tuple[Contact, ...] = ()
    circumstances: tuple[Circumstance, ...] = ()
    crisis_contacts: tuple[CrisisContact, ...] = ()
    closure: Closure | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return what names the referral: its organisation and its reference."""
        return self.organisation, self.reference

    @property
    def person_key(self) -> tuple[str, str]:
        """Return who it is about, as far as the system can know."""
        if self.person.nhs_number:
            return "nhs", self.person.nhs_number
        return self.organisation, self.person.local_id

    @property
    def attended_on(self) -> list[date]:
        """Return the days of attended contacts, earliest first."""
        return sorted(c.contact_on for c in self.contacts if c.attended)

    @property
    def is_turned_away(self) -> bool:
        """Say whether the organisation decided that it was not for them."""
        return self.decision is not None and self.decision.outcome == "not_for_us"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One completed instrument; an item is None where missing.

    Attributes:
        facts: Yes or no, 1 or 0, beside the items (MANSA).
        words: The answer to an open question, which has no items.
        codes: What somebody read the words as.
    """

    reference: str
    referral: Referral
    instrument: str
    completed_on: date
    completed_by: str
    mode: str
    items: tuple[int | None, ...] = ()
    physical_health: int | None = None
    facts: tuple[int | None, ...] = ()
    words: str | None = None
    codes: tuple[str, ...] = ()
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """What a person wants, rated 0 to 10 (gbo) or -2 to 2 (gas).

    Attributes:
        ratings: Pairs of day and value.
        importance: 0 to 3, as is `difficulty`; both or neither, and of gas only.
    """

    reference: str
    referral: Referral
    kind: str
    words: str
    set_on: date
    baseline: int | None
    ratings: tuple[tuple[date, int], ...] = ()
    importance: int | None = None
    difficulty: int | None = None
    dropped_on: date | None = None

    @property
    def weight(self) -> int:
        """Return importance times difficulty; 1 where they were not asked."""
        if self.importance is None or self.difficulty is None:
            return 1
        return self.importance * self.difficulty


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of a story."""

    kind: str
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What an organisation answered; both fields of the change, or neither."""

    reference: str
    replied_on: date
    text: str
    changed_what: str | None = None
    changed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Coding:
    """The themes that a coder found in a story."""

    coder: str
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A person's account; `moderation` is how far moderators took it."""

    reference: str
    organisation: str
    kind: str
    told_on: date
    text: str
    moments: tuple[Moment, ...]
    consent: str
    referral: Referral | None = None
    moderation: str = "submitted"
    withdrawn_on: date | None = None
    strengths: tuple[str, ...] = ()
    aspirations: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()
    codings: tuple[Coding, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """The whole sample system.

    Attributes:
        last: The referral that is sent after everything else: where it is, all is.
    """

    organisations: tuple[Organisation, ...]
    referrals: tuple[Referral, ...]
    assessments: tuple[Assessment, ...]
    goals: tuple[Goal, ...]
    stories: tuple[Story, ...]
    last: Referral = field(repr=False)
