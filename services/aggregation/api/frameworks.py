"""GET and PUT /frameworks: what sites agreed to look for, and what is known of it.

The same addresses are pages for people, if a browser asks.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field

from services.aggregation.api.indicators import period, shown_to
from services.aggregation.api.rights import gate_for, levels_for
from services.aggregation.frameworks import publishing, queries, report
from services.aggregation.frameworks.answers import (
    FrameworkList,
    FrameworkOut,
    FrameworkSummary,
    ReportOut,
    VersionOut,
)
from services.aggregation.frameworks.definition import ID_PATTERN, FrameworkIn
from services.aggregation.frameworks.reading import read_framework
from services.aggregation.frameworks.report import Reading
from services.aggregation.frameworks.versions import Version, name_of, spans_of
from services.aggregation.pages import frameworks as pages
from services.aggregation.problems import (
    BadQuestion,
    FrameworkRefused,
    NoSuchFramework,
    NotCounted,
)
from services.aggregation.queries import Standing
from shared.access import MaybeCaller, Steward
from shared.database import Database, InDatabase
from shared.problems import (
    FieldProblem,
    NotAllowed,
    NoToken,
    NoVersionNamed,
    Stale,
    TooManyAtOnce,
    documented,
)

router = APIRouter(tags=["frameworks"], route_class=pages.EitherRoute)

ThisFramework = Annotated[str, Path(pattern=ID_PATTERN)]
IfMatch = Annotated[str | None, Header()]
YAML_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": {"schema": FrameworkIn.model_json_schema()}},
    }
}
OR_A_PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}}}
COLD = {"Cache-Control": "no-cache", "Vary": "Accept"}


class Asked(BaseModel):
    """The parameters of a report."""

    version: str | None = None
    first: str | None = Field(None, alias="from", description="Month, YYYY-MM")
    last: str | None = Field(None, alias="to", description="Month, YYYY-MM")
    release: int | None = Field(None, ge=1, le=2**63 - 1)


@router.put(
    "/frameworks/{framework}",
    responses=documented(
        FrameworkRefused, Stale, NoVersionNamed, TooManyAtOnce, NoToken, NotAllowed
    )
    | {201: {"description": "A new version was published.", "model": FrameworkOut}},
    openapi_extra=YAML_BODY,
)
async def publish_framework(
    framework: ThisFramework,
    request: Request,
    caller: Steward,
    database: InDatabase,
    response: Response,
    if_match: IfMatch = None,
) -> FrameworkOut:
    """Publish a version of a framework, sent as YAML.

    It is never changed: the same content again answers 200 and changes nothing. A
    change is a new version with a later first month, and `If-Match` names the one it
    was made from, the newest (`ETag`).

    Raises:
        FrameworkRefused: 422, with all that is wrong with it.
        NoVersionNamed: 428, there is a version already and `If-Match` is absent.
        Stale: 412, `If-Match` is not the newest version.
    """
    content = read_framework(await request.body())
    if content.id != framework:
        fault = FieldProblem(pointer="/id", detail="The address has another id.")
        raise FrameworkRefused.of([fault])
    before = await queries.versions(database, framework)
    found = before
    if name_of(content) not in {version.name for version in before}:
        refuse_stale(if_match, before)
        identity = request.app.state.identity
        found = await publishing.publish(database, identity, content, before, caller)
        response.status_code = 201
    response.headers["ETag"] = f'"{found[-1].name}"'
    return framework_out(chosen_of(found, name_of(content)), found)


def refuse_stale(if_match: str | None, before: list[Version]) -> None:
    """Let nobody change what they have not read.

    Raises:
        NoVersionNamed: 428, `If-Match` is absent.
        Stale: 412, it is not the newest version.
    """
    if before and if_match is None:
        raise NoVersionNamed("Send If-Match with the ETag that you read.")
    newest = before[-1].name if before else None
    if if_match is not None and if_match.strip('"') != newest:
        raise Stale("This is not the newest version. Read it again.")


@router.get("/frameworks", response_model=FrameworkList, responses=OR_A_PAGE)
async def list_frameworks(request: Request, database: InDatabase) -> Response:
    """List the frameworks with their versions; a page for people, if a browser asks."""
    found = await queries.all_versions(database)
    answer = FrameworkList(
        frameworks=[
            FrameworkSummary(
                **dict(now_of(versions).content), versions=versions_out(versions)
            )
            for versions in found.values()
        ]
    )
    if pages.is_for_people(request):
        return pages.show_frameworks(answer)
    return _json(answer)


@router.get(
    "/frameworks/{framework}",
    response_model=FrameworkOut,
    responses=documented(NoSuchFramework) | OR_A_PAGE,
)
async def show_framework(
    framework: ThisFramework,
    request: Request,
    database: InDatabase,
    version: str | None = None,
) -> Response:
    """Show a framework: the version in effect, or the one asked for.

    `ETag` is the newest version: what a change is made from.
    """
    found = await _versions(database, framework)
    chosen = chosen_of(found, version) if version else now_of(found)
    answer = framework_out(chosen, found)
    if pages.is_for_people(request):
        today = publishing.today()
        shared = await report.shared_by(database, chosen.content, today)
        return pages.show_framework(answer, shared)
    return _json(answer, {"ETag": f'"{found[-1].name}"'})


@router.get(
    "/frameworks/{framework}/report",
    response_model=ReportOut,
    responses=documented(NoSuchFramework, BadQuestion, NotCounted) | OR_A_PAGE,
)
@router.get("/frameworks/{framework}/report.html", include_in_schema=False)
async def show_report(
    framework: ThisFramework,
    asked: Annotated[Asked, Query()],
    request: Request,
    database: InDatabase,
    caller: MaybeCaller,
) -> Response:
    """Show what is known of each outcome, and where each measure came from.

    Each month is answered by the version in effect then; a period across two versions
    has two parts. `version` asks for one, and only for the months it was agreed for;
    `release`, of a framework of one place, for the figures as they were.

    Raises:
        BadQuestion: 422, no version is in effect in this period.
    """
    found = await _versions(database, framework)
    chosen = chosen_of(found, asked.version) if asked.version else None

    async def standing_of(scope: str) -> Standing:
        return await shown_to(database, caller, scope, asked.release)

    scopes = await report.scopes_of(database, (chosen or found[-1]).content)
    scope = next((name for name, members in scopes if members), "system")
    months = period(asked.first, asked.last, await standing_of(scope))
    spans = report.parts_of(found, chosen, *months)
    if not spans:
        raise BadQuestion("No version of this framework holds in these months.")
    gate = gate_for(request, caller)
    reading = Reading(database, gate, standing_of, levels_for(caller))
    answer = await report.report(reading, spans, months)
    if pages.is_for_people(request):
        return await pages.show_report(request, answer)
    return _json(answer)


async def _versions(database: Database, framework: str) -> list[Version]:
    found = await queries.versions(database, framework)
    if not found:
        raise NoSuchFramework("GET /frameworks lists those that are there.")
    return found


def chosen_of(versions: list[Version], name: str) -> Version:
    """Return the version of a name.

    Raises:
        NoSuchFramework: 404, there is none.
    """
    for version in versions:
        if version.name == name:
            return version
    raise NoSuchFramework("This framework has no such version.")


def now_of(versions: list[Version]) -> Version:
    """Return the version in effect today; if there is none, the newest."""
    today = publishing.today()
    for span in spans_of(versions):
        if span.first <= today and (span.last is None or today <= span.last):
            return span.version
    return versions[-1]


def versions_out(versions: list[Version]) -> list[VersionOut]:
    """Return all versions in order of publication, with when they are in effect."""
    spans: dict[str, tuple[date, date | None]] = {
        span.version.name: (span.first, span.last) for span in spans_of(versions)
    }
    return [
        VersionOut(
            version=one.name,
            in_effect_from=spans.get(one.name, (None, None))[0],
            in_effect_to=spans.get(one.name, (None, None))[1],
            published_at=one.published_at,
            published_by=one.published_by,
        )
        for one in versions
    ]


def framework_out(chosen: Version, versions: list[Version]) -> FrameworkOut:
    """Return a version beside all versions."""
    return FrameworkOut(
        version=chosen.name,
        published_by=chosen.published_by,
        published_at=chosen.published_at,
        content=chosen.content,
        versions=versions_out(versions),
    )


def _json(answer: BaseModel, headers: dict[str, str] | None = None) -> Response:
    return Response(
        answer.model_dump_json(by_alias=True),
        media_type="application/json",
        headers=COLD | (headers or {}),
    )
