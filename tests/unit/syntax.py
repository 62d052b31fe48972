"""Reads the repository's files and syntax trees for the checks of the house style."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    )


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


CODE = python_files("shared", "services")
OUTSIDE_TESTS = python_files("shared", "services", "deploy")
EVERYTHING = python_files("shared", "services", "deploy", "tests")
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in EVERYTHING}
NODES = {path: list(ast.walk(tree)) for path, tree in TREES.items()}


def imports_of(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, wherever in it."""
    for node in NODES[path]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def functions_of(path: Path) -> Iterator[Function]:
    for node in NODES[path]:
        if isinstance(node, Function):
            yield node


def offenders(paths: list[Path], is_wrong: Callable[[Path], object]) -> list[str]:
    return [name_of(path) for path in paths if is_wrong(path)]


def lines_of(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def parameters_of(function: Function) -> int:
    named = [
        *function.args.posonlyargs,
        *function.args.args,
        *function.args.kwonlyargs,
    ]
    return sum(argument.arg not in {"self", "cls"} for argument in named)


def is_filled_by_the_framework(path: Path, function: Function) -> bool:
    """Say whether FastAPI calls it: an endpoint, or a class that is a dependency."""
    if any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in {"get", "put", "post", "delete", "patch"}
        for decorator in function.decorator_list
    ):
        return True
    owner = next(
        (
            node.name
            for node in NODES[path]
            if isinstance(node, ast.ClassDef) and function in node.body
        ),
        None,
    )
    if function.name != "__init__" or owner is None:
        return False
    return f"Annotated[{owner}, Depends()]" in path.read_text(encoding="utf-8")


def catches_everything(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = ast.unparse(node.type) if node.type else "BaseException"
    return re.search(r"\b(Base)?Exception\b", caught) is not None


def word_of(node: ast.AST) -> str:
    """Return the word that a node reads, or nothing."""
    if isinstance(node, ast.alias):
        return node.name
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def public_definitions(tree: ast.AST) -> Iterator[Function | ast.ClassDef]:
    """Yield public functions and classes at the top, and public methods."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            yield from public_definitions(node)


def text_files(*names: str) -> list[Path]:
    """Return the files of text among top-level files and folders."""
    suffixes = {".py", ".toml", ".yml", ".yaml", ".txt", ".md", ".sql", ".json"}
    suffixes |= {".html", ".css", ".properties", ".example", ""}
    at_the_top = [ROOT / name for name in sorted(names)]
    inside = [p for f in at_the_top if f.is_dir() for p in sorted(f.rglob("*"))]
    return [
        path
        for path in [*at_the_top, *inside]
        if path.is_file()
        and path.suffix in suffixes
        and "__pycache__" not in path.parts
    ]
