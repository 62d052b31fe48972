"""A sample system: made-up people of made-up organisations, sent through REST."""

from deploy.local.sample.sending import send
from deploy.local.sample.showing import show
from deploy.local.sample.system import build_sample

__all__ = ["build_sample", "send", "show"]
