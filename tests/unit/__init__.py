"""Rules without a database, a clock or a network."""
