"""Hypothesis without a deadline: on a busy machine the time of one example proves nothing."""

from hypothesis import settings

settings.register_profile("rules", settings(), deadline=None)
settings.load_profile("rules")
