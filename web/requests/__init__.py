"""Parses requests for pages and API alike, and turns what is wrong into findings."""
