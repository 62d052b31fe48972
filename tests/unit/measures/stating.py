"""The state of an assessment, checked against what is written of it."""

from __future__ import annotations

from datetime import datetime

from pydantic_core import to_json

from services.measures.instruments import Instruments
from services.measures.rules.assessments import kept_values
from services.measures.schemas import KeptAssessment
from shared.events import AssessmentState
from shared.identity import Identity


def assessment_state(
    kept: KeptAssessment,
    organisation: str,
    identity: Identity,
    instruments: Instruments,
    recorded_at: datetime,
) -> AssessmentState:
    """Return what is published; the JSON that is stored must be that of the state."""
    values = kept_values(kept, organisation, identity, instruments, recorded_at)
    state = AssessmentState.model_validate(values)
    assert to_json(values).decode() == state.model_dump_json()
    assert values.keys() == AssessmentState.model_fields.keys()
    return state
