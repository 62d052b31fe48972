"""Problem documents (RFC 9457): every intended error, and how it is sent."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:livingwell:problem:"
MOST_FIELD_ERRORS = 50

log = structlog.get_logger()


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    pointer: str
    detail: str


class ProblemDocument(BaseModel):
    """The body of every error answer."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class Problem(Exception):
    """An intended error: raised anywhere below an endpoint, sent as a document."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request cannot be carried out"
    slug: ClassVar[str] = "bad-request"
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str, errors: Sequence[FieldProblem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)

    def document(self) -> ProblemDocument:
        """Return the document that says what went wrong."""
        return ProblemDocument(
            type=TYPE_PREFIX + self.slug,
            title=self.title,
            status=self.status,
            detail=self.detail,
            errors=self.errors,
        )


class InvalidContent(Problem):
    """422: the content breaks the contract; `errors` points at each field."""

    status = 422
    title = "The content is not valid"
    slug = "invalid-content"


class NotFound(Problem):
    """404: not here, or not yours."""

    status = 404
    title = "There is no such record"
    slug = "not-found"


class Differs(Problem):
    """409: this reference is stored with other content."""

    status = 409
    title = "This reference is stored with other content"
    slug = "differs"


class Erased(Problem):
    """410: what this reference stood for was erased, and it is not taken again."""

    status = 410
    title = "This record was erased"
    slug = "erased"


class Stale(Problem):
    """412: `If-Match` names an older version."""

    status = 412
    title = "The record has changed since you read it"
    slug = "stale"


class NoVersionNamed(Problem):
    """428: a correction needs `If-Match`."""

    status = 428
    title = "Say which version you are correcting"
    slug = "no-version-named"


class NoToken(Problem):
    """401: no token, or one that does not hold."""

    status = 401
    title = "A valid token is needed"
    slug = "no-token"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class NotAllowed(Problem):
    """403: the caller's roles do not allow this."""

    status = 403
    title = "Your role does not allow this"
    slug = "not-allowed"


class Unavailable(Problem):
    """503: a part we need is away; nothing was stored, try again."""

    status = 503
    title = "Not available at the moment"
    slug = "unavailable"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


class TooManyAtOnce(Problem):
    """413: more than one request may carry."""

    status = 413
    title = "The request is too large"
    slug = "too-large"


def documented(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Declare `problems` for an endpoint's OpenAPI entry."""
    return {
        problem.status: {
            "description": (problem.__doc__ or problem.title).strip(),
            "content": {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}},
        }
        for problem in problems
    }


def field_problems(
    errors: Sequence[Any], prefix: tuple[str | int, ...] = ()
) -> list[FieldProblem]:
    """Turn pydantic's errors into pointers and plain sentences, without the input."""
    return [
        FieldProblem(pointer=pointer((*prefix, *place_of(error))), detail=error["msg"])
        for error in errors[:MOST_FIELD_ERRORS]
    ]


def place_of(error: Any) -> tuple[str | int, ...]:  # noqa: ANN401 (pydantic's)
    """Return where an error is; of an unknown field, only what it stands in.

    The name of an unknown field is the caller's own text and is not said again.
    """
    location: tuple[str | int, ...] = tuple(error["loc"])
    return location[:-1] if error["type"] == "extra_forbidden" else location


def pointer(parts: Sequence[str | int]) -> str:
    """Return a JSON pointer (RFC 6901)."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{part}" for part in escaped)


def invalid(error: ValidationError) -> InvalidContent:
    """Make the problem of a body that does not validate."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    return InvalidContent(sentence(len(errors)), field_problems(errors))


def sentence(count: int) -> str:
    """Say how many fields are wrong."""
    return "One field is not valid." if count == 1 else f"{count} fields are not valid."


def render(problem: Problem) -> Response:
    """Send a problem as `application/problem+json`."""
    return Response(
        problem.document().model_dump_json(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(problem.headers),
    )


def install(app: FastAPI) -> None:
    """Render every error of `app` as a problem document."""

    async def intended(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 (registered for it)
        return render(error)

    async def unreadable(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        errors = error.errors()
        of_all = [e["loc"][1:] if e["type"] != "json_invalid" else () for e in errors]
        located = zip(errors, of_all, strict=True)
        fields = field_problems([{**e, "loc": place} for e, place in located])
        return render(InvalidContent(sentence(len(errors)), fields))

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return render_plain(error.status_code, str(error.detail), error.headers)

    async def away(_: Request, error: Exception) -> Response:
        log.warning("database_away", error=type(error).__name__)
        return render(Unavailable("The database does not answer. Nothing was stored."))

    async def our_fault(_: Request, error: Exception) -> Response:
        log.error("unexpected_error", error=type(error).__name__, at=place(error))
        return render_plain(500, "Something went wrong on our side.", None)

    app.add_exception_handler(Problem, intended)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(HTTPException, refused)
    for kind in DATABASE_AWAY:
        app.add_exception_handler(kind, away)
    app.add_exception_handler(Exception, our_fault)


def place(error: BaseException) -> list[str]:
    """Return file and line of an error's innermost frames, without any value."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]


def render_plain(
    status: int, detail: str, headers: Mapping[str, str] | None
) -> Response:
    """Render an error that the framework raised (404, 405, 413 and the like)."""
    document = ProblemDocument(
        type="about:blank", title=detail, status=status, detail=detail
    )
    return Response(
        document.model_dump_json(),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


DATABASE_AWAY: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    # What asyncpg says of a connection that was lost at an unlucky moment.
    asyncpg.InternalClientError,
)
