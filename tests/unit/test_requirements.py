"""What is installed is pinned, and names no host to be had from."""

from __future__ import annotations

import re

from tests.unit.syntax import ROOT

INDEX_HOST = re.compile(r"https?://|--(?:extra-)?index-url|--find-links")


def test_requirements_name_no_host() -> None:
    found = [
        f"{path.name}: {line}"
        for path in sorted(ROOT.glob("requirements*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if INDEX_HOST.search(line)
    ]
    assert found == []


def test_every_requirement_is_pinned_with_a_hash() -> None:
    for path in sorted(ROOT.glob("requirements*.txt")):
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line and line[0] not in " #"]
        assert lines
        assert all("==" in line and "--hash=sha256:" in line for line in lines)
