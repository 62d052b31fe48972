"""Rules of measures: scoring, pairing, change, goals."""
