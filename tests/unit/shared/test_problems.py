"""Problem documents: pointers, plain sentences, and nothing of what was sent."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from shared import problems
from shared.bodies import In
from shared.problems import (
    MEDIA_TYPE,
    FieldProblem,
    InvalidContent,
    NotFound,
    Problem,
    documented,
    field_problems,
    invalid,
    place,
    render,
    sentence,
)

MARK = "Zanzibar"


class Body(In):
    """A body with a field in a field."""

    numbers: dict[str, int] = {}
    name: str = ""


def fields_of(body: object) -> list[FieldProblem]:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Body).validate_python(body)
    return invalid(refused.value).errors


def test_a_pointer_is_escaped_as_rfc_6901_says() -> None:
    [field] = fields_of({"numbers": {"a/b~c": "x"}})
    assert field.pointer == "/numbers/a~1b~0c"


def test_nothing_of_what_was_sent_is_said_again() -> None:
    fields = fields_of({"name": [MARK], "numbers": {"a": MARK}, MARK: MARK})
    assert len(fields) == 3
    assert MARK not in str(fields)


def test_of_very_many_faults_only_some_are_told() -> None:
    many = {"numbers": {str(number): "x" for number in range(1_000)}}
    assert len(fields_of(many)) == problems.MOST_FIELD_ERRORS


def test_a_prefix_stands_before_each_pointer() -> None:
    error = {"loc": ("a", 0), "msg": "wrong", "type": "missing"}
    assert field_problems([error], ("records", 7))[0].pointer == "/records/7/a/0"


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "One field is not valid."), (2, "2 fields are not valid.")],
)
def test_how_many_fields_are_wrong_is_said(count: int, said: str) -> None:
    assert sentence(count) == said


def all_problems(kind: type[Problem] = Problem) -> list[type[Problem]]:
    return [kind, *(p for k in kind.__subclasses__() for p in all_problems(k))]


@pytest.mark.parametrize("kind", all_problems())
def test_every_problem_has_a_type_a_title_and_a_status(kind: type[Problem]) -> None:
    answer = render(kind("what happened", [FieldProblem(pointer="/a", detail="b")]))
    document = json.loads(bytes(answer.body))
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.status_code == document["status"] == kind.status
    assert document["type"] == f"urn:livingwell:problem:{kind.slug}"
    assert document["title"]
    assert document["detail"] == "what happened"
    assert document["errors"] == [{"pointer": "/a", "detail": "b"}]
    assert 400 <= kind.status < 600


def test_declared_problems_appear_by_status() -> None:
    declared = documented(NotFound, InvalidContent)
    assert set(declared) == {404, 422}
    assert MEDIA_TYPE in declared[404]["content"]


def an_app() -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.post("/bodies")
    async def take(body: Body) -> None:
        raise ValueError(MARK + body.name)

    @app.get("/numbers/{number}")
    async def show(number: int) -> dict[str, int]:
        return {"number": number}

    @app.get("/away")
    async def away() -> None:
        raise OSError(MARK)

    return app


async def call(method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401
    transport = httpx.ASGITransport(an_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        return await client.request(method, path, **more)


@pytest.mark.parametrize(
    ("method", "path", "raw", "status", "pointers"),
    [
        ("POST", "/bodies", b'{"name": ["Zanzibar"]}', 422, ["/name"]),
        ("POST", "/bodies", b'{"Zanzibar": 1}', 422, [""]),
        ("POST", "/bodies", b'{"Zanzibar": ', 422, [""]),
        ("POST", "/bodies", b"[1e400]", 422, [""]),
        ("POST", "/bodies", b"", 422, [""]),
        ("GET", "/numbers/Zanzibar", b"", 422, ["/number"]),
        ("GET", "/Zanzibar", b"", 404, []),
        ("DELETE", "/bodies", b"", 405, []),
        ("GET", "/away", b"", 503, []),
        ("POST", "/bodies", b"{}", 500, []),
    ],
    ids=range(10),
)
async def test_every_error_is_a_problem_without_what_was_sent(
    method: str, path: str, raw: bytes, status: int, pointers: list[str]
) -> None:
    headers = {"content-type": "application/json"}
    answer = await call(method, path, content=raw, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers
    assert MARK not in answer.text


def test_a_place_names_files_and_lines_and_no_value() -> None:
    try:
        raise ValueError(MARK)
    except ValueError as error:
        found = place(error)
    assert found[-1].startswith("test_problems.py:")
    assert MARK not in str(found)
