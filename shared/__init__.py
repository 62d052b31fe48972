"""The event contract and the plumbing that every service needs; nothing else."""
