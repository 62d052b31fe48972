"""The sample's records as the bodies that the REST API takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.local.sample.people import SITE
from deploy.local.sample.records import (
    Assessment,
    Circumstance,
    Closure,
    Contact,
    CrisisContact,
    Decision,
    Goal,
    Organisation,
    Referral,
    Reply,
    Story,
)

Body = dict[str, Any]


def known(values: Mapping[str, Any]) -> Body:
    """Return what is known of `values`: what is None or empty is not sent."""
    return {name: value for name, value in values.items() if value not in (None, [])}


def organisation_body(organisation: Organisation) -> Body:
    """Return the body of PUT /organisations/{code}."""
    return {
        "name": organisation.name,
        "kind": organisation.kind,
        "nation": "england",
        "place": organisation.place,
        "site": SITE,
        "criteria": list(organisation.criteria),
    }


def referral_body(referral: Referral) -> Body:
    """Return the body of POST /referrals."""
    number = referral.person.nhs_number
    local_id = referral.person.local_id
    recorded = referral.recorded
    return known(
        {
            "reference": referral.reference,
            "person": {"nhs_number": number} if number else {"local_id": local_id},
            "received_on": str(referral.received_on),
            "source": referral.source,
            "reasons": list(referral.reasons),
            "primary_reason": referral.primary_reason,
            "priority": referral.priority,
            "age": recorded.age,
            "ethnicity": recorded.ethnicity,
            "gender": recorded.gender,
            "disabilities": list(recorded.disabilities),
            "language": recorded.language,
            "imd_decile": recorded.imd_decile,
            "strengths": list(referral.strengths),
            "own_words": referral.own_words,
        }
    )


def decision_body(decision: Decision) -> Body:
    """Return the body of PUT …/decision."""
    return known(
        {
            "outcome": decision.outcome,
            "decided_on": str(decision.decided_on),
            "reason": decision.reason,
            "rule_quoted": decision.rule_quoted,
            "onward_organisation": decision.onward_organisation,
            "onward_received": decision.onward_received,
        }
    )


def contact_body(contact: Contact) -> Body:
    """Return the body of POST …/contacts."""
    return {
        "reference": contact.reference,
        "contact_on": str(contact.contact_on),
        "attended": contact.attended,
        "mode": contact.mode,
    }


def circumstance_body(circumstance: Circumstance) -> Body:
    """Return the body of POST …/circumstances."""
    return {
        "recorded_on": str(circumstance.recorded_on),
        "accommodation": circumstance.accommodation,
        "employment": circumstance.employment,
    }


def crisis_body(crisis: CrisisContact) -> Body:
    """Return the body of POST …/crisis-contacts."""
    return {"kind": crisis.kind, "on": str(crisis.on)}


def closure_body(closure: Closure) -> Body:
    """Return the body of PUT …/closure."""
    return {"closed_on": str(closure.closed_on), "reason": closure.reason}


def assessment_body(assessment: Assessment) -> Body:
    """Return the body of POST /assessments."""
    return {
        "reference": assessment.reference,
        "referral": assessment.referral.reference,
        "instrument": assessment.instrument,
        "completed_on": str(assessment.completed_on),
        "completed_by": assessment.completed_by,
        "mode": assessment.mode,
        "responses": _responses(assessment),
    }


def _responses(assessment: Assessment) -> Body:
    """Return what was answered, in the fields of its instrument."""
    if assessment.words is not None:
        return {"text": assessment.words}
    field = "satisfaction" if assessment.instrument == "mansa" else "items"
    asked_beside = {
        "physical_health": assessment.physical_health,
        "yes_no": list(assessment.facts),
    }
    return {field: list(assessment.items), **known(asked_beside)}


def goal_body(goal: Goal) -> Body:
    """Return the body of POST /goals."""
    return known(
        {
            "reference": goal.reference,
            "referral": goal.referral.reference,
            "kind": goal.kind,
            "words": goal.words,
            "set_on": str(goal.set_on),
            "baseline": goal.baseline,
            "importance": goal.importance,
            "difficulty": goal.difficulty,
        }
    )


def story_body(story: Story) -> Body:
    """Return the body of POST /stories."""
    return known(
        {
            "reference": story.reference,
            "referral": story.referral.reference if story.referral else None,
            "kind": story.kind,
            "told_on": str(story.told_on),
            "text": story.text,
            "language": "en",
            "moments": [
                {"kind": moment.kind, "step": moment.step, "text": moment.text}
                for moment in story.moments
            ],
            "strengths": list(story.strengths),
            "aspirations": list(story.aspirations),
            "recommendations": list(story.recommendations),
            "consent": {"level": story.consent, "given_on": str(story.told_on)},
        }
    )


def reply_body(reply: Reply) -> Body:
    """Return the body of POST …/replies."""
    change = {"what": reply.changed_what, "changed_on": str(reply.changed_on)}
    return {
        "reference": reply.reference,
        "replied_on": str(reply.replied_on),
        "text": reply.text,
        "change": change if reply.changed_on else None,
    }
