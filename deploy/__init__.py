"""Everything needed to run the system: locally, in containers, on a cluster."""
