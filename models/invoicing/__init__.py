"""The rules of invoicing: frozen dataclasses in, frozen dataclasses out.

Nothing here reads a database, a clock or a setting, and nothing outside the standard library and
python-stdnum is imported, so that every rule can be checked by hand and with property tests.
"""
