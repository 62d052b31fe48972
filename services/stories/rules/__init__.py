"""What happens to a story, as pure functions: no database, no clock, no network."""
