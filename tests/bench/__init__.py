"""What the system reaches, beside what this machine could reach: `make bench`."""
