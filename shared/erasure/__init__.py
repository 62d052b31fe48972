"""Erasure: records become graves, tombstones are published, topics forget."""
