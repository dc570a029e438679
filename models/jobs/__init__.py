"""Batch jobs: submitted, worked off, watched, and accounted for."""
