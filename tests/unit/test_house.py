"""The house style as checks of the syntax trees: imports, sizes, names, places."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.unit.syntax import (
    CODE,
    EVERYTHING,
    NODES,
    OUTSIDE_TESTS,
    ROOT,
    TREES,
    catches_everything,
    functions_of,
    imports_of,
    is_filled_by_the_framework,
    lines_of,
    name_of,
    offenders,
    parameters_of,
    public_definitions,
    python_files,
    text_files,
    word_of,
)

SERVICES = ("intake", "measures", "stories", "aggregation")
TOP_LEVEL = {
    ".ci",
    ".dockerignore",
    ".env.example",
    ".gitignore",
    "LICENSE",
    "Makefile",
    "README.md",
    "deploy",
    "docker-compose.yml",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements-local.txt",
    "requirements.txt",
    "services",
    "shared",
    "tests",
}
SERVICE_NAMES = {
    "api",
    "app",
    "migrations",
    "models",
    "problems",
    "queries",
    "republish",
    "rules",
    "schemas",
    "settings",
}
NAMES_OF_ITS_OWN = {
    "intake": {"codes", "imports", "projections", "quality", "registers"},
    "measures": {"imports", "instruments", "pages", "rescore"},
    "stories": {
        "codebook",
        "codebook_queries",
        "expiry",
        "lab_queries",
        "pages",
        "team_link_queries",
    },
    "aggregation": {
        "cells",
        "charts",
        "context",
        "disclosure",
        "equity",
        "exports",
        "facts",
        "figures",
        "frameworks",
        "indicators",
        "notes",
        "pages",
        "projections",
        "provenance",
        "publishing",
        "quotes",
        "release_queries",
        "releases",
        "rebuild",
        "scorings",
        "trend",
        "updates",
        "view",
        "voice",
    },
}
MUST_HAVE = {"app", "api", "settings", "models", "migrations", "schemas"}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager"}
LONG_RUNNING = {
    "shared/audit/sealing.py": "run",
    "shared/outbox.py": "run",
    "shared/consumer.py": "run",
    "shared/imports/worker.py": "run",
    "services/aggregation/figures.py": "run",
    "services/aggregation/releases.py": "run",
}
MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40
MOST_PARAMETERS = 5
MOST_LINES_OF_CREATE_APP = 25
# Put together here, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(
    "|".join("/" + name for name in ("work/", "tmp/", "home/[a-z]", "root/", "Users/"))
)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_no_other_service(service: str) -> None:
    others = tuple(f"services.{other}" for other in SERVICES if other != service)
    found = offenders(
        python_files(f"services/{service}"),
        lambda path: [name for name in imports_of(path) if name.startswith(others)],
    )
    assert found == []


def test_what_is_shared_imports_no_service_and_no_deployment() -> None:
    foreign = ("services", "deploy", "tests")
    found = offenders(
        python_files("shared"),
        lambda path: [n for n in imports_of(path) if n.split(".")[0] in foreign],
    )
    assert found == []


def test_services_import_no_deployment_and_no_tests() -> None:
    found = offenders(
        python_files("services"),
        lambda path: [
            n for n in imports_of(path) if n.split(".")[0] in ("deploy", "tests")
        ],
    )
    assert found == []


def test_only_one_package_imports_aiokafka() -> None:
    found = offenders(
        CODE, lambda path: [n for n in imports_of(path) if n.startswith("aiokafka")]
    )
    assert found
    assert all(name.startswith("shared/kafka/") for name in found)


def test_nothing_is_imported_relatively() -> None:
    found = offenders(
        EVERYTHING, lambda path: [n for n in imports_of(path) if n.startswith(".")]
    )
    assert found == []


def test_no_file_is_long() -> None:
    found = offenders(
        EVERYTHING,
        lambda path: (
            len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES_OF_A_FILE
        ),
    )
    assert found == []


def test_no_function_is_long() -> None:
    found = [
        f"{name_of(path)}: {function.name}"
        for path in OUTSIDE_TESTS
        for function in functions_of(path)
        if lines_of(function) > MOST_LINES_OF_A_FUNCTION
    ]
    assert found == []


def test_no_function_takes_many_parameters() -> None:
    found = [
        f"{name_of(path)}: {function.name}"
        for path in OUTSIDE_TESTS
        for function in functions_of(path)
        if parameters_of(function) > MOST_PARAMETERS
        and not is_filled_by_the_framework(path, function)
    ]
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_an_app_is_a_table_of_contents(service: str) -> None:
    path = ROOT / "services" / service / "app.py"
    [create_app] = [f for f in functions_of(path) if f.name == "create_app"]
    assert lines_of(create_app) <= MOST_LINES_OF_CREATE_APP


def test_every_error_is_caught_only_where_work_goes_on_for_ever() -> None:
    found = [
        (name_of(path), function.name)
        for path in OUTSIDE_TESTS
        for function in functions_of(path)
        if any(catches_everything(node) for node in ast.walk(function))
    ]
    assert sorted(found) == sorted(LONG_RUNNING.items())


def test_only_settings_read_the_environment() -> None:
    found = offenders(
        CODE,
        lambda path: [
            node
            for node in NODES[path]
            if re.search(r"\b(environb?|getenvb?|dotenv)\b", word_of(node))
        ],
    )
    assert found == []


def calls(path: Path, called: str) -> list[ast.AST]:
    """Return the calls of what is named like this."""
    found = (node for node in NODES[path] if isinstance(node, ast.Call))
    return [one for one in found if re.fullmatch(called, ast.unparse(one.func))]


def test_only_the_gate_makes_a_figure() -> None:
    made = r"(\w+\.)*Figure(\.\w+)?"
    aggregation = [path for path in CODE if "aggregation" in path.parts]
    others = [path for path in aggregation if "disclosure" not in path.parts]
    assert offenders(others, lambda path: calls(path, made)) == []


def test_nothing_prints() -> None:
    printing = "print|pprint|breakpoint"
    assert offenders(EVERYTHING, lambda path: calls(path, printing)) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = offenders(
        EVERYTHING, lambda path: FORBIDDEN_NAMES & {path.stem, *path.parent.parts[-1:]}
    )
    assert found == []


def test_every_public_function_and_class_says_what_it_is() -> None:
    found = [
        f"{name_of(path)}: {node.name}"
        for path in CODE
        if "migrations" not in path.parts
        for node in public_definitions(TREES[path])
        if ast.get_docstring(node) is None
    ]
    assert found == []


def test_every_module_says_what_is_found_in_it() -> None:
    found = offenders(CODE, lambda path: ast.get_docstring(TREES[path]) is None)
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_same_files_as_the_others(service: str) -> None:
    names = {
        path.stem
        for path in (ROOT / "services" / service).iterdir()
        if not path.name.startswith("__")
    }
    assert names - SERVICE_NAMES - NAMES_OF_ITS_OWN[service] == set()
    assert MUST_HAVE - names == set()


def test_the_top_level_holds_what_was_agreed() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if tracked.returncode:
        pytest.skip("not a git repository")
    names = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    assert names - TOP_LEVEL == set()


def test_no_path_of_the_machine_it_was_written_on_is_mentioned() -> None:
    found = [
        f"{name_of(path)}: {line}"
        for path in text_files(*TOP_LEVEL)
        for line in path.read_text(encoding="utf-8").splitlines()
        if MACHINE_PATH.search(line)
    ]
    assert found == []
