"""Audit: reads that leave a row, the seals that chain all rows, and their proof."""
