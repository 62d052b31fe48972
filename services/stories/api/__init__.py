"""Endpoints of stories: telling and reading them, and who may see their words."""
