"""What the caller owns: one record by its reference, read or changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response

from services.measures.instruments import Instruments
from shared import records
from shared.access import Caller, Partner
from shared.audit.reading import Purpose, Reading, StatedPurpose, read
from shared.database import Database, InDatabase
from shared.events import Topic
from shared.identity import Identity
from shared.problems import NotFound
from shared.records import Change, Stored, Writing

After = Annotated[
    str,
    Query(
        pattern=r"^[A-Za-z0-9._~-]{0,64}$",
        description="`next` of the page before; the first page has none",
    ),
]
Limit = Annotated[int, Query(ge=1, le=500)]


class Session:
    """Who calls, with what is needed to read and write for them."""

    def __init__(
        self,
        caller: Caller,
        database: Database,
        request: Request,
        purpose: Purpose | None,
    ) -> None:
        self.caller = caller
        self.purpose = purpose
        self.organisation = caller.organisation
        self.database = database
        self.identity: Identity = request.app.state.identity
        self.instruments: Instruments = request.app.state.instruments
        self.traceparent = request.headers.get("traceparent")

    def writing(self, topic: Topic) -> Writing:
        """Say that the caller writes records of `topic`."""
        return Writing(topic.entity, topic, self.caller, self.traceparent)

    def reading(self, topic: Topic) -> Reading:
        """Say that the caller reads records of `topic`."""
        return Reading(topic.entity, self.caller, self.purpose)


async def _session(
    caller: Partner,
    database: InDatabase,
    request: Request,
    purpose: StatedPurpose = None,
) -> Session:
    return Session(caller, database, request, purpose)


# Dependencies are async functions: a class would be called in a thread.
ThisSession = Annotated[Session, Depends(_session)]


class Own:
    """One record of the caller, named by its reference."""

    def __init__(self, reference: str, session: Session, response: Response) -> None:
        self.reference = reference
        self.session = session
        self._response = response

    async def read(self, topic: Topic) -> Stored:
        """Return the record as it stands; it is noted as read.

        Raises:
            NotFound: 404, the caller has no such record.
        """
        session = self.session
        entity = session.identity.entity_id(
            session.organisation, topic.entity, self.reference
        )
        return self._found(
            await read(session.database, session.reading(topic), entity), topic
        )

    async def change(
        self, topic: Topic, rule: Callable[[Stored], Change | None]
    ) -> Stored:
        """Change the record by a rule; the answer is 200 where nothing changed.

        Raises:
            NotFound: 404, the caller has no such record.
        """
        session = self.session
        entity = session.identity.entity_id(
            session.organisation, topic.entity, self.reference
        )
        stored = self._found(
            await records.change(
                session.database, session.writing(topic), entity, rule
            ),
            topic,
        )
        if not stored.is_new:
            self._response.status_code = 200
        return stored

    def _found(self, stored: Stored | None, topic: Topic) -> Stored:
        if stored is None:
            raise NotFound(f"You have no {topic.entity} of this reference.")
        self._response.headers["ETag"] = f'"{stored.sequence}"'
        return stored


async def _own(
    reference: Annotated[str, Path()], session: ThisSession, response: Response
) -> Own:
    return Own(reference, session, response)


ThisOwn = Annotated[Own, Depends(_own)]
