"""What intake takes as CSV: referrals, and what happens on their journey."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from services.intake import queries
from services.intake.api.journey import (
    circumstance,
    closure,
    contact,
    crisis_contact,
    decision,
)
from services.intake.api.referrals import REFERRALS_IN, differs, entry_of
from services.intake.queries import Step
from services.intake.schemas import (
    CircumstanceIn,
    ClosureIn,
    ContactIn,
    CrisisContactIn,
    DecisionIn,
    Kept,
    ReferralIn,
)
from shared import records
from shared.batches import Parsed
from shared.bodies import In, Reference
from shared.imports.columns import columns_of
from shared.imports.resources import (
    NO_REFERRAL,
    Judge,
    Resource,
    Storing,
    Work,
    change_each,
    store_each,
)
from shared.problems import FieldProblem, InvalidContent, sentence
from shared.records import Stored

# National codes of two digits; a spreadsheet drops the zero in front.
TWO_DIGITS = dict.fromkeys(
    ("primary_reason", "reason", "disabilities", "accommodation", "employment"), 2
)
CHANGES_AT_ONCE = 200
StepOf = Callable[[Work, Any], Awaitable[Step]]
MISSING = InvalidContent(
    sentence(1), [FieldProblem(pointer="/referral", detail=NO_REFERRAL)]
)


class DecisionRow(In):
    """A row of decisions."""

    referral: Reference
    body: DecisionIn


class ContactRow(In):
    """A row of contacts."""

    referral: Reference
    body: ContactIn


class CircumstanceRow(In):
    """A row of circumstances."""

    referral: Reference
    body: CircumstanceIn


class CrisisContactRow(In):
    """A row of contacts in a crisis."""

    referral: Reference
    body: CrisisContactIn


class ClosureRow(In):
    """A row of closures."""

    referral: Reference
    body: ClosureIn


def store_referrals(work: Work, parsed: Sequence[Parsed[ReferralIn]]) -> Judge:
    """Make rows into referrals; return what stores them in one statement."""
    writing = queries.writing_referrals(work.caller, work.traceparent)
    storing: Storing[ReferralIn] = Storing(
        "referral",
        lambda body: entry_of(body, work.caller, work.identity),
        partial(queries.store_referrals, work.database, writing),
        differs,
    )
    return store_each(work, parsed, storing)


async def change_referral(work: Work, reference: str, step: Step) -> Stored | None:
    """Change a referral by a row; in a dry run, only find out whether it would."""
    organisation = work.caller.organisation
    referral = work.identity.entity_id(organisation, "referral", reference)
    if not work.is_dry_run:
        writing = queries.writing_referrals(work.caller, work.traceparent)
        return await queries.change_referral(work.database, writing, referral, step)
    stored = await records.find(work.database, "referral", referral)
    if stored is None:
        return None
    after = step.rule(Kept.model_validate_json(stored.kept or ""))
    return stored._replace(is_new=after is not None)


async def decided(work: Work, body: DecisionIn) -> Step:
    """Return what a row of decisions does to a referral."""
    return await decision(body, work.database, work.caller)


def alone(step_of: Callable[[Any], Step]) -> StepOf:
    """Return how to find the step of a row that says all there is to know."""

    async def found(_: Work, body: Any) -> Step:  # noqa: ANN401 (one of four)
        return step_of(body)

    return found


def journey(name: str, row: type[In], step_of: StepOf) -> Resource[Any]:
    """Return the resource of rows that each change a referral."""

    def judging(work: Work, parsed: Sequence[Parsed[Any]]) -> Judge:
        async def change(row: Any) -> Stored | None:  # noqa: ANN401 (one of five)
            step = await step_of(work, row.body)
            return await change_referral(work, row.referral, step)

        return change_each(parsed, change, MISSING)

    columns = columns_of(row, digits=TWO_DIGITS)
    adapter = TypeAdapter(list[row])  # type: ignore[valid-type]
    return Resource(name, columns, adapter, judging, most_rows=CHANGES_AT_ONCE)


REFERRALS = Resource(
    "referrals",
    columns_of(ReferralIn, digits=TWO_DIGITS, kinds={"nhs_number": "nhs_number"}),
    REFERRALS_IN,
    store_referrals,
)
RESOURCES = {
    resource.name: resource
    for resource in (
        REFERRALS,
        journey("decisions", DecisionRow, decided),
        journey("contacts", ContactRow, alone(contact)),
        journey("circumstances", CircumstanceRow, alone(circumstance)),
        journey("crisis-contacts", CrisisContactRow, alone(crisis_contact)),
        journey("closures", ClosureRow, alone(closure)),
    )
}
