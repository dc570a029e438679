"""Logging in: cookies, bounds on guessing, and what is written of failures."""
