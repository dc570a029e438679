"""Batch jobs: submitted, processed, watched, and accounted for."""
