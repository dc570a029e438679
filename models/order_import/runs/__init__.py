"""Imports as runs: a stored file that is imported batch by batch, and can be resumed anywhere."""
