"""Every client puts a key into the same partition."""

from __future__ import annotations

from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from shared.events import PARTITIONS
from shared.kafka import partition_of


@given(st.uuids() | st.binary(max_size=80))
def test_a_key_is_put_where_the_library_puts_it(key: object) -> None:
    data = key if isinstance(key, bytes) else str(key).encode()
    assert partition_of(data) == (murmur2(data) & 0x7FFFFFFF) % PARTITIONS


def test_partitions_are_those_of_the_java_client() -> None:
    """Numbers of Apache Kafka's own tests of `Utils.murmur2`."""
    known = {
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
    }
    for key, number in known.items():
        assert partition_of(key) == (number & 0x7FFFFFFF) % PARTITIONS
