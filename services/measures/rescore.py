"""`python -m services.measures.rescore`: score by today's rules what older ones scored.

Run it when an instrument's rules have changed, or what the site sets of them, once all
processes of measures run with the new ones. Each step of 1,000 is one statement, so it
can be stopped at any moment and started again.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from services.measures import instruments as definitions
from services.measures.instruments import Instruments
from services.measures.queries import correct_assessments
from services.measures.rules.assessments import rescored
from services.measures.schemas import KeptAssessment
from services.measures.settings import Settings
from shared.database import connect
from shared.events import AssessmentState
from shared.records import Change, Stored

STEP = 1_000
NOBODY = UUID(int=0)
OUTDATED = """
from assessment a join unnest($1::text[], $2::text[]) as rules(instrument, version)
  on rules.instrument = a.state ->> 'instrument'
  and rules.version <> a.state ->> 'scoring_version'
"""
COUNT = f"select count(*) {OUTDATED}"
TAKE = f"""
select a.id, a.sequence, a.kept, a.state {OUTDATED} and a.id > $3
order by a.id limit {STEP}
"""


async def rescore(settings: Settings, progress: Progress) -> int:
    """Score again all that is not scored by today's rules; return how many changed.

    What somebody changes meanwhile is left for the next look, until nothing is left.
    """
    instruments = definitions.read(settings.site, settings.wording)
    versions = {c: one.scoring_version for c, one in instruments.answered.items()}
    rules = [*versions], [*versions.values()]
    connection = await connect(settings)
    try:
        await connection.execute("set statement_timeout = 0")
        total = await connection.fetchval(COUNT, *rules, timeout=None)
        task, changed = progress.add_task("rescoring", total=total), 0
        while total:
            last = NOBODY
            while rows := await connection.fetch(TAKE, *rules, last, timeout=None):
                count = await _rescore_step(connection, rows, instruments)
                changed, last = changed + count, rows[-1]["id"]
                progress.advance(task, count)
            total = await connection.fetchval(COUNT, *rules, timeout=None)
        return changed
    finally:
        await connection.close()


async def _rescore_step(
    connection: asyncpg.Connection, rows: list[Any], instruments: Instruments
) -> int:
    now = datetime.now(UTC)
    changes = []
    for row in rows:
        kept = KeptAssessment.model_validate_json(row["kept"])
        before = AssessmentState.model_validate_json(row["state"])
        after = rescored(kept, before, instruments, now)
        if after is not None:
            words, state = after
            stored = Stored(row["id"], row["sequence"], False, None, None)
            change = Change(
                "corrected", words.model_dump_json(), state.model_dump_json()
            )
            changes.append((stored, change))
    return await correct_assessments(connection, changes)


def main() -> None:
    """Rescore with a progress bar on standard error."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        changed = asyncio.run(rescore(Settings(), progress))
    console.print(f"{changed:,} assessments are scored anew; the old scores are kept.")


if __name__ == "__main__":
    main()
