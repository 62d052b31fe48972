"""What measures takes as CSV: assessments, goals and their ratings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from services.measures import queries
from services.measures.api import goals
from services.measures.api.assessments import ASSESSMENTS_IN, differs
from services.measures.instruments import Instruments
from services.measures.instruments.definition import Questionnaire
from services.measures.rules import goals as rules
from services.measures.schemas import (
    AssessmentIn,
    GoalIn,
    KeptGoal,
    RatingIn,
)
from shared import records
from shared.batches import Parsed
from shared.bodies import In, Reference
from shared.events import ASSESSMENTS, GOALS, Topic
from shared.imports.cells import Column, Fault
from shared.imports.columns import columns_of
from shared.imports.resources import (
    Fold,
    Judge,
    Resource,
    Storing,
    Work,
    change_each,
    store_each,
)
from shared.problems import FieldProblem, InvalidContent, sentence
from shared.records import Change, Entry, Stored, Writing

CHANGES_AT_ONCE = 200
NO_GOAL = InvalidContent(
    sentence(1),
    [FieldProblem(pointer="/goal", detail="you have no goal of this reference")],
)
EITHER = "give either this or a column for each answer"
NUMBERED = re.compile(r"_[0-9]+$")
ITEM = re.compile(r"/responses/(?P<field>[a-z_]+)/(?P<place>[0-9]+)")


class RatingRow(In):
    """A row of ratings."""

    goal: Reference
    body: RatingIn


def _counted(name: str, kind: Any, count: int) -> list[Column]:  # noqa: ANN401
    names = [f"{name}_{n}" for n in range(1, count + 1)]
    return [Column(one, kind, (one,)) for one in names]


def _facts(one: Questionnaire) -> int:
    """Return how many yes/no questions an instrument has beside its items."""
    return one.yes_no.count if one.yes_no else 0


def assessment_columns(instruments: Instruments) -> list[Column]:
    """Return the columns of assessments: a column for each question, as on the form.

    A spreadsheet of a questionnaire has a row for each form and a column for each
    answer; nobody types JSON. An instrument uses the first columns, as many as it has
    questions; an empty cell is a question left out. An open question's answer is
    `text`. `responses` holds JSON instead, for exports of other systems.
    """
    forms = instruments.questionnaires.values()
    own = [c for c in columns_of(AssessmentIn) if c.name != "responses"]
    alone = {name: None for one in forms for name in one.separate_items}
    return [
        *own,
        *_counted("item", "whole", max(one.items.count for one in forms)),
        *_counted("yes_no", "yes_no", max(map(_facts, forms))),
        *(Column(name, "whole", (name,)) for name in alone),
        Column("text", "words", ("text",)),
        Column("responses", "json", ("responses",)),
    ]


def folding(instruments: Instruments) -> Fold:
    """Return what puts the answers of a row into `responses`."""

    def fold(values: dict[str, Any]) -> dict[str, Any] | tuple[str, Fault]:
        own = {name: values.pop(name) for name in list(values) if name in OWN}
        given, sent = values.pop("responses", None), values
        answered = {name: value for name, value in sent.items() if value is not None}
        if given is not None:
            if answered:
                return "responses", Fault(
                    "give either this or a column for each answer"
                )
            return own | {"responses": given}
        responses: dict[str, object] = {}
        instrument = instruments.questionnaires.get(own["instrument"])
        if instrument is not None:
            count = instrument.items.count
            responses[instrument.items.field] = _taken(answered, "item", count)
            if instrument.yes_no:
                facts = _taken(answered, "yes_no", instrument.yes_no.count)
                responses["yes_no"] = [None if f is None else int(f) for f in facts]
        left = next((name for name in answered if NUMBERED.search(name)), None)
        if left is not None and instrument is not None:
            return left, Fault("this instrument has no such question")
        alone = {n: v for n, v in answered.items() if not NUMBERED.search(n)}
        return own | {"responses": responses | alone}

    return fold


def _taken(answered: dict[str, Any], name: str, count: int) -> list[Any]:
    """Take out the answers of as many columns; what is left is one too many."""
    return [answered.pop(f"{name}_{n}", None) for n in range(1, count + 1)]


def column_of_pointer(pointer: str) -> str:
    """Return the column of one answer."""
    found = ITEM.fullmatch(pointer)
    if not found:
        return ""
    name = "yes_no" if found["field"] == "yes_no" else "item"
    return f"{name}_{int(found['place']) + 1}"


def _writing(work: Work, topic: Topic) -> Writing:
    return Writing(topic.entity, topic, work.caller, work.traceparent)


def store_assessments(
    instruments: Instruments, work: Work, parsed: Sequence[Parsed[AssessmentIn]]
) -> Judge:
    """Score rows of assessments; return what stores them in one statement."""
    organisation = work.caller.organisation
    writing = _writing(work, ASSESSMENTS)

    def entry_of(body: AssessmentIn) -> Entry:
        return queries.new_assessment(body, organisation, work.identity, instruments)

    store = partial(queries.store_assessments, work.database, writing)
    return store_each(work, parsed, Storing("assessment", entry_of, store, differs))


def store_goals(
    instruments: Instruments, work: Work, parsed: Sequence[Parsed[GoalIn]]
) -> Judge:
    """Make rows into goals; return what stores them in one statement."""
    today = queries.today()

    def entry_of(body: GoalIn) -> Entry:
        rules.check_goal(body, instruments, today)
        kept = KeptGoal(goal=body)
        return queries.goal_entry(kept, work.caller.organisation, work.identity)

    store = partial(records.store, work.database, _writing(work, GOALS), "set")
    return store_each(work, parsed, Storing("goal", entry_of, store, goals.differs))


def store_ratings(
    instruments: Instruments, work: Work, parsed: Sequence[Parsed[RatingRow]]
) -> Judge:
    """Return what adds rows of ratings to their goals, one after the other."""
    today, organisation = queries.today(), work.caller.organisation

    async def change(row: RatingRow) -> Stored | None:
        def rule(stored: Stored) -> Change | None:
            kept = KeptGoal.model_validate_json(stored.kept or "")
            after = rules.rated(kept, row.body, instruments, today)
            if after is None:
                return None
            return queries.goal_change("rated", after, organisation, work.identity)

        goal = work.identity.entity_id(organisation, "goal", row.goal)
        if not work.is_dry_run:
            writing = _writing(work, GOALS)
            return await records.change(work.database, writing, goal, rule)
        stored = await records.find(work.database, "goal", goal)
        if stored is None:
            return None
        return stored._replace(is_new=rule(stored) is not None)

    return change_each(parsed, change, NO_GOAL)


OWN = AssessmentIn.model_fields.keys() - {"responses"}


def resources(instruments: Instruments) -> dict[str, Resource[Any]]:
    """Return what can be imported, by name."""
    return {
        "assessments": Resource(
            "assessments",
            assessment_columns(instruments),
            ASSESSMENTS_IN,
            partial(store_assessments, instruments),
            folding(instruments),
            column_of_pointer,
        ),
        "goals": Resource(
            "goals",
            columns_of(GoalIn),
            TypeAdapter(list[GoalIn]),
            partial(store_goals, instruments),
        ),
        "ratings": Resource(
            "ratings",
            columns_of(RatingRow),
            TypeAdapter(list[RatingRow]),
            partial(store_ratings, instruments),
            most_rows=CHANGES_AT_ONCE,
        ),
    }
