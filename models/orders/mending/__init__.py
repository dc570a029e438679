"""Mending orders where they fail: one as a form, one column of many, and whole orders from JSON."""
