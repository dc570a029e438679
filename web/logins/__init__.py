"""Signing in: sessions, cookies, limits on guessing, and the record of failures."""
