"""What a site sets in files of its own: a few rules, and the wording it may show."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.measures.instruments.definition import Definition

BY_THE_SITE = "chosen: by this site"


class SiteError(ValueError):
    """A site's file says what it may not; the service does not start."""


def settings_in(file: Path) -> dict[str, dict[str, Any]]:
    """Return what a site sets, by instrument.

    Raises:
        SiteError: the file cannot be read, or sets nothing of an instrument.
    """
    settings = _parsed(file, "MEASURES_SITE")
    for code, said in settings.items():
        if not isinstance(said, dict) or not said:
            raise SiteError(f"MEASURES_SITE: [{code}.…] names an instrument's section")
    return settings


def overridden(said: Mapping[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return a definition with a site's settings, and their hash in its version.

    Raises:
        SiteError: they are not left to the site by `left_to_site` of the definition.
    """
    code, allowed = said["code"], said.get("left_to_site", [])
    for path, _ in _leaves(settings, ""):
        if not any(path.startswith(f"{section}.") for section in allowed):
            left = ", ".join(f"{code}.{section}" for section in allowed) or "nothing"
            raise SiteError(
                f"MEASURES_SITE: {code}.{path} is not left to a site; of {code},"
                f" {left} is"
            )
    after = _merged(said, settings)
    if "reliable_change" in settings and "reference_group" in settings:
        raise SiteError(
            f"MEASURES_SITE: of {code}, set a threshold or a reference group, not both"
        )
    digest = hashlib.sha256(
        json.dumps(settings, sort_keys=True, default=str).encode()
    ).hexdigest()
    after["scoring_version"] = f"{said['scoring_version']}+site.{digest[:8]}"
    return after


def wording_in(file: Path) -> dict[str, str]:
    """Return the words of items by item code, `reqol10.q01` or nested by instrument.

    Raises:
        SiteError: the file cannot be read, or has something else than texts.
    """
    found: dict[str, str] = {}
    for path, words in _leaves(_parsed(file, "MEASURES_WORDING"), ""):
        if not isinstance(words, str) or not words.strip():
            raise SiteError(f"MEASURES_WORDING: {path} has no text")
        found[path] = words
    return found


def worded(
    instruments: Mapping[str, Definition], wording: Mapping[str, str]
) -> dict[str, Definition]:
    """Return the instruments with the words that a site may show.

    Raises:
        SiteError: there are words of an item that is none.
    """
    known: dict[str, str] = {
        item: code
        for code, one in instruments.items()
        for item in getattr(one, "item_codes", ())
    }
    if unknown := sorted(wording.keys() - known.keys()):
        raise SiteError(f"MEASURES_WORDING: not an item: {', '.join(unknown)}")
    found = dict(instruments)
    for code in {known[item] for item in wording}:
        mine = {item: words for item, words in wording.items() if known[item] == code}
        found[code] = found[code].model_copy(update={"wording": mine})
    return found


def _parsed(file: Path, setting: str) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
        if file.suffix == ".json":
            said = json.loads(text, parse_float=Decimal)
        else:
            said = tomllib.loads(text, parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise SiteError(f"{setting}: the file cannot be read: {error}") from error
    if not isinstance(said, dict):
        raise SiteError(f"{setting}: names with values are needed")
    return said


def _leaves(said: Mapping[str, Any], above: str) -> Iterator[tuple[str, object]]:
    for name, value in said.items():
        path = f"{above}{name}"
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def _merged(said: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Merge by name; the source of every section that is set is the site."""
    after = dict(said)
    for name, value in settings.items():
        if isinstance(value, dict):
            after[name] = _merged(said.get(name, {}), value)
        else:
            after[name] = value
    if any(not isinstance(value, dict) for value in settings.values()):
        reason = settings.get("source")
        after["source"] = f"{BY_THE_SITE} ({reason})" if reason else BY_THE_SITE
    return after
