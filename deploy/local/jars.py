"""Kafka's jars: fetched once, checked against the committed list, then kept."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from deploy.local.errors import StackError

if TYPE_CHECKING:
    from jgo.maven import MavenContext

_LIST = Path(__file__).with_name("kafka-jars.txt")
_CONNECTIONS = 8


class Jar(NamedTuple):
    """One line of the list."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Return the name the jar has everywhere."""
        return f"{self.artifact}-{self.version}.jar"


def collect_jars(folder: Path) -> None:
    """Fill `folder` with Kafka's jars; a folder that is complete stays as it is.

    They come from the Maven repository on this machine or else over the network,
    and each must have the content the list says.

    Raises:
        StackError: a jar can't be had, or is not what the list says.
    """
    stamp = folder / "complete"
    expected = hashlib.sha256(_LIST.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == expected:
        return
    from jgo.maven import MavenContext  # slow to import, and needed once

    stamp.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jar"):
        old.unlink()
    maven = MavenContext(timeout=20)
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for jar, content in pool.map(lambda jar: (jar, _read(maven, jar)), _listed()):
            (folder / jar.file_name).write_bytes(content)
    stamp.write_text(expected)


def _listed() -> Iterator[Jar]:
    for line in _LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, sha256 = line.split()
            group, artifact, version = coordinate.split(":")
            yield Jar(group, artifact, version, sha256)


def _read(maven: "MavenContext", jar: Jar) -> bytes:
    """Return a jar's content, fetched again if what was kept is incomplete."""
    source = maven.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    for _ in range(2):
        try:
            path = source.resolve()
        except (RuntimeError, OSError) as error:
            raise StackError(
                f"Kafka's {jar.file_name} could not be fetched ({error}); it needs "
                "the network once"
            ) from error
        content: bytes = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == jar.sha256:
            return content
        path.unlink()
    raise StackError(f"Kafka's {jar.file_name} is not the file kafka-jars.txt names")
