"""Writes and reads of intake's records, each named by what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from pydantic_core import to_json

from services.intake import quality, rules
from services.intake.schemas import Kept, OrganisationIn, ReferralIn
from shared import records
from shared.access import Caller
from shared.audit.reading import Reading, read_where
from shared.database import Database
from shared.erasure.erasing import Doomed
from shared.events import ORGANISATIONS, REFERRALS, ReferralState
from shared.identity import Identity
from shared.records import Change, Entry, Stored, Writing, joined

_write = ReferralIn.__pydantic_serializer__.to_json
STAYS_HOME = {"reference", "person", "strengths", "own_words"}
JOURNEY = ReferralState.model_fields.keys() - ReferralIn.model_fields.keys()
_AHEAD = {
    name: ReferralState.model_fields[name].get_default(call_default_factory=True)
    for name in JOURNEY
    if not ReferralState.model_fields[name].is_required()
}
AHEAD = to_json(_AHEAD)


def writing_referrals(caller: Caller, traceparent: str | None = None) -> Writing:
    """Say that `caller` writes referrals."""
    return Writing("referral", REFERRALS, caller, traceparent)


def referral_entry(
    body: ReferralIn, organisation: str, identity: Identity, recorded_at: datetime
) -> Entry:
    """Return a new referral as it is stored.

    It is what `rules.received` and `rules.referral_state` say (a test holds them
    equal), written without building either: in a batch that is half of the time.
    """
    referral = identity.entity_id(organisation, "referral", body.reference)
    person = {
        "person": rules.pseudonym(body.person, organisation, identity),
        "person_key_id": identity.key_id,
    }
    sent = _write(body, exclude={"person"})
    head = {"id": referral, "organisation": organisation, "recorded_at": recorded_at}
    unknown, published, ahead = quality.unknown_codes(body), body, AHEAD
    if unknown:
        published = quality.publishable(body, unknown)
        ahead = to_json(_AHEAD | {"quality": quality.code_flags(unknown)})
    state = joined(to_json(head | person), _write(published, exclude=STAYS_HOME), ahead)
    kept = b'{"received":' + joined(to_json(person), sent) + b"}"
    return Entry(referral, body.reference, kept.decode(), state.decode())


async def store_referrals(
    database: Database, writing: Writing, entries: Sequence[Entry]
) -> dict[UUID, Stored]:
    """Store referrals, their outbox and audit rows in one statement, by id."""
    return await records.store(database, writing, "received", entries)


async def referrals_of(database: Database, reading: Reading, person: str) -> list[UUID]:
    """Return the referrals of a pseudonym, of all organisations, noted as read."""
    found = await read_where(database, reading, "person = $5", person)
    return [stored.id for _, stored in found]


async def ids_of(database: Database, person: str) -> list[UUID]:
    """Return the ids of a pseudonym's referrals, and nothing that they hold."""
    rows = await database.fetch("select id from referral where person = $1", person)
    return [row["id"] for row in rows]


def doomed(person: str, organisation: str | None) -> list[Doomed]:
    """Say which records are erased with a person: of one organisation, or of all."""
    clause = "person = $6 and ($7::text is null or organisation = $7)"
    return [Doomed(REFERRALS, clause, (person, organisation))]


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to a referral: the event, the rule, and what must hold before."""

    happening: str
    rule: Callable[[Kept], Kept | None]
    check: Callable[[Stored], None] = lambda _: None


async def change_referral(
    database: Database, writing: Writing, referral: UUID, step: Step
) -> Stored | None:
    """Change a referral by a rule; None if the caller has no such referral."""

    def apply(stored: Stored) -> Change | None:
        after = step.rule(Kept.model_validate_json(stored.kept or ""))
        if after is None:
            return None
        # What is so already may be told again, of whatever version.
        step.check(stored)
        state = rules.referral_state(
            after, referral, writing.caller.organisation, datetime.now(UTC)
        )
        kept_json, state_json = after.model_dump_json(), state.model_dump_json()
        return Change(step.happening, kept_json, state_json)

    return await records.change(database, writing, referral, apply)


async def store_organisation(
    database: Database, caller: Caller, code: str, body: OrganisationIn, entity: UUID
) -> Stored:
    """Register a partner, or change one that is registered."""
    kept = body.model_dump_json()
    state = rules.organisation_state(body, entity, code, datetime.now(UTC))
    owner = Caller(caller.subject, code, caller.roles)
    writing = Writing("organisation", ORGANISATIONS, owner)
    entry = Entry(entity, code, kept, state.model_dump_json())
    stored = (await records.store(database, writing, "registered", [entry]))[entity]
    if stored.is_new:
        return stored

    def apply(known: Stored) -> Change | None:
        if OrganisationIn.model_validate_json(known.kept or "") == body:
            return None
        happening = "left" if body.left_on else "changed"
        return Change(happening, kept, entry.state)

    changed = await records.change(database, writing, entity, apply)
    return changed or stored


async def criteria_of(database: Database, organisation: str) -> list[str]:
    """Return what an organisation has published; nothing where it is not registered."""
    row = await database.fetchrow(
        "select kept from organisation where organisation = $1 and reference = $1",
        organisation,
    )
    if row is None or row["kept"] is None:
        return []
    return OrganisationIn.model_validate_json(row["kept"]).criteria


async def organisations_after(
    database: Database, after: str, limit: int
) -> list[tuple[str, Stored]]:
    """Return registered partners in order of code."""
    rows = await database.fetch(
        """select reference, id, sequence, false as is_new, kept, state
        from organisation where reference > $1 order by reference limit $2""",
        after,
        limit,
    )
    return [(row["reference"], Stored(*list(row)[1:])) for row in rows]
