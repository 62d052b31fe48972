"""A sample system: made-up people of made-up organisations, sent through REST."""

from deploy.local.sample.sending import send

__all__ = ["send"]
