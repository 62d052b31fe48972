"""Writes and reads of the codebook and of codings, each named by what it returns."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic_core import from_json

from services.stories.rules.agreement import KeptCodings
from services.stories.schemas import StoryIn
from services.stories.schemas.codebook import Codebook, CodebookIn
from shared.access import Caller
from shared.database import Database

MOST_STORIES = 5_000

PUBLISH = """
insert into codebook (version, content, organisation, subject) values ($1, $2, $3, $4)
on conflict (version) do nothing
"""
READ = """
select version, content, organisation, published_at from codebook order by version
"""
# One text: thousands of rows would take as long to be unpacked as to be counted.
CODED_TWICE = """
select string_agg(coded, ',') as coded from (
  select '["' || id || '",' || sequence || ',' || to_json(reference)
    || ',' || codings || ']' as coded
  from story
  where organisation = $1 and codings is not null and codings like $2
  order by id limit $3
) s
"""


async def codebooks(database: Database) -> dict[int, Codebook]:
    """Return every published version of the codebook, in order."""
    return {
        row["version"]: Codebook(
            **dict(CodebookIn.model_validate_json(row["content"])),
            version=row["version"],
            published_by=row["organisation"],
            published_at=row["published_at"],
        )
        for row in await database.fetch(READ)
    }


async def publish_codebook(
    database: Database, version: int, body: CodebookIn, caller: Caller
) -> dict[int, Codebook]:
    """Publish a version, unless there is one already; return all that there are.

    What was published never changes, so the answer says what this version is.
    """
    content = body.model_dump_json()
    who = caller.organisation, caller.subject
    await database.fetch(PUBLISH, version, content, *who)
    return await codebooks(database)


async def codes_ever_published(
    database: Database, told: Iterable[StoryIn]
) -> frozenset[str]:
    """Return the codes of all versions, or none where no story asks for them.

    A device without a network may have shown its teller an older codebook.
    """
    if not any(one.meaning and one.meaning.themes for one in told):
        return frozenset()
    books = (await codebooks(database)).values()
    return frozenset(theme.code for book in books for theme in book.themes)


async def stories_coded_twice(
    database: Database, organisation: str, version: int
) -> list[KeptCodings]:
    """Return the codings of stories with two or more by a version of the codebook.

    Without those that were withdrawn or erased: they have none. `MOST_STORIES` and one
    more at most, in the order of ids, which have nothing to do with what was told.
    """
    by_version = f'"codebook":{version},'
    pattern = f"%{by_version}%{by_version}%"
    row = await database.fetchrow(CODED_TWICE, organisation, pattern, MOST_STORIES + 1)
    coded = row["coded"] if row else None
    found: list[KeptCodings] = from_json(f"[{coded or ''}]")
    return found
